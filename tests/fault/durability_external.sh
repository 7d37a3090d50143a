#!/usr/bin/env bash
# See durability_external.py.
exec python3 -B "$(dirname "$0")/durability_external.py" "$@"
