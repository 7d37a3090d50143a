#!/usr/bin/env bash
# See exchange.py.
exec python3 -B "$(dirname "$0")/exchange.py" "$@"
