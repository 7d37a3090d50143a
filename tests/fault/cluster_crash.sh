#!/usr/bin/env bash
# kill -9 of whatever keeps the database: the next call works, and what was committed is there.
set -euo pipefail
source "$(dirname "$0")/cluster_lib.bash"
dir=$work/data

hold "$dir"
sql "$dir" 'create table public.kept (n int)'
row=0
keep() { sql "$dir" "insert into public.kept values ($((++row)))"; }
check() {
    one_of_each "$dir"
    [[ $(sql "$dir" 'select count(*) from public.kept') == "$row" ]] || fail "rows were lost: $1"
}

echo "the keeper is killed: a newcomer and a running server both work"
keep
slay "$(keepers "$dir")"
use "$dir"
check "keeper"
again

echo "the keeper and every server are killed: the cluster does not stay behind"
keep
drop_held
slay "$(keepers "$dir")"
await 15 "the end without a keeper" stopped "$dir"
hold "$dir"
check "keeper and server"

echo "the postmaster is killed while a server runs: it is started again"
keep
old=$(postmasters "$dir")
slay "$old"
use "$dir"
check "postmaster"
[[ $(postmasters "$dir") != "$old" ]] || fail "the killed postmaster is there"
again

echo "both are killed at once"
keep
# shellcheck disable=SC2046
slay $(keepers "$dir") $(postmasters "$dir")
use "$dir"
check "both"
again

echo "all of it again and again, with servers coming at once"
for _ in 1 2 3; do
    keep
    # shellcheck disable=SC2046
    slay $(keepers "$dir") $(postmasters "$dir")
    pids=()
    for _ in 1 2 3 4 5; do
        use "$dir" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || fail "one of five got no answer"; done
    check "rounds"
done

echo "a number in a stale postmaster.pid belongs to somebody else, who is left alone"
owner=$(stat -c %U "$dir")
planner stop --data-dir "$dir" >/dev/null
drop_held
if [[ $(id -u) == 0 ]]; then
    setpriv --reuid="$owner" --regid="$(id -g "$owner")" --clear-groups sleep 1000 &
else
    sleep 1000 &
fi
other=$!
holders+=("$other")
printf '%s\n%s\n1\n5432\n%s\n\n 1 1\nready\n' "$other" "$dir/pg" "$dir/run" >"$work/stale"
install -m 600 "$work/stale" "$dir/pg/postmaster.pid"
[[ $(id -u) != 0 ]] || chown "$owner" "$dir/pg/postmaster.pid"
[[ $(planner status --json --data-dir "$dir" || true) == *'"running":false'* ]] ||
    fail "status believes a stale number"
planner stop --data-dir "$dir" >/dev/null
kill -0 "$other" 2>/dev/null || fail "stop signalled a stranger"
use "$dir"
check "stale number"
planner stop --data-dir "$dir" >/dev/null
kill -0 "$other" 2>/dev/null || fail "the keeper signalled a stranger"

echo "an initialisation that was killed leaves nothing half-made"
part=$work/part
use "$part" &
one=$!
await 10 "initdb" compgen -G "$part/pg.tmp.*" >/dev/null
killed=$(basename "$(compgen -G "$part/pg.tmp.*")")
# What initdb had started outlives it for a moment and goes on writing: a piece that cannot be
# removed before the next initialisation has begun.
held_piece=$part/pg.tmp.1/held
mkdir -p "$held_piece"
touch "$held_piece/file"
[[ $(id -u) != 0 ]] || chown -R "$owner" "$part/pg.tmp.1"
chmod 500 "$held_piece"
# shellcheck disable=SC2046
kill -9 $(keepers "$part") 2>/dev/null || true
next_begins() { compgen -G "$part/pg.tmp.*" | grep -qvE "/($killed|pg\.tmp\.1)\$"; }
(await 20 "the next initialisation" next_begins && chmod 700 "$held_piece") &
let_go=$!
wait "$one" || true # it starts another keeper, or says that the first ended
use "$part"
wait "$let_go" || fail "the next initialisation was not seen"
[[ -z $(compgen -G "$part/pg.tmp.*") ]] || fail "pieces are left: $(ls "$part")"
one_of_each "$part"
