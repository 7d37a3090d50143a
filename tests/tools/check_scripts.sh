#!/usr/bin/env bash
# Every shell script parses, is executable, and passes shellcheck. Files to be sourced end in .bash.
# SC2154 and SC2034 are about variables that a sourced file sets or reads, which it cannot see.
#   check_scripts.sh [--self-test]
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)

check() { # FILE...: every finding is printed
    local file bad=0
    for file in "$@"; do
        bash -n "$file" || bad=1
        [ -x "$file" ] || [ "${file%.bash}" != "$file" ] || { echo "$file: not executable"; bad=1; }
        shellcheck --severity=warning --exclude=SC2154,SC2034 --shell=bash "$file" || bad=1
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
    printf '#!/bin/bash\ncd "$1"\nread x < $x\nexit "$x$@"\n' >"$dir/odd.sh"
    chmod +x "$dir/odd.sh"
    if check "$dir/odd.sh" >/dev/null 2>&1; then echo "the careless sample passed"; exit 1; fi
    chmod -x "$dir/good.sh"
    if check "$dir/good.sh" >/dev/null 2>&1; then echo "a plain file passed"; exit 1; fi
    echo "4 samples, 0 misjudged"
    exit 0
fi
cd "$top"
mapfile -d '' -t scripts < <(find .ci tests examples -type f \( -name '*.sh' -o -name '*.bash' -o -path '.ci/*' \) \
    -not -path '*/node_modules/*' -print0)
check "${scripts[@]}"
echo "${#scripts[@]} scripts"
