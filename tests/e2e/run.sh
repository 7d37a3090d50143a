#!/usr/bin/env bash
# End-to-end tests through the real program, with the official clients: run.sh BINARY [TEST FILE...]
#
# Installs the clients (pinned by package-lock.json) into build/e2e, runs the tests on a private
# database in a directory of their own, and ends with "N passed, N failed".
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
bin=$(realpath "${1:?usage: run.sh BINARY [TEST FILE...]}")
shift
stage=${PLANNER_E2E_DIR:-$top/build/e2e}

mkdir -p "$stage"
exec 8>"$stage/lock" # another run of this script may be there
flock 8
if ! cmp -s "$here/package-lock.json" "$stage/installed.json"; then
    cp "$here/package.json" "$here/package-lock.json" "$stage"
    (cd "$stage" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
    cp "$stage/package-lock.json" "$stage/installed.json"
fi
for file in "$here"/*.mjs; do # node looks for packages beside the file that imports them
    cmp -s "$file" "$stage/${file##*/}" || cp "$file" "$stage"
done
exec 8>&-

for name in $(compgen -e | grep -E '^(PLANNER_|PG|DATABASE_|SUPABASE_)' || true); do unset "$name"; done
work=$(mktemp -d /tmp/planner-e2e.XXXXXX)
chmod 711 "$work" # the account that runs PostgreSQL has to get through
export PLANNER_DATA_DIR=$work/data PLANNER_BINARY=$bin PLANNER_TOP=$top
export PLANNER_LOG_LEVEL=${LOG_LEVEL:-error}
finish() {
    "$bin" stop >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap finish EXIT

files=("$@")
[ $# -gt 0 ] || files=("$here"/*.test.mjs)
code=0
cd "$stage"
node --test --test-concurrency=1 --test-timeout=100000 --test-reporter=tap \
    "${files[@]/#*\//./}" >"$work/tap" 2>"$work/err" || code=$?
grep -E '^ *(not )?ok ' "$work/tap" | sed 's/^ *//'
[ "$code" -eq 0 ] || cat "$work/tap" "$work/err"
counted() { sed -n "s/^# $1 \([0-9]*\)$/\1/p" "$work/tap"; }
passed=$(counted pass) failed=$(($(counted fail) + $(counted cancelled)))
printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$code" -eq 0 ] && [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
