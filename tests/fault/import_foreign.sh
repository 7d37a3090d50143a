#!/usr/bin/env bash
# See import_foreign.py.
exec python3 -B "$(dirname "$0")/import_foreign.py" "$@"
