#!/usr/bin/env bash
# The conformance suite's fixtures are in the conformance build and nowhere else.
#   check_fixtures.sh [--present] BINARY   no trace of them; with --present: they are there
#   check_fixtures.sh --self-test
set -euo pipefail

# Names of theirs, as they stand in a binary.
names='test_simple_text|test_input_required_result_|test://|fixture_'

has_fixtures() { # BINARY
    grep -aqE "$names" "$1"
}

if [ "${1:-}" = --self-test ]; then
    dir=$(mktemp -d)
    trap 'rm -rf "$dir"' EXIT
    printf 'create_task\0latest_state\0' >"$dir/good"
    printf 'create_task\0test_simple_text\0' >"$dir/tool"
    printf 'planner://projects\0test://static-text\0' >"$dir/resource"
    if has_fixtures "$dir/good"; then echo "the good sample was refused"; exit 1; fi
    for bad in tool resource; do
        has_fixtures "$dir/$bad" || { echo "the sample with a $bad passed"; exit 1; }
    done
    echo "3 samples, 0 misjudged"
    exit 0
fi

wanted=absent
if [ "$1" = --present ]; then
    wanted=present
    shift
fi
[ -s "$1" ] || { echo "$1: no such program"; exit 1; }
if has_fixtures "$1"; then found=present; else found=absent; fi
[ "$found" = "$wanted" ] || { echo "$1: fixtures of the conformance suite are $found"; exit 1; }
