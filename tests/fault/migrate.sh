#!/usr/bin/env bash
# mcp-planner migrate: what it prints and how it exits, on a private database.
set -euo pipefail
source "$(dirname "$0")/cluster_lib.bash"
dir=$work/data

# expect CODE WORDS ARGUMENTS...: run migrate; the exit code and words of its output.
expect() {
    local want=$1 words=$2 code=0 out
    shift 2
    out=$(planner migrate --data-dir "$dir" "$@" 2>&1 </dev/null) || code=$?
    [[ $code == "$want" ]] || fail "migrate $*: exit $code, not $want: $out"
    [[ $out == *"$words"* ]] || fail "migrate $*: no '$words' in: $out"
}

echo "status and validate find trouble in an empty database and change nothing"
expect 3 "run 'mcp-planner migrate up'" status
expect 3 "lacks migration 1" validate
expect 3 '"ok":false' status --json

echo "up applies, once"
expect 0 "applied" up
expect 0 "applied 0 migrations" up
expect 0 '"ok":true' validate --json
expect 0 "applied" status

echo "down asks; without a terminal it wants --yes"
expect 2 "--yes" down 0
expect 0 "applied" status
expect 0 "undone" down 0 --yes
expect 3 "pending" status

echo "wrong words are a usage error"
expect 2 "usage" ""
expect 2 "usage" sideways
expect 2 "usage" down --yes
expect 2 "usage" up one
expect 2 "no migration" up 9999

planner stop --data-dir "$dir" >/dev/null
