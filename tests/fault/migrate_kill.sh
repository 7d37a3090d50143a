#!/usr/bin/env bash
# See migrate_kill.py.
exec python3 -B "$(dirname "$0")/migrate_kill.py" "$@"
