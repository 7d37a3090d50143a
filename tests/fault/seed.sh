#!/usr/bin/env bash
# The command `seed`: what it says and refuses, and that the README shows the plan that it makes.
set -euo pipefail
source "$(dirname "$0")/cluster_lib.bash"
top=$(realpath "$(dirname "$0")/../..")
dir=$work/data

# says CODE WORDS ARGUMENTS...
says() {
    local want=$1 words=$2 out code=0
    shift 2
    out=$(planner seed "$@" 2>&1) || code=$?
    [[ $code == "$want" && $out == *"$words"* ]] || fail "seed $*: exit code $code: $out"
}

says 2 "--profile demo, large or load" --data-dir "$dir"
says 2 "'profile'" --profile small --data-dir "$dir"
says 2 "'items'" --profile load --items 999 --data-dir "$dir"
says 2 "'items'" --profile load --items 10000001 --data-dir "$dir"
says 2 "'number'" --profile load --number 1000000001 --data-dir "$dir"
says 1 "--yes makes the plan there" --profile demo --dsn "host=/nowhere"
[[ ! -e $dir ]] || fail "a data directory was made"
says 2 "'items' has no meaning" --profile demo --items 1000 --data-dir "$dir"
says 0 "25 items in 2 projects" --profile demo --data-dir "$dir"
says 1 "--yes adds the demo" --profile demo --data-dir "$dir"
says 1 "PAPER is there already" --profile demo --yes --data-dir "$dir"
says 1 '"exit_code":1' --profile load --json --data-dir "$dir"

# What the README shows, but for the hour that the claims end.
outline=$(
    { requests | head -2
      echo '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"outline","arguments":{"item":"DEMO"}}}'
    } | planner serve --data-dir "$dir" 2>/dev/null | grep '"id":2' |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["result"]["content"][0]["text"])'
)
shown=$(sed -n '/^DEMO  Bakery shop/,/^```$/p' "$top/README.md" | grep -v '^```$')
hours() { sed -E 's/until ([0-9]{4}-[0-9]{2}-[0-9]{2} )?[0-9]{2}:[0-9]{2}/until 14:52/'; }
diff <(hours <<<"$shown") <(hours <<<"$outline") >&2 || fail "the README shows another plan"
planner stop --data-dir "$dir" >/dev/null
echo "3 passed, 0 failed"
