#!/usr/bin/env bash
# See slow_reader.py.
exec python3 -B "$(dirname "$0")/slow_reader.py" "$@"
