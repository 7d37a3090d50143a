#!/usr/bin/env bash
# What a host asks for when it starts is answered without making a database: on a new machine it
# would wait for seconds, and some hosts go on without the tools by then.
set -euo pipefail
source "$(dirname "$0")/cluster_lib.bash"
dir=$work/data

asks() { # METHOD...: one id each, in both eras
    local id=0 method
    local meta='"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}'
    for method in "$@"; do
        id=$((id + 1))
        printf '{"jsonrpc":"2.0","id":%d,"method":"%s","params":{%s}}\n' "$id" "$method" "$meta"
    done
}

answers=$(asks server/discover tools/list prompts/list resources/list resources/templates/list |
    "$bin" serve --data-dir "$dir")
[[ $(wc -l <<<"$answers") == 5 ]] || fail "not everything was answered: $answers"
! grep -q '"error"' <<<"$answers" || fail "refused: $answers"
grep -q '"resources":\[{"uri":"planner://projects"' <<<"$answers" || fail "no list of projects"
grep -q '"uri":"planner://health"' <<<"$answers" || fail "no health"
[[ ! -e $dir ]] || fail "a data directory was made"
echo "3 passed, 0 failed"
