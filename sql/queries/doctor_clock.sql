-- The server's clock, in milliseconds since the epoch: for round trips and the difference of clocks.
-- class: upkeep
SELECT json_build_object('now', (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
