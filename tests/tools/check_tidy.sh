#!/usr/bin/env bash
# clang-tidy with the checks of .clang-tidy over src.
#   check_tidy.sh BUILD_DIR     BUILD_DIR holds compile_commands.json; it has to be built, or at
#                               least configured
#   check_tidy.sh --self-test   a sample with a defect of each family has to be found
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)

self_test() {
    local out family
    dir=$(mktemp -d)
    trap 'rm -rf "$dir"' EXIT
    cp "$top/.clang-tidy" "$dir"
    cat >"$dir/bad.c" <<'C'
#include <stdlib.h>
#include <string.h>
int leak(int n);
int number(const char *text);
int leak(int n)
{
    char *p = malloc(10);
    if (n > 0)
        return 1;
    free(p);
    return *p;
}
int number(const char *text)
{
    return strcmp(text, "a") == -1 ? 0 : atoi(text);
}
C
    if out=$(clang-tidy --quiet "$dir/bad.c" -- -std=c17 2>/dev/null); then
        echo "the bad sample passed"
        return 1
    fi
    for family in clang-analyzer-unix.Malloc cert-err34-c bugprone-suspicious-string-compare; do
        grep -q "$family" <<<"$out" || { echo "$family found nothing"; return 1; }
    done
    echo "3 samples, 0 misjudged"
}

if [ "${1:-}" = --self-test ]; then
    self_test
    exit
fi
build=$(cd "${1:?the build directory}" && pwd)
# The gcc command lines are read by clang: what it does not know is not its concern here.
if ! out=$(run-clang-tidy -quiet -j"${JOBS:-2}" -p "$build" "^$top/src/" \
    -extra-arg=-Wno-unknown-warning-option 2>/dev/null); then
    sed 's/\x1b\[[0-9;]*m//g' <<<"$out" | grep -E ': (error|warning): ' | sort -u
    exit 1
fi
