#!/usr/bin/env bash
# See settings.py.
exec python3 -B "$(dirname "$0")/settings.py" "$@"
