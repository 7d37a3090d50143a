#!/usr/bin/env bash
# See durability_end.py.
exec python3 -B "$(dirname "$0")/durability_end.py" "$@"
