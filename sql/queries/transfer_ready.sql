-- Nothing but an answer: whether the store is there and its schema ours is found out on the way.
-- class: upkeep
SELECT json_build_object('ready', true)
