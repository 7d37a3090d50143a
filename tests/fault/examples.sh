#!/usr/bin/env bash
# What a stranger runs and reads first: examples/ play, and the documents name what there is.
set -euo pipefail
source "$(dirname "$0")/cluster_lib.bash"
top=$(realpath "$(dirname "$0")/../..")
chmod 711 "$work"

# The session's own reader is kept short; in between sits one that holds every answer against the
# tool's shape.
checked=$work/checked
cat >"$checked" <<SH
#!/bin/sh
exec python3 -B '$top/tests/tools/shapes.py' '$bin' "\$@"
SH
chmod +x "$checked"

echo "the session of quickstart.sh goes as it should and leaves nothing"
NO_COLOR=1 python3 -B "$top/examples/session.py" "$checked" >"$work/session.out" 2>"$work/session.err" ||
    fail "session.py: $(tail -n 1 "$work/session.err")"
grep -q '\] 100%' "$work/session.out" || fail "the session does not reach 100%"
directory=$(tr -d '\n' <"$work/session.out" | grep -o '/tmp/mcp-planner-quickstart\.[a-z0-9_]*' | head -n 1)
[[ -n $directory && ! -e $directory ]] || fail "$directory stays behind"
[[ -z $(processes "$directory/") ]] || fail "processes of $directory stay behind"

echo "the session notices a program that is none"
! python3 -B "$top/examples/session.py" /bin/true >/dev/null 2>&1 || fail "/bin/true passed"

# play NAME: the answers of a scripted session, on a database of its own.
play() {
    "${as[@]}" env -u PLANNER_DATABASE_URL "$checked" serve --data-dir "$work/$1" \
        <"$top/examples/sessions/$1.jsonl" 2>>"$work/use.err"
    planner stop --data-dir "$work/$1" >/dev/null
}

echo "the main job plays in both eras: every call is answered, none with an error"
for session in handshake modern; do
    play "$session" >"$work/answers"
    sent=$(grep -c '"id":' "$top/examples/sessions/$session.jsonl")
    [[ $(wc -l <"$work/answers") == "$sent" ]] || fail "$session: not $sent answers"
    ! grep -E '"isError":true|"error":' "$work/answers" || fail "$session: an error"
    grep -q '"replayed":true' "$work/answers" || fail "$session: nothing is replayed"
    grep -q '"progress":1,' "$work/answers" || fail "$session: nothing is complete"
done

echo "the errors are errors, but for the calls that lead to them"
play errors >"$work/answers"
[[ $(grep -c '"isError":true' "$work/answers") == 13 ]] || fail "not 13 errors of tools"
[[ $(grep -c '"error":' "$work/answers") == 4 ]] || fail "not 4 errors of the protocol"
grep -q '"id":12345678901234567890,' "$work/answers" || fail "the long id is not echoed"

echo "the README names every setting and every command"
while read -r name; do
    grep -q -- "\`$name" "$top/README.md" || fail "README.md does not name $name"
done < <(planner --help | sed -n 's/^  \(--[a-z-]*\) .*/\1/p')
while read -r name; do
    grep -q "\`${name}[ \`]" "$top/README.md" || fail "README.md does not name $name"
done < <(planner --help | sed -n '/^Commands:/,/^Settings/s/^  \([a-z]\{1,\}\).*/\1/p')

echo "the documents name functions and files that exist"
for name in $(grep -oh '`[a-z]\{1,\}_[a-z_]*`' "$top/ARCHITECTURE.md" "$top/CONTRIBUTING.md" | tr -d '`' | sort -u); do
    case $name in # of the toy that is walked through, and of conventions
    *count_items | *item_count* | layer_noun_verb | ret_x | subject__*) continue ;;
    esac
    grep -rqwF --exclude=examples.sh -- "$name" "$top"/{src,include,sql,tests,cmake} ||
        fail "there is no $name"
done
for path in $(grep -oh '](\([a-z][^):]*\))' "$top"/*.md "$top"/examples/*.md | sed 's/^](//; s/)$//; s/#.*//'); do
    [[ -e $top/$path || -e $top/examples/$path ]] || fail "there is no $path"
done
