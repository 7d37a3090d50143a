-- Undo for one transaction what another client of a pooler may have set in the session that both
-- use: what would give our statements another meaning, or keep them from coming through. A
-- connection of our own has never been anybody else's.
-- class: simple
SELECT set_config('role', 'none', true),
       set_config('standard_conforming_strings', 'on', true),
       set_config('transform_null_equals', 'off', true),
       set_config('bytea_output', 'hex', true),
       set_config('extra_float_digits', '1', true),
       set_config('IntervalStyle', 'postgres', true),
       set_config('gin_fuzzy_search_limit', '0', true),
       set_config('row_security', 'on', true),
       set_config('enable_nestloop', 'on', true),
       set_config('enable_indexscan', 'on', true),
       set_config('enable_indexonlyscan', 'on', true),
       CASE WHEN current_setting('session_replication_role') <> 'origin'
            THEN set_config('session_replication_role', 'origin', true) END,
       CASE WHEN current_setting('transaction_timeout', true) <> '0' -- PostgreSQL 17
            THEN set_config('transaction_timeout', '0', true) END
