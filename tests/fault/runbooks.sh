#!/usr/bin/env bash
# See runbooks.py.
exec python3 -B "$(dirname "$0")/runbooks.py" "$@"
