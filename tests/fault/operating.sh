#!/usr/bin/env bash
# See operating.py.
exec python3 -B "$(dirname "$0")/operating.py" "$@"
