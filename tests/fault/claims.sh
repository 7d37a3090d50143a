#!/usr/bin/env bash
# See claims.py.
exec python3 -B "$(dirname "$0")/claims.py" "$@"
