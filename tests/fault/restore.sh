#!/usr/bin/env bash
# See restore.py.
exec python3 -B "$(dirname "$0")/restore.py" "$@"
