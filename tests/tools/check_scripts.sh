#!/usr/bin/env bash
# Every shell script parses, is executable, and (where shellcheck is installed) passes it.
#   check_scripts.sh [--self-test]
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)

check() { # FILE...: every finding is printed
    local file bad=0
    for file in "$@"; do
        bash -n "$file" || bad=1
        [ -x "$file" ] || [ "${file##*/}" = lib.sh ] || { echo "$file: not executable"; bad=1; }
        if command -v shellcheck >/dev/null; then
            shellcheck --severity=warning --external-sources "$file" || bad=1
        fi
    done
    return "$bad"
}

if [ "${1:-}" = --self-test ]; then
    dir=$(mktemp -d)
    trap 'rm -rf "$dir"' EXIT
    printf '#!/bin/bash\necho fine\n' >"$dir/good.sh"
    printf '#!/bin/bash\nif true; then\n' >"$dir/bad.sh"
    chmod +x "$dir"/*.sh
    check "$dir/good.sh" || { echo "the good sample was refused"; exit 1; }
    if check "$dir/bad.sh" >/dev/null 2>&1; then echo "the bad sample passed"; exit 1; fi
    chmod -x "$dir/good.sh"
    if check "$dir/good.sh" >/dev/null 2>&1; then echo "a plain file passed"; exit 1; fi
    echo "3 samples, 0 misjudged"
    exit 0
fi
cd "$top"
mapfile -d '' -t scripts < <(find .ci tests examples -type f \( -name '*.sh' -o -path '.ci/*' \) \
    -not -path '*/node_modules/*' -print0)
check "${scripts[@]}"
echo "${#scripts[@]} scripts"
