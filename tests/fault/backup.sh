#!/usr/bin/env bash
# See backup.py.
exec python3 -B "$(dirname "$0")/backup.py" "$@"
