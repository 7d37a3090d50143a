#!/usr/bin/env bash
# See pitr_server.py.
if [[ ${FULL:-0} == 0 && $(df -k --output=avail /dev/shm 2>/dev/null | tail -n 1) -gt 1000000 ]]; then
    export TMPDIR=/dev/shm
fi
exec python3 -B "$(dirname "$0")/pitr_server.py" "$@"
