#!/usr/bin/env bash
# See retention.py.
exec python3 -B "$(dirname "$0")/retention.py" "$@"
