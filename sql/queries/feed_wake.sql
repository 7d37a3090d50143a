-- Tell those who listen that something was committed. In a transaction of its own right behind the
-- write's: whoever notifies holds a lock until the commit is on disk, and this one need not be there.
-- While another does just this, its notification comes late enough for our change, too.
-- class: simple
SELECT json_build_object('woke', CASE
    WHEN pg_try_advisory_xact_lock(hashtextextended('planner.listeners', 0))
    THEN planner.wake_listeners() ELSE true END)
FROM set_config('synchronous_commit', 'off', true)
