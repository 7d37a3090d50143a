#!/usr/bin/env bash
# Many processes, one cluster: started once, shared, stopped after the last, however that ended.
set -euo pipefail
source "$(dirname "$0")/cluster_lib.bash"
dir=$work/data

echo "twenty processes at once on nothing all get an answer from one cluster"
pids=()
for _ in {1..20}; do
    use "$dir" &
    pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || fail "one of twenty got no answer"; done
one_of_each "$dir"

echo "the directory is private, the socket too"
[[ $(stat -c %a "$dir") == 700 ]] || fail "mode of the data directory"
socket=$(planner status --json --data-dir "$dir" | member socket)
[[ -S $socket && $(stat -c %a "$(dirname "$socket")") == 700 ]] || fail "socket $socket"
[[ $(sql "$dir" 'show listen_addresses') == "" ]] || fail "it listens on the network"
for setting in data_checksums=on fsync=on synchronous_commit=on max_connections=300; do
    [[ $(sql "$dir" "show ${setting%=*}") == "${setting#*=}" ]] || fail "$setting"
done

echo "another data directory is independent"
hold "$dir"
main=$held
hold "$work/other"
one_of_each "$dir"
one_of_each "$work/other"
other=$held

echo "it stops within 15 seconds of the last process, killed with -9, and not before"
sleep 5
one_of_each "$dir"
held=$main
drop_held
begin=$SECONDS
await 15 "the end of $dir" stopped "$dir"
echo "  after $((SECONDS - begin)) s"
one_of_each "$work/other"
held=$other
drop_held
await 15 "the end of $work/other" stopped "$work/other"

echo "it starts again, and a probe that ends at once does not restart what runs"
for attempt in {1..5}; do
    use "$dir"
    before=$(postmasters "$dir")
    begin=${EPOCHREALTIME/./}
    sleep 1.5
    use "$dir"
    ((${EPOCHREALTIME/./} - begin > 2800000)) || break # a slow machine: the pause was too long
    [[ $attempt != 5 ]] || fail "this machine is too slow to probe twice within 3 s"
done
[[ $(postmasters "$dir") == "$before" ]] || fail "restarted between two probes"

echo "stop stops it, and says so; status tells 0 and 3"
planner status --data-dir "$dir" >/dev/null || fail "status of a running cluster"
planner stop --data-dir "$dir" >/dev/null
stopped "$dir" || fail "still there after stop"
code=0
planner status --data-dir "$dir" >/dev/null || code=$?
[[ $code == 3 ]] || fail "status of a stopped cluster: $code"

echo "stop ends one that is just being made, whatever signals its first server ignored"
mkfifo "$work/early.in"
exec {early_in}<>"$work/early.in"
(
    trap '' QUIT
    exec "${as[@]}" env -u PLANNER_DATABASE_URL "$bin" serve --data-dir "$work/early"
) <"$work/early.in" >/dev/null 2>>"$work/hold.err" {early_in}>&- &
early=$!
disown "$early"
requests >&"$early_in"
await 10 "a keeper" test -e "$work/early/keeper.lock"
slay "$early"
exec {early_in}>&-
planner stop --data-dir "$work/early" >/dev/null || fail "stop of a database that is being made"
stopped "$work/early" || fail "still there after an early stop"

echo "stop does not wait for an initdb that takes its time, and nothing of it stays"
slow=$work/slow-bin
mkdir "$slow"
ln -s "$(pg_config --bindir)"/* "$slow"
rm "$slow/initdb"
cat >"$slow/initdb" <<EOF
#!/bin/sh
"$(pg_config --bindir)/initdb" "\$@" || exit 1
while touch "\$2/more"; do sleep 0.01; done &
sleep 600
EOF
chmod 755 "$slow" "$slow/initdb"
mkfifo "$work/long.in"
exec {long_in}<>"$work/long.in"
"${as[@]}" env -u PLANNER_DATABASE_URL PLANNER_PG_BINDIR="$slow" "$bin" serve --data-dir "$work/long" \
    <"$work/long.in" >/dev/null 2>>"$work/hold.err" {long_in}>&- &
long=$!
disown "$long"
requests >&"$long_in"
made() { compgen -G "$work/long/pg.tmp.*/more" >/dev/null; }
await 30 "an initdb that is nearly done" made
slay "$long"
exec {long_in}>&-
begin=${EPOCHREALTIME/./}
planner stop --data-dir "$work/long" >/dev/null || fail "stop during initdb"
((${EPOCHREALTIME/./} - begin < 5000000)) || fail "stop waited for initdb"
stopped "$work/long" || fail "still there after a stop during initdb"
[[ -z $(processes "$slow/initdb") ]] || fail "its initdb goes on"
! compgen -G "$work/long/pg*" | grep -v postgresql.log || fail "a half of a database stays"

echo "after stop, a server that still runs starts it again"
hold "$dir"
planner stop --data-dir "$dir" >/dev/null
again
one_of_each "$dir"

echo "a server killed with -9 leaves nobody on its pipes"
mkfifo "$work/pipe"
(
    exec 2>&1
    requests
    sleep 30
) 2>/dev/null | "${as[@]}" "$bin" serve --data-dir "$work/fresh" >"$work/pipe" 2>&1 &
reader=0
exec 9<"$work/pipe"
grep -q '"id":2' <&9 || fail "no answer on the pipe"
pid=$(processes "serve --data-dir $work/fresh")
# shellcheck disable=SC2086
kill -9 $pid
timeout 5 cat <&9 >/dev/null || reader=$?
exec 9<&-
[[ $reader == 0 ]] || fail "somebody still holds the server's stdout"

echo "a path too long for a socket works"
long=$work/$(printf 'd%.0s' {1..120})/x
use "$long"
[[ $(sql "$long" 'select 1') == 1 ]] || fail "no connection with a long path"
one_of_each "$long"
socket=$(planner status --json --data-dir "$long" | member socket)
[[ $socket != "$long"/* && $(stat -c %a "$(dirname "$socket")") == 700 ]] || fail "socket $socket"
planner stop --data-dir "$long" >/dev/null
[[ ! -e $(dirname "$socket") ]] || fail "the short directory stays behind"

echo "a short directory that somebody else made first is refused"
short=$(dirname "$socket")
mkdir "$short"
[[ $(id -u) != 0 ]] || chown 65534 "$short"
chmod 777 "$short"
answer=$(requests | planner serve --data-dir "$long" 2>>"$work/use.err" | grep '"id":2')
rmdir "$short"
[[ $answer == *"taken by somebody else"* ]] || fail "a planted directory was used: $answer"

echo "blanks, quotes and commas in a path work"
odd="$work/it's a, \"data\" dir"
use "$odd"
planner stop --data-dir "$odd" >/dev/null

echo "a data directory that is taken away takes its processes with it"
use "$work/gone"
mv "$work/gone" "$work/elsewhere"
await 15 "the end of a removed cluster" stopped "$work/gone"
