-- May what is read next on this server be told? It has to be a standby, and as far as the primary was.
-- $1 pg_lsn  the primary's position
-- class: simple
SELECT json_build_object('standby', pg_is_in_recovery(),
    'caught_up', coalesce(pg_last_wal_replay_lsn() >= $1::pg_lsn, false))
