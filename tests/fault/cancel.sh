#!/usr/bin/env bash
# See cancel.py.
exec python3 -B "$(dirname "$0")/cancel.py" "$@"
