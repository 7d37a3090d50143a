#!/usr/bin/env bash
# A write costs two network round trips at most and a read one, in every tool: round_trips.py.
set -euo pipefail
source "$(dirname "$0")/cluster_lib.bash"
dir=$work/data

hold "$dir"
socket=$(connection "$dir" | sed -n 's/.*host=\([^ ]*\).*/\1/p')
sql "$dir" "CREATE DATABASE round_trips"
planner migrate up --dsn "host=$socket user=planner dbname=round_trips" >/dev/null
python3 -B "$(dirname "$0")/round_trips.py" "$bin" "$socket" round_trips
