#!/usr/bin/env bash
# Try real hosts, without an account and without a network: run.sh [--stubborn] BINARY [HOST...]
#
# HOST: claude, codex, gemini, inspector; all of them when none is named. The newest of each comes
# from the npm registry (1.2 GB, node 22 among it) into PLANNER_HOSTS_DIR, or into a directory that is
# removed at the end. Then each host is configured by its own command, told to connect, and led
# through script.json by a scripted model on loopback (model.mjs; Codex also without one). record.py
# stands between host and server; tell.py says what came. As root, hosts run in a network namespace
# of their own, where only loopback is. --stubborn: only connect, and let nothing end the server, to
# see how long the host waits. What people read of this is docs/HOSTS.md.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
stubborn=()
if [ "${1:-}" = --stubborn ]; then
    stubborn=(--stubborn)
    shift
fi
bin=$(realpath "${1:?usage: run.sh [--stubborn] BINARY [HOST...]}")
shift
hosts=("$@")
[ $# -gt 0 ] || hosts=(claude codex gemini inspector)

work=$(mktemp -d "${TMPDIR:-/tmp}/planner-hosts.XXXXXX")
chmod 711 "$work" # the account that runs PostgreSQL has to get through
stage=${PLANNER_HOSTS_DIR:-$work/stage}
passed=0 failed=0
finish() {
    for data in "$work"/*/data; do
        [ ! -d "$data" ] || "$bin" stop --data-dir "$data" >/dev/null 2>&1 || true
    done
    [ -n "${KEEP:-}" ] || rm -rf "$work"
}
trap finish EXIT

tally() { # TITLE CODE
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
        echo "ok: $1"
    else
        failed=$((failed + 1))
        echo "FAILED: $1"
        tail -n 20 "$dir/log" | cut -c 1-300
    fi
}

install_hosts() {
    local node=(node@22) packages=(@anthropic-ai/claude-code @openai/codex @google/gemini-cli
        @modelcontextprotocol/inspector)
    mkdir -p "$stage"
    [ -e "$stage/package.json" ] || echo '{"private": true}' >"$stage/package.json"
    # npm offers only what the running node may use, so node comes first.
    (cd "$stage" && npm install --no-audit --no-fund --loglevel=error "${node[@]}")
    PATH=$stage/node_modules/.bin:$PATH
    (cd "$stage" && npm install --no-audit --no-fund --loglevel=error "${packages[@]/%/@latest}")
    (cd "$stage" && npm ls --depth 0 | tail -n +2)
}

# A home, a project and a database of its own for every trial.
begin() { # NAME
    dir=$work/$1
    mkdir -p "$dir/rec" "$dir/home" "$dir/project"
    chmod 711 "$dir"
    server=("$here/record.py" "${stubborn[@]}" "$dir/rec" "$bin" --data-dir "$dir/data")
}

alone() { # COMMAND...: where only loopback is, when that can be had
    # shellcheck disable=SC2016
    if [ "$(id -u)" -eq 0 ] && unshare -n true 2>/dev/null; then
        unshare -n sh -c 'ip link set lo up 2>/dev/null; exec "$@"' sh "$@"
    else
        "$@"
    fi
}

# What is set beside PATH and HOME shows what a host passes on.
host() { # COMMAND...
    (cd "$dir/project" && alone env -i PATH="$stage/node_modules/.bin:/usr/bin:/bin" HOME="$dir/home" USER="$(id -un)" SHELL=/bin/bash \
        TERM=xterm-256color LANG=C.UTF-8 PLANNER_LOG_LEVEL=debug DATABASE_URL=postgres://a@nowhere/a \
        PGHOST=nowhere HOST_TRIAL=1 SECRET_TOKEN=x timeout 120 "$@" </dev/null)
}

# With the scripted model; PORT in what follows stands for its port.
# shellcheck disable=SC2016
with_model='node "$1" "$2" "$3/port" "$3/model.log" & model=$!
while [ ! -s "$3/port" ]; do sleep 0.05; done
port=$(cat "$3/port"); shift 3
for word; do set -- "$@" "$(printf %s "$word" | sed "s/PORT/$port/")"; shift; done
code=0; env "$@" || code=$?; kill "$model"; exit "$code"'
led() { # NAME=VALUE... COMMAND...
    host sh -c "$with_model" sh "$here/model.mjs" "$here/script.json" "$dir" "$@"
}

attempt() { # TITLE COMMAND...
    local title=$1 from code=0
    shift
    from=$(date +%s%N)
    "$@" >"$dir/log" 2>&1 || code=$?
    tally "$title ($((($(date +%s%N) - from) / 1000000)) ms)" "$code"
}

connected() { # COMMAND...
    host "$@" 2>&1 | grep -iE 'connected|"status":"ready"'
}

# The script was gone through to its end, and the model was shown the last outline.
through() {
    led "$@"
    grep -q 'TRY-2' "$dir/model.log"
}

observed() { # NAME
    local code=0
    "$here/tell.py" "$dir/rec" || code=$?
    : >"$dir/log"
    tally "$1: what the server said and how it ended" "$code"
}

# The file of examples/hosts with the recorder in the place of the program.
example() { # FILE TO
    printf '#!/bin/sh\nexec %s "$@"\n' "${server[*]}" >"$dir/mcp-planner"
    chmod +x "$dir/mcp-planner"
    mkdir -p "$(dirname "$2")"
    sed "s#/usr/local/bin/mcp-planner#$dir/mcp-planner#" "$here/../../examples/hosts/$1" >"$2"
}

try_claude() {
    begin claude
    attempt 'claude: mcp add' host claude mcp add --scope user planner -- "${server[@]}"
    attempt 'claude: mcp list connects' connected claude mcp list
    [ ${#stubborn[@]} -gt 0 ] || attempt 'claude: through the script' through ANTHROPIC_API_KEY=none \
        ANTHROPIC_BASE_URL=http://127.0.0.1:PORT ENABLE_TOOL_SEARCH=false \
        claude -p go --allowedTools mcp__planner ListMcpResourcesTool ReadMcpResourceTool
    observed claude
    begin claude-example
    example claude-code.mcp.json "$dir/project/.mcp.json"
    attempt 'claude: the example is read, and waits for approval' host sh -c \
        'claude mcp get planner | grep "Pending approval"'
}

try_codex() {
    local provider='model_providers.scripted={name="scripted",base_url="http://127.0.0.1:PORT/v1",wire_api="responses"}'
    begin codex
    attempt 'codex: mcp add' host codex mcp add planner -- "${server[@]}"
    echo '[]' >"$dir/nothing.json"
    if [ ${#stubborn[@]} -gt 0 ]; then
        attempt 'codex: app-server connects' connected node "$here/codex.mjs" "$dir/nothing.json"
    else
        attempt 'codex: app-server, through the script' connected node "$here/codex.mjs" "$here/script.json"
        begin codex-model
        attempt 'codex: mcp add' host codex mcp add planner -- "${server[@]}"
        attempt 'codex: exec, through the script' through codex exec --skip-git-repo-check -m scripted \
            -c model_provider=scripted -c "$provider" --dangerously-bypass-approvals-and-sandbox go
        cp "$work"/codex/rec/* "$dir/rec"
    fi
    observed codex
    begin codex-example
    echo '[]' >"$dir/nothing.json"
    example codex.config.toml "$dir/home/.codex/config.toml"
    attempt 'codex: connects with the example' connected node "$here/codex.mjs" "$dir/nothing.json"
}

try_gemini() {
    begin gemini
    mkdir "$dir/home/.gemini"
    echo '{"security": {"auth": {"selectedType": "gemini-api-key"}}}' >"$dir/home/.gemini/settings.json"
    echo "{\"$dir/project\": \"TRUST_FOLDER\"}" >"$dir/home/.gemini/trustedFolders.json"
    attempt 'gemini: mcp add' host gemini mcp add --scope user planner "${server[0]}" -- "${server[@]:1}"
    attempt 'gemini: mcp list connects' connected gemini mcp list
    [ ${#stubborn[@]} -gt 0 ] || attempt 'gemini: through the script' through GEMINI_API_KEY=none \
        GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:PORT gemini -m gemini-2.5-pro --yolo -p go
    observed gemini
    begin gemini-example
    example gemini.settings.json "$dir/project/.gemini/settings.json"
    attempt 'gemini: connects with the example' connected env GEMINI_CLI_TRUST_WORKSPACE=true gemini mcp list
}

try_inspector() {
    local era
    begin inspector
    for era in legacy auto modern; do
        attempt "inspector: tools/list --strict, $era" host mcp-inspector --cli --protocol-era "$era" \
            --method tools/list --strict --format json -- "${server[@]}"
    done
    observed inspector
}

install_hosts
for name in "${hosts[@]}"; do
    "try_$name"
done
printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
