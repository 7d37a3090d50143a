#!/usr/bin/env bash
# The official conformance suite as referee: run.sh BINARY [REVISION...]
#
# BINARY is the build with the suite's fixtures (preset conformance). The suite speaks HTTP: a bridge
# (bridge.mjs) stands between, on loopback. Each revision is judged by the suite's own list of what
# it requires; a scored scenario passes without a failed check and without a warning, the others are
# run and told. Ends with "N passed, N failed": the scored scenarios, and one case per bridge for what
# it heard (a message nobody asked for, an exit code), two for the bridge by itself and one or two for
# what fixtures the binaries have. Needs node 22 and the npm registry; the suite is kept in build/suite.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
bin=$(realpath "${1:?usage: run.sh BINARY [REVISION...]}")
shift
revisions=("$@")
[ $# -gt 0 ] || revisions=(2025-11-25 2026-07-28)
stage=${PLANNER_SUITE_DIR:-$top/build/suite}
suite=$stage/node_modules/@modelcontextprotocol/conformance

if [ "$(node -p 'process.versions.node.split(".")[0] >= 22' 2>/dev/null)" != true ]; then
    echo "node 22 or newer is needed (tests/run.sh fetches it from the npm registry)"
    exit 1
fi
mkdir -p "$stage"
if ! cmp -s "$here/package-lock.json" "$stage/installed.json"; then
    cp "$here/package.json" "$here/package-lock.json" "$stage"
    (cd "$stage" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
    cp "$stage/package-lock.json" "$stage/installed.json"
fi

for name in $(compgen -e | grep -E '^(PLANNER_|PG|DATABASE_|SUPABASE_)' || true); do unset "$name"; done
work=$(mktemp -d /tmp/planner-conformance.XXXXXX)
chmod 711 "$work" # the account that runs PostgreSQL has to get through
export PLANNER_DATA_DIR=$work/data PLANNER_LOG_LEVEL=${LOG_LEVEL:-error}
bridge=
passed=0 failed=0
finish() {
    [ -z "$bridge" ] || kill "$bridge" 2>/dev/null || true
    "$bin" stop >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap finish EXIT

tally() { # OK TITLE
    if [ "$1" -eq 1 ]; then
        passed=$((passed + 1))
        echo "ok: $2"
    else
        failed=$((failed + 1))
        echo "FAILED: $2"
    fi
}

bridge_start() { # REVISION
    : >"$work/url"
    node "$here/bridge.mjs" "$bin" >"$work/url" 2>"$work/bridge.$1" &
    bridge=$!
    for _ in $(seq 100); do
        [ ! -s "$work/url" ] || return 0
        sleep 0.1
    done
    echo "the bridge did not start"
    cat "$work/bridge.$1"
    return 1
}

bridge_stop() { # REVISION
    local ok=1
    kill "$bridge"
    wait "$bridge" || ok=0
    bridge=
    [ "$ok" -eq 1 ] || cat "$work/bridge.$1"
    tally "$ok" "$1: every message had somebody who waited for it, every server ended with exit code 0"
}

referee() { # REVISION
    local ok bad
    echo "== $1"
    bridge_start "$1"
    (cd "$work" && node "$suite/dist/index.js" server --url "$(cat "$work/url")" --requirements "$1" \
        -o "$work/results.$1") >"$work/log.$1" 2>&1 || true
    mkdir -p "$work/results.$1"
    node "$here/report.mjs" "$suite/requirements/$1.yaml" "$work/results.$1" | tee "$work/report"
    read -r ok bad < <(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$work/report")
    passed=$((passed + ok)) failed=$((failed + bad))
    [ "$ok" -gt 0 ] || cat "$work/log.$1"
    bridge_stop "$1"
}

fixtures() { # TITLE CHECK...
    local ok=1
    "$here/check_fixtures.sh" "${@:2}" || ok=0
    tally "$ok" "$1"
}

fixtures "this build has the fixtures" --present "$bin"
release=$top/build/release/mcp-planner
[ ! -x "$release" ] || fixtures "the release build has none of them" "$release"
"$bin" migrate up >/dev/null # the first start of the private server takes longer than the suite waits

ok=1
bridge_start itself
BRIDGE_URL=$(cat "$work/url") node --test --test-reporter=tap "$here/bridge.test.mjs" >"$work/tap" || ok=0
[ "$ok" -eq 1 ] || cat "$work/tap"
tally "$ok" "the bridge does what HTTP asks for and the suite does not look at"
bridge_stop itself

for revision in "${revisions[@]}"; do referee "$revision"; done
if [ -n "${KEEP:-}" ]; then # what the suite wrote, for whoever looks into a failure
    mkdir -p "$KEEP"
    cp -r "$work"/results.* "$work"/log.* "$work"/bridge.* "$KEEP"
fi
printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
