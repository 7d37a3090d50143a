#!/usr/bin/env bash
# See standby.py.
exec python3 -B "$(dirname "$0")/standby.py" "$@"
