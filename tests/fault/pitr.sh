#!/usr/bin/env bash
# See pitr.py. Every restore brings a thousand files to the disk one by one; where there is room, the
# short run has them in memory.
if [[ ${FULL:-0} == 0 && $(df -k --output=avail /dev/shm 2>/dev/null | tail -n 1) -gt 1000000 ]]; then
    export TMPDIR=/dev/shm
fi
exec python3 -B "$(dirname "$0")/pitr.py" "$@"
