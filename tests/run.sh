#!/usr/bin/env bash
# Build everything and run every test: tests/run.sh [--full]
#
# On a fresh Debian 12, as root or as a user with sudo, it installs what is missing
# (tests/packages.txt). It starts one throwaway PostgreSQL of its own, unless TEST_DATABASE_URL names
# a server (a superuser's connection; databases are created and dropped there), leaves nothing behind but
# build/, and ends with one line: "N passed, N failed". --full adds the long campaigns.
set -uo pipefail
exec </dev/null
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top" || exit 1

full=0
case "${1:-}" in
'') ;;
--full) full=1 ;;
*)
    echo "usage: tests/run.sh [--full]" >&2
    exit 2
    ;;
esac

work=$(mktemp -d /tmp/planner-tests.XXXXXX) || exit 1
passed=0
failed=0
server=
titles=()  # of what runs beside each other
running=() # and their processes

server_stop() {
    [ -n "$server" ] || return 0
    kill -INT "$server" 2>/dev/null
    wait "$server" 2>/dev/null
    server=
}

finish() {
    [ "${#running[@]}" -eq 0 ] || kill "${running[@]}" 2>/dev/null
    server_stop
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

tally() { # PASSED FAILED
    passed=$((passed + $1))
    failed=$((failed + $2))
}

# tell TITLE LOG_KIND LOG CODE SECONDS: count the cases of what has run, and show its output only when
# it failed. LOG_KIND is "script", or "ctest DIRECTORY".
tell() {
    local title=$1 kind=$2 log=$3 code=$4 took=$5 counts
    case $kind in
    ctest*) counts=$(python3 -B tests/tools/count.py ctest \
        "${kind#ctest }/Testing/Temporary/LastTest.log") ;;
    *) counts=$(python3 -B tests/tools/count.py script "$log" "$code") ;;
    esac
    read -r ok bad <<<"${counts:-0 1}"
    [ "$code" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
    tally "$ok" "$bad"
    if [ "$bad" -gt 0 ]; then
        grep -Ev '^\[[0-9]+/[0-9]+\] (Building|Linking)|^-- ' "$log" | tail -n 200
    fi
    printf '   %s passed, %s failed, %s s: %s\n' "$ok" "$bad" "$took" "$title"
    [ "$bad" -eq 0 ]
}

# stage TITLE LOG_KIND COMMAND...: run it alone.
stage() {
    local title=$1 kind=$2 log="$work/stage.log" from=$SECONDS code
    shift 2
    printf '== %s\n' "$title"
    "$@" >"$log" 2>&1
    code=$?
    tell "$title" "$kind" "$log" "$code" "$((SECONDS - from))"
}

# begin TITLE COMMAND...: run it beside others, as soon as there is room. Most of what a whole-program
# script does is to wait. settle: until the last has ended, and tell of all in the order of beginning.
begin() {
    local n=${#titles[@]}
    while [ "${#running[@]}" -ge "$at_once" ]; do reap; done
    titles+=("$1")
    shift
    (
        trap - EXIT INT
        trap 'kill "$child"; exit 143' TERM
        from=$SECONDS
        "$@" >"$work/beside.$n.log" 2>&1 &
        child=$!
        wait "$child"
        echo "$? $((SECONDS - from))" >"$work/beside.$n.end"
    ) &
    running+=($!)
}

reap() {
    local pid left=()
    wait -n "${running[@]}"
    for pid in "${running[@]}"; do
        if kill -0 "$pid" 2>/dev/null; then left+=("$pid"); fi
    done
    running=(${left[@]+"${left[@]}"})
}

settle() {
    local n code took
    [ "${#titles[@]}" -gt 0 ] || return 0
    printf '== %s whole-program scripts, %s at a time\n' "${#titles[@]}" "$at_once"
    while [ "${#running[@]}" -gt 0 ]; do reap; done
    for n in "${!titles[@]}"; do
        code=1 took=0
        [ ! -s "$work/beside.$n.end" ] || read -r code took <"$work/beside.$n.end"
        tell "${titles[n]}" script "$work/beside.$n.log" "$code" "$took"
    done
    titles=()
}

close() {
    printf '%s passed, %s failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}

# Everything that can be built is, so that one broken test does not hide the others.
build() { # PRESET
    cmake --preset "$1" && cmake --build --preset "$1" -- -j "$jobs" -k 0
}

# ------------------------------------------------------------------ the machine

if ! tests/tools/packages.sh; then
    echo "cannot go on: packages are missing and could not be installed" >&2
    tally 0 1
    close
fi
jobs=$(nproc)
at_once=$((jobs + 3))
export JOBS=$jobs

# The official clients need node 20, the conformance suite 22; Debian 12 has 18. The npm registry has
# the binary as well.
node_ready() { # MAJOR
    local major cache="$top/build/node$1"
    major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
    [ "$major" -lt "$1" ] || return 0
    if [ ! -x "$cache/node_modules/.bin/node" ]; then
        echo "node $major is too old for what comes next; fetching $1 from the npm registry"
        mkdir -p "$cache"
        npm --prefix "$cache" --cache "$cache/cache" --no-audit --no-fund --no-save --loglevel=error \
            install "node@$1" || return 1
    fi
    PATH="$cache/node_modules/.bin:$PATH"
    export PATH
}

# ------------------------------------------------------------------ the throwaway server

as_server=()
server_start() {
    local bin dir="$work/pg"
    bin=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin | sort -V | tail -n 1)
    mkdir "$dir"
    if [ "$(id -u)" -eq 0 ]; then # PostgreSQL refuses root
        chmod 711 "$work"
        chown postgres: "$dir"
        as_server=(setpriv --reuid=postgres --regid=postgres --init-groups --)
    fi
    chmod 700 "$dir"
    (
        cd "$dir" || exit 1
        ${as_server[@]+"${as_server[@]}"} env LC_ALL=C.UTF-8 "$bin/initdb" -D "$dir/data" -U planner \
            -A trust -E UTF8 --locale=C.UTF-8 --no-sync
    ) || return 1
    (
        cd "$dir" || exit 1
        exec ${as_server[@]+"${as_server[@]}"} "$bin/postgres" -D "$dir/data" -c listen_addresses= \
            -c unix_socket_directories="$dir" -c fsync=off -c full_page_writes=off \
            -c max_connections=300 -c log_min_messages=fatal
    ) >"$work/server.log" 2>&1 &
    server=$!
    export PLANNER_TEST_DSN="host=$dir user=planner dbname=postgres"
    for _ in $(seq 100); do
        if "$bin/pg_isready" -q -h "$dir" -U planner; then return 0; fi
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    cat "$work/server.log"
    return 1
}

# ------------------------------------------------------------------ sanitizers

# Leaks cannot be looked for where ptrace is forbidden; better to say so than to fail every test.
sanitizer_options() {
    local leaks=1
    printf 'int main(void) { return 0; }\n' >"$work/probe.c"
    if ! { gcc -fsanitize=address -o "$work/probe" "$work/probe.c" &&
        ASAN_OPTIONS=detect_leaks=1 "$work/probe"; } >/dev/null 2>&1; then
        leaks=0
        echo "leaks are not looked for: the leak sanitizer does not work on this machine"
    fi
    export ASAN_OPTIONS="detect_leaks=$leaks:abort_on_error=0:detect_stack_use_after_return=1"
    export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
}

# ------------------------------------------------------------------ the stages

run_ctest() { # DIRECTORY ARGUMENTS...
    local dir=$1
    shift
    rm -f "$dir/Testing/Temporary/LastTest.log"
    ctest --test-dir "$dir" -j "$((jobs + 1))" --output-on-failure --no-tests=error --quiet \
        --output-log "$work/ctest.log" "$@" || {
        # What failed, without the lines about what did not.
        grep -Ev '^ *(Start +[0-9]+:|[0-9]+/[0-9]+ Test .* Passed)' "$work/ctest.log"
        return 1
    }
}

# Whole-program scripts: SCRIPT BINARY, counted by their closing line, ended when they hang.
whole_program() { # TITLE BUILD SCRIPT
    if [ -x "$3" ]; then
        begin "$1: $2" timeout -k 10 "$((full ? 3600 : 600))" "$3" "$top/build/$2/mcp-planner"
    fi
}

run_transcripts() { # BUILD
    local runner
    for runner in tests/transcripts/run.py tests/transcripts/run.sh; do
        whole_program transcripts "$1" "$runner"
    done
}

run_faults() { # BUILD
    local script
    for script in tests/fault/*.sh; do
        whole_program "fault ${script##*/}" "$1" "$script"
    done
}

run_e2e() { # BUILD
    if ! node_ready 20; then
        echo "node 20 or newer is needed by the official clients and could not be fetched"
        tally 0 1
        return
    fi
    whole_program e2e "$1" tests/e2e/run.sh
}

run_conformance() {
    if ! node_ready 22; then
        echo "node 22 or newer is needed by the conformance suite and could not be fetched"
        tally 0 1
        return
    fi
    whole_program conformance conformance tests/conformance/run.sh
}

# New inputs are kept under build/ from run to run.
run_fuzzers() {
    local seconds=$((full ? 180 : 5))
    stage "fuzz: each target, $seconds s" script tests/fuzz/run.sh build/fuzz "$seconds" \
        "$top/build/fuzz-corpus"
}

# Random calls against the model of tests/model; another MODEL_SEED makes other calls.
run_model() {
    local failed=1
    if timeout -k 10 7200 build/dev/tests/model_db_walk --steps 200000 --seed "${MODEL_SEED:-1}"; then
        failed=0
    fi
    echo "$((1 - failed)) passed, $failed failed"
}

stage "build: dev (gcc)" script build dev
stage "build: clang" script build clang
stage "build: asan" script build asan
stage "build: release" script build release
stage "build: conformance" script build conformance
stage "build: fuzz" script build fuzz
from=$SECONDS
if [ -n "${TEST_DATABASE_URL:-}" ]; then
    export PLANNER_TEST_DSN=$TEST_DATABASE_URL
    echo "== database: the server that TEST_DATABASE_URL names"
elif ! server_start >"$work/start.log" 2>&1; then
    cat "$work/start.log"
    echo "the throwaway PostgreSQL did not start"
    tally 0 1
    close
else
    printf '== database: a throwaway PostgreSQL is up\n   %s s\n' "$((SECONDS - from))"
fi

stage "ctest: dev" "ctest build/dev" run_ctest build/dev
sanitizer_options
# What looks at the server's plans only has seen them.
stage "ctest: asan" "ctest build/asan" run_ctest build/asan -E '^store_(db_plans|distribution)$'
export FULL=$full
if [ -x build/dev/mcp-planner ] && [ -x build/asan/mcp-planner ]; then
    # What takes longest comes first, or it would run alone at the end.
    run_e2e asan
    run_e2e dev
    run_faults dev
    run_conformance
    run_transcripts asan
    run_transcripts dev
    [ "$full" -eq 0 ] || run_faults asan
    settle
    [ "$full" -eq 0 ] || stage "model: 200,000 steps" script run_model
else
    echo "mcp-planner was not built: transcripts, faults and e2e cannot run"
    tally 0 1
fi
run_fuzzers
close
