#!/usr/bin/env bash
# See operator.py.
exec python3 -B "$(dirname "$0")/operator.py" "$@"
