-- What became of a transaction whose COMMIT was not answered: committed, aborted, in progress, or
-- null when it is too long ago.
-- $1 text  transaction id, as pg_current_xact_id() gave it
SELECT json_build_object('fate', pg_xact_status($1::text::xid8))
