#!/usr/bin/env bash
# See tls.py.
exec python3 -B "$(dirname "$0")/tls.py" "$@"
