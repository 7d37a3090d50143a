#!/usr/bin/env bash
# See pooler.py.
exec python3 -B "$(dirname "$0")/pooler.py" "$@"
