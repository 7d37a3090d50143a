-- Is this the sealed state of a question about a dispute, of this call, unchanged and in time?
-- $1 text  payload: dispute id and expiry
-- $2 text  seal
-- $3 uuid  the dispute that the payload names
-- $4 int   the expiry that the payload names, seconds since the epoch
-- $5 text  the arguments of the call
-- class: simple
SELECT json_build_object('sealed', planner.state_mac($1 || ':' || $5::text) = $2,
    'dispute', $3::uuid, 'in_time', extract(epoch FROM now()) <= $4::bigint)
