#!/usr/bin/env bash
# See durability_flight.py.
exec python3 -B "$(dirname "$0")/durability_flight.py" "$@"
