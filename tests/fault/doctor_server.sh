#!/usr/bin/env bash
# See doctor_server.py.
exec python3 -B "$(dirname "$0")/doctor_server.py" "$@"
