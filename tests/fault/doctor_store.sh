#!/usr/bin/env bash
# See doctor_store.py.
exec python3 -B "$(dirname "$0")/doctor_store.py" "$@"
