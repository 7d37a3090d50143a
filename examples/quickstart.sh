#!/usr/bin/env bash
# From a fresh Debian 12 to a planning session in one command: examples/quickstart.sh
#
# Installs what is missing (as root, or with sudo), builds build/release/mcp-planner, plays a session
# of two agents and a person on a database in a throwaway directory, and tells how to add the server
# to an agent host. It leaves the build and the installed packages, nothing else. Exit code 0 says
# that every step did what it should; otherwise the last line says what went wrong.
set -uo pipefail
exec </dev/null
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) || exit 1
cd "$top" || exit 1
binary=$top/build/release/mcp-planner

if [ "$#" -gt 0 ]; then
    echo "usage: examples/quickstart.sh" >&2
    exit 2
fi

terminal=0
bold='' red='' plain=''
if [ -t 1 ]; then
    terminal=1
    if [ -z "${NO_COLOR:-}" ]; then
        bold=$'\e[1;36m' red=$'\e[1;31m' plain=$'\e[0m'
    fi
fi

scene() { printf '\n%s== %s%s\n' "$bold" "$1" "$plain"; }

die() {
    printf '%s%s%s\n' "$red" "$1" "$plain" >&2
    exit 1
}

log=$(mktemp) || die "no temporary file could be made"
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# ------------------------------------------------------------------ packages

scene "What this machine needs"
command -v apt-get >/dev/null || echo "this is not Debian; what is missing has to be installed by hand"
missing=$(tests/tools/packages.sh --list --build) || die "the list of packages could not be read"
if [ -z "$missing" ]; then
    echo "everything is there: compiler, cmake, ninja, libpq, cJSON, libuuid, PostgreSQL, Python"
else
    tests/tools/packages.sh --build ||
        die "packages are missing and could not be installed: ${missing//$'\n'/ }"
    missing=$(tests/tools/packages.sh --list --build)
    [ -z "$missing" ] || die "still missing after the installation: ${missing//$'\n'/ }"
fi

# ------------------------------------------------------------------ build

# The last line of ninja's progress on a terminal, nothing elsewhere.
follow() {
    local line
    while IFS= read -r line; do
        printf '%s\n' "$line" >>"$log"
        case $line in
        '['*/*']'*) [ "$terminal" -eq 0 ] || printf '\r\e[K%.*s' 78 "$line" ;;
        esac
    done
    [ "$terminal" -eq 0 ] || printf '\r\e[K'
}

scene "Building build/release/mcp-planner"
from=$SECONDS
if ! cmake --workflow --preset release 2>&1 | follow; then
    tail -n 40 "$log" >&2
    die "the build failed"
fi
version=$("$binary" version) || die "$binary was built and does not run"
echo "$version, built in $((SECONDS - from)) s"

# ------------------------------------------------------------------ the session

scene "A planning session"
python3 -B examples/session.py "$binary" || exit 1

# ------------------------------------------------------------------ hosts

scene "Add it to your agent host"
cat <<END
Claude Code  claude mcp add --scope user planner -- $binary
Codex        codex mcp add planner -- $binary
             or in ~/.codex/config.toml:
               [mcp_servers.planner]
               command = "$binary"
Gemini CLI   gemini mcp add --scope user planner $binary
             or in ~/.gemini/settings.json:
               {"mcpServers": {"planner": {"command": "$binary"}}}
Cursor       in ~/.cursor/mcp.json:
               {"mcpServers": {"planner": {"command": "$binary"}}}
VS Code      code --add-mcp '{"name":"planner","command":"$binary"}'
             or in .vscode/mcp.json:
               {"servers": {"planner": {"type": "stdio", "command": "$binary"}}}

Then ask your agent: "Plan the next release in a project called NEXT, and draft its first step."
README.md tells the rest; examples/hosts has these lines with roles and names of agents.
END
