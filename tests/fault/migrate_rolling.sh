#!/usr/bin/env bash
# See migrate_rolling.py.
exec python3 -B "$(dirname "$0")/migrate_rolling.py" "$@"
