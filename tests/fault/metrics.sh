#!/usr/bin/env bash
# Metrics as Prometheus takes them, from several servers, from none, and into a file: metrics.py.
set -euo pipefail
source "$(dirname "$0")/cluster_lib.bash"
export PATH=$PATH:/usr/sbin
here=$(dirname "$0")

python3 -B "$here/metrics.py" "$bin" "$work/data" "$here/../.."
