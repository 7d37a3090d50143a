#!/usr/bin/env bash
# mcp-planner migrate: what it prints and how it exits, on a private database.
set -euo pipefail
source "$(dirname "$0")/cluster_lib.bash"
dir=$work/data
newest=$(find "$(dirname "$0")/../../sql/migrations" -name '*.up.sql' | wc -l)
below=$((newest - 1))

sql_file() { PGOPTIONS="-c client_min_messages=warning" "${as[@]}" psql -XAtq -v ON_ERROR_STOP=1 "$(connection "$dir")" -f - >"$work/plan.out"; }

# broken_pg_dump DIR: the programs of PostgreSQL, with a pg_dump that writes half of it.
broken_pg_dump() {
    local real
    real=$(pg_config --bindir)
    mkdir "$1"
    ln -s "$real/postgres" "$real/initdb" "$1"
    printf '%s\n' '#!/bin/sh' "[ \"\$1\" != --version ] || exec $real/pg_dump --version" \
        'while [ "$1" != --file ]; do shift; done' 'echo half >"$2"' 'exit 1' >"$1/pg_dump"
    chmod 755 "$1" "$1/pg_dump"
}

# expect CODE WORDS ARGUMENTS...: run migrate; the exit code and words of its output.
expect() {
    local want=$1 words=$2 code=0 out
    shift 2
    out=$(planner migrate --data-dir "$dir" "$@" 2>&1 </dev/null) || code=$?
    [[ $code == "$want" ]] || fail "migrate $*: exit $code, not $want: $out"
    [[ $out == *"$words"* ]] || fail "migrate $*: no '$words' in: $out"
}

echo "looking at a database that was never used does not make it"
expect 3 "no private database yet; the first use makes it" status
expect 3 "   1  planner                   pending" status
expect 3 "no private database yet" validate
expect 3 '"ok":false,"problem":"there is no private database yet' status --json
expect 0 "from version 0 to version $newest: $newest migrations" plan
expect 0 "CREATE TABLE planner.items" plan 1
expect 0 "to version 0: 0 migrations" plan 0
expect 2 "no migration" plan 9999
expect 0 "undone 0 migrations" down 0 --yes
[[ ! -e $dir ]] || fail "the data directory was made"

echo "status and validate find trouble in an empty database and change nothing"
expect 0 "applied 1 migration" up 1
expect 0 "undone" down 0 --yes
expect 3 "run 'mcp-planner migrate up'" status
expect 3 "lacks migration 1" validate
expect 3 '"ok":false' status --json

# As a process that uses the cluster does: it stays up between the commands.
exec {in_use}<"$dir/clients.lock"
flock -s "$in_use"

echo "up applies, once"
expect 0 "applied" up
expect 0 "applied 0 migrations" up
expect 0 '"ok":true' validate --json
expect 0 "\"newest_known\":$newest," status --json
expect 0 "applied" status

echo "down asks; without a terminal it wants --yes"
expect 2 "--yes" down 0
expect 0 "applied" status
expect 0 "the next use of the private database applies them again" down 0 --yes
expect 3 "pending" status

echo "plan tells and runs nothing; psql can run what it tells"
expect 0 "from version 0 to version 1: 1 migration" plan 1
expect 0 "CREATE TABLE planner.items" plan
expect 0 '"direction":"up","phase":"expand"' plan --json
expect 3 "pending" status
planner migrate plan --data-dir "$dir" | sql_file || fail "psql refuses the plan"
expect 0 "schema of this program" validate
expect 0 "DROP TABLE planner.items" plan 0
expect 0 '"direction":"down","loses":"' plan 0 --json
expect 0 "to version $newest: 0 migrations" plan
planner migrate plan 0 --data-dir "$dir" | sql_file || fail "psql refuses the plan down"
expect 0 "\"applied\":$newest,\"checks\":[],\"migrations\":[{\"version\":1,\"name\":\"planner\",\"milliseconds\":" up --json
expect 0 "\"undone\":1,\"checks\":[{\"check\":\"loss\",\"severity\":\"note\",\"message\":\"undoing migration $newest (" down "$below" --yes --json

echo "create makes a numbered pair with a header, once"
mkdir -p "$work/sources/sql/migrations"
cd "$work/sources"
expect 0 "sql/migrations/0001_first.up.sql" create first
expect 0 '"version":2,"up":"sql/migrations/0002_second.up.sql"' create second --json
expect 2 "migration 0001 has the name 'first'" create first
expect 2 "lower-case letter" create Third
expect 2 "lower-case letter" create "$(printf 'a%.0s' {1..61})"
expect 0 "0003_a" create "$(printf 'a%.0s' {1..60})"
expect 2 "usage" create
[[ $(cat sql/migrations/0002_second.up.sql) == *"-- depends on: 0001"*"-- lock timeout: "* ]] ||
    fail "no header: $(cat sql/migrations/0002_second.up.sql)"
cd "$work"
expect 2 "'sql/migrations' is no directory that can be read" create fourth
expect 0 "$work/sources/sql/migrations/0004_fourth.down.sql" create fourth --dir "$work/sources/sql/migrations"

echo "a backup is written first, or nothing is done"
expect 0 "applied 1 migration" up
sql "$dir" "CREATE TABLE planner.kept AS SELECT 42 AS n" # stands for data
expect 2 "cannot be written (No such file or directory)" down "$below" --yes --backup "$work/nowhere/dump"
expect 0 "wrote the backup" down "$below" --yes --backup "$work/dump"
[[ $(stat -c %a "$work/dump") == 600 ]] || fail "others can read the dump"
expect 2 "exists; name a file that does not" up --backup "$work/dump"
grep -q '"schema":' "$work/dump.manifest.json" || fail "a backup without a manifest"
mkdir "$work/away" # what is looked at below
mv "$work/dump.manifest.json" "$work/away"
broken_pg_dump "$work/bin"
expect 1 "pg_dump failed" up --backup "$work/dump2" --pg-bindir "$work/bin"
[[ $(echo "$work"/dump*) == "$work/dump" ]] || fail "something is left: $(echo "$work"/dump*)"
expect 3 "lacks migration $newest" validate
PGOPTIONS="-c client_min_messages=warning" sql "$dir" "DROP SCHEMA planner CASCADE"
expect 0 "there is nothing to back up yet" up --backup "$work/dump2"
PGOPTIONS="-c client_min_messages=warning" sql "$dir" "DROP SCHEMA planner CASCADE"
"${as[@]}" pg_restore -d "$(connection "$dir")" <"$work/dump" || fail "pg_restore"
expect 0 "the database has the schema of this program" validate
expect 0 "there is nothing to do, so no backup was written" up --backup "$work/dump3"
[[ $(sql "$dir" "SELECT n FROM planner.kept") == 42 ]] || fail "the data is not there again"

echo "whoever holds locks for long is named; --force goes on"
"${as[@]}" psql -XAtq "$(connection "$dir") application_name=lazy" \
    -c "BEGIN; SELECT count(*) FROM planner.kept; SELECT pg_sleep(60)" >/dev/null 2>&1 &
lazy=$!
sleep 5.5
expect 3 "(lazy, user planner) has been in a transaction for " down "$below" --yes
expect 0 '"check":"transaction","severity":"warning","message":"process ' plan "$below" --json
expect 3 '{"check":"transaction","severity":"warning"' down "$below" --yes --json
expect 0 "undone 1 migration" down "$below" --yes --force
sql "$dir" "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE application_name = 'lazy'" >/dev/null
wait "$lazy" || true

echo "wrong words are a usage error"
expect 2 "usage" ""
expect 2 "usage" sideways
expect 2 "usage" down --yes
expect 2 "usage" up one
expect 2 "no migration" up 9999
expect 2 "no migration" plan 9999
expect 2 "usage" plan one

planner stop --data-dir "$dir" >/dev/null
