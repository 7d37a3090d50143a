# Shared by cluster_*.sh: run servers on data directories of their own and look at what they start.
# shellcheck shell=bash

bin=$(realpath "$1")
work=$(mktemp -d /tmp/planner-fault.XXXXXX)
chmod 755 "$work" # the account that runs PostgreSQL has to get through
as=()             # prefix under which the program runs
holders=()        # servers that we started

fail() {
    echo "FAILED: $*" >&2
    tail -n 20 "$work"/*.err "$work"/*/keeper.log >&2 2>/dev/null || true
    exit 1
}

planner() { "${as[@]}" env -u PLANNER_DATABASE_URL "$bin" "$@"; }

requests() {
    echo '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"fault","version":"1"}}}'
    echo '{"jsonrpc":"2.0","method":"notifications/initialized"}'
    echo '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"list_projects","arguments":{}}}'
}

# use DIR: one server that makes one call and ends. Its answer is checked.
use() {
    local answer
    answer=$(requests | planner serve --data-dir "$1" 2>>"$work/use.err" | grep '"id":2' || true)
    [[ $answer == *'"result"'* && $answer != *'"isError":true'* ]] || fail "no answer in $1: $answer"
}

# hold DIR: a server that has made a call and stays. Its pid is in $held, its stdin in $held_in.
hold() {
    local pipe out
    pipe=$(mktemp -u "$work/in.XXXXXX")
    out=$(mktemp "$work/out.XXXXXX")
    mkfifo "$pipe"
    exec {held_in}<>"$pipe"
    "${as[@]}" env -u PLANNER_DATABASE_URL "$bin" serve --data-dir "$1" \
        <"$pipe" >"$out" 2>>"$work/hold.err" {held_in}>&- &
    held=$!
    held_out=$out
    holders+=("$held")
    requests >&"$held_in"
    await 30 "an answer of server $held" grep -q '"id":2' "$out"
    ! grep -q '"isError":true' "$out" || fail "$(cat "$out")"
}

# again: one more call of the server held last.
again() {
    local id=$RANDOM
    echo '{"jsonrpc":"2.0","id":'$id',"method":"tools/call","params":{"name":"list_projects","arguments":{}}}' >&"$held_in"
    await 30 "an answer to call $id" grep -q "\"id\":$id,.*\"result\"" "$held_out"
    ! grep "\"id\":$id," "$held_out" | grep -q '"isError":true' || fail "$(tail -1 "$held_out")"
}

drop_held() { # kill -9 without the shell's word about it
    disown "$held" 2>/dev/null || true
    kill -9 "$held"
}

# slay PID...: kill -9, and wait until they are gone, or what comes next would still find them.
slay() {
    local pid
    kill -9 "$@"
    for pid in "$@"; do
        await 5 "the end of process $pid" dead "$pid"
    done
}
dead() { [[ ! -e /proc/$1 || $(ps -o stat= -p "$1") == Z* ]]; }

# await SECONDS WHAT COMMAND...: until it succeeds.
await() {
    local end=$((SECONDS + $1 + 1)) what=$2
    shift 2
    until "$@"; do
        ((SECONDS < end)) || fail "waited in vain for $what"
        sleep 0.05
    done
}

# processes TEXT...: pids of living processes whose command line holds the text.
processes() { ps axo pid=,stat=,args= | awk -v text="$1" '$2 !~ /^Z/ && index($0, text) && !/awk/ {print $1}'; }
keepers() { processes " keeper $1 "; }
postmasters() { processes "/postgres -D $1/pg "; }
count() { wc -w <<<"$*"; }
stopped() { [[ -z $(keepers "$1") && -z $(postmasters "$1") ]]; }
one_of_each() {
    [[ $(count "$(keepers "$1")") == 1 ]] || fail "keepers of $1: $(keepers "$1")"
    [[ $(count "$(postmasters "$1")") == 1 ]] || fail "postmasters of $1: $(postmasters "$1")"
}
member() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p"; }
connection() { planner status --json --data-dir "$1" | member connection; }
sql() { "${as[@]}" psql -XAtq "$(connection "$1")" -c "$2"; }

clean_up() {
    local pid dir
    for pid in "${holders[@]}"; do
        kill -9 "$pid" 2>/dev/null || true
    done
    for dir in "$work"/*/ "$work"/*/*/; do
        if [[ -e $dir/keeper.lock ]]; then
            planner stop --data-dir "${dir%/}" >/dev/null 2>&1 || true
        fi
    done
    rm -rf "$work"
}
trap clean_up EXIT
