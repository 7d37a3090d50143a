#!/usr/bin/env bash
# See durability_concurrent.py.
exec python3 -B "$(dirname "$0")/durability_concurrent.py" "$@"
