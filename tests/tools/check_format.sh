#!/usr/bin/env bash
# The format of every .c and .h file is what clang-format makes of it.
#   check_format.sh             check the checkout
#   check_format.sh --self-test a badly formatted sample has to be found
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)

check() { # DIR...
    find "$@" -name '*.[ch]' -type f -print0 | xargs -0 -r clang-format --dry-run -Werror
}

if [ "${1:-}" = --self-test ]; then
    dir=$(mktemp -d)
    trap 'rm -rf "$dir"' EXIT
    cp "$top/.clang-format" "$dir"
    printf 'int f(void)\n{\n    return 1;\n}\n' >"$dir/good.c"
    check "$dir" || { echo "the good sample was refused"; exit 1; }
    printf 'int f(void) {\n  return 1; }\n' >"$dir/bad.c"
    if check "$dir" 2>/dev/null; then echo "the bad sample passed"; exit 1; fi
    echo "2 samples, 0 misjudged"
    exit 0
fi
cd "$top"
check src include tests
