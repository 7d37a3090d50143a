#!/usr/bin/env bash
# Run the fuzz targets of a build, one on each core:
#
#   tests/fuzz/run.sh BUILD_DIR SECONDS [CORPUS_DIR [TARGET...]]
#
# SECONDS are those of each target. New inputs are kept in CORPUS_DIR/TARGET (a directory that is
# thrown away without one), beside the corpus that is kept here. Ends with "N passed, N failed"; what
# broke a target is left in BUILD_DIR/fuzz-findings.
set -uo pipefail
build=$(cd "${1:?the build directory}" && pwd)
seconds=${2:?seconds for each target}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kept=${3:-}
shift "$(($# < 3 ? $# : 3))"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -n "$kept" ] || kept=$work/corpus

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    for program in "$build"/tests/fuzz/fuzz_*; do
        if [ -x "$program" ]; then targets+=("${program##*/fuzz_}"); fi
    done
fi

one() { # TARGET
    local target=$1 dict=() code units len=600
    [ "$target" != mcp ] || len=2000 # a conversation
    mkdir -p "$kept/$target" "$build/fuzz-findings"
    [ ! -e "$here/$target.dict" ] || dict=(-dict="$here/$target.dict")
    "$build/tests/fuzz/fuzz_$target" ${dict[@]+"${dict[@]}"} -max_total_time="$seconds" \
        -max_len="$len" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
        -artifact_prefix="$build/fuzz-findings/$target-" \
        "$kept/$target" "$here/corpus/$target" >"$work/$target.log" 2>&1
    code=$?
    units=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$target.log")
    echo "$target: ${units:-0} executions in $seconds s"
    [ "$code" -eq 0 ] || { tail -n 60 "$work/$target.log"; : >"$work/$target.failed"; }
}

running=0
for target in "${targets[@]}"; do
    one "$target" &
    running=$((running + 1))
    if [ "$running" -ge "${JOBS:-$(nproc)}" ]; then
        wait -n
        running=$((running - 1))
    fi
done
wait
failed=$(find "$work" -maxdepth 1 -name '*.failed' | wc -l)
echo "$((${#targets[@]} - failed)) passed, $failed failed"
[ "$failed" -eq 0 ] && [ ${#targets[@]} -gt 0 ]
