-- Review is asked for from now on, or no longer: which steps need final content to be ready, and
-- every counter that follows. Under the exclusive topology lock.
-- $1 uuid  project
-- $2 bool  review is required
-- class: bulk
SELECT NULL FROM planner.require_review($1, $2::boolean)
