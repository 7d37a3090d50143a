#!/usr/bin/env bash
# Every write tool may be sent again, by anybody and through faults: repetition.py.
set -euo pipefail
source "$(dirname "$0")/cluster_lib.bash"
dir=$work/data

hold "$dir"
socket=$(connection "$dir" | sed -n 's/.*host=\([^ ]*\).*/\1/p')
sql "$dir" "CREATE DATABASE repetition"
planner migrate up --dsn "host=$socket user=planner dbname=repetition" >/dev/null
python3 -B "$(dirname "$0")/repetition.py" "$bin" "$socket" repetition
