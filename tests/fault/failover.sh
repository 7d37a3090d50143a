#!/usr/bin/env bash
# See failover.py.
exec python3 -B "$(dirname "$0")/failover.py" "$@"
