#!/usr/bin/env bash
# Who may run it where: ordinary users, root, directories that cannot be entered or are not ours.
set -euo pipefail
source "$(dirname "$0")/cluster_lib.bash"

refusal() { requests | planner serve --data-dir "$1" 2>>"$work/refusal.err" | grep '"id":2'; }

echo "a directory that holds other things is refused and left as it was"
mkdir -m 750 "$work/mine"
touch "$work/mine/letter"
before=$(stat -c '%a %u' "$work/mine")
[[ $(refusal "$work/mine") == *"holds other files"* ]] || fail "a foreign directory was taken"
[[ $(stat -c '%a %u' "$work/mine") == "$before" && ! -e $work/mine/clients.lock ]] ||
    fail "a refused directory was changed"

echo "without PostgreSQL the answer says what to install"
answer=$(export PLANNER_PG_BINDIR=$work/mine && refusal "$work/none")
[[ $answer == *PLANNER_PG_BINDIR* ]] || fail "missing programs: $answer"

[[ $(id -u) == 0 ]] || exit 0 # the rest changes accounts

echo "root: the whole cluster belongs to another account, and so does the directory"
export SECRET=1
hold "$work/root"
unset SECRET
grep -qz '^SECRET=' "/proc/$held/environ" || fail "the server was to have a secret"
for pid in $(keepers "$work/root") $(postmasters "$work/root"); do
    [[ $(stat -c %U "/proc/$pid") == postgres ]] || fail "process $pid belongs to root"
    if grep -qz '^SECRET=' "/proc/$pid/environ"; then fail "the host's environment was passed on"; fi
done
[[ $(stat -c '%U %a' "$work/root") == "postgres 700" ]] || fail "owner of the data directory"
[[ $(sql "$work/root" 'select 1') == 1 ]] || fail "root cannot connect"

echo "root: a directory that the account cannot enter is named in the log, not in the answer"
mkdir -m 700 "$work/closed"
answer=$(refusal "$work/closed/data")
[[ $answer == *"cannot enter"* && $answer != *"$work"* ]] || fail "closed directory: $answer"
grep -q "cannot enter $work/closed" "$work/refusal.err" || fail "the log does not name it"

echo "an ordinary user has a cluster of his own"
as=(setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent)
install -d -o 65534 -g 65534 "$work/nobody"
chmod 1777 "$work"
cp "$bin" "$work/mcp-planner" # the checkout may be where that user cannot go
bin=$work/mcp-planner
hold "$work/nobody/deep/data"
one_of_each "$work/nobody/deep/data"
[[ $(stat -c '%u' "/proc/$(postmasters "$work/nobody/deep/data")") == 65534 ]] || fail "account"
[[ $(sql "$work/nobody/deep/data" 'select current_user') == planner ]] || fail "no connection"

echo "and is told when a directory belongs to somebody else"
[[ $(refusal "$work/root") == *"cannot be used"* ]] || fail "foreign data directory"
drop_held
await 15 "the end" stopped "$work/nobody/deep/data"
as=()
