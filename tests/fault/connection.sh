#!/usr/bin/env bash
# Everything that can happen on the way to the database, and what the client saw of it: connection.py.
# Prints a table. FULL=1 takes every failure and every statement of every write tool.
exec python3 -B "$(dirname "$0")/connection.py" "$@"
