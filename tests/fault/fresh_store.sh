#!/usr/bin/env bash
# A store without a single row has statistics, so that a session that begins on it plans for what will
# be there: with none, any index that starts with the project looks as good as the right one.
set -euo pipefail
source "$(dirname "$0")/cluster_lib.bash"
dir=$work/data
settings="SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off;
    SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
    SET cpu_tuple_cost = 0.1; SET random_page_cost = 0.02;"

# expect COLUMN STATEMENT: a prepared statement looks its second parameter up in an index by that
# column, rather than reading what an index has of the project.
expect() {
    local plan
    plan=$(sql "$dir" "$settings PREPARE s (uuid, uuid) AS $2;
        EXPLAIN (COSTS OFF) EXECUTE s (NULL, NULL)")
    grep -q "Index Cond: .*($1 = \$2)" <<<"$plan" || fail "not by $1: $plan"
    ! grep -q Sort <<<"$plan" || fail "sorted: $plan"
}

hold "$dir"
[[ $(sql "$dir" "SELECT count(*) FROM planner.items") == 0 ]] || fail "the store is not empty"
[[ $(sql "$dir" "SELECT count(*) FROM pg_stats WHERE schemaname = 'planner'") -gt 50 ]] ||
    fail "an empty store has no statistics"

echo "by the key, by the place, by the entity"
expect id "SELECT 1 FROM planner.items WHERE project_id = \$1 AND id = \$2 FOR KEY SHARE"
expect id "SELECT 1 FROM planner.roll WHERE project_id = \$1 AND id = \$2"
expect id "SELECT 1 FROM planner.steps WHERE project_id = \$1 AND id = \$2"
expect step_id "SELECT 1 FROM planner.iterations WHERE project_id = \$1 AND step_id = \$2"
expect parent_id "SELECT id FROM planner.items WHERE project_id = \$1
    AND parent_id = \$2 AND status = 'open' AND deleted_at IS NULL ORDER BY sort_key"
expect entity_id "SELECT id FROM planner.audit WHERE project_id = \$1
    AND entity_id = \$2 ORDER BY id DESC LIMIT 1"
echo "6 passed, 0 failed"
