#!/usr/bin/env bash
# See durability_kill.py.
exec python3 -B "$(dirname "$0")/durability_kill.py" "$@"
