#!/usr/bin/env bash
# Install what tests/packages.txt lists and this machine lacks (Debian 12, as root or with sudo).
#   packages.sh        install what is missing; says nothing when nothing is
#   packages.sh --list only name the missing packages
#   packages.sh --build, --list --build: only those above the line "# ---" of the list, which
#                      suffice to build a release and run it
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)

build=0
list=0
for option in "$@"; do
    case $option in
    --build) build=1 ;;
    --list) list=1 ;;
    *)
        echo "usage: packages.sh [--list] [--build]" >&2
        exit 2
        ;;
    esac
done

missing=()
while IFS='|' read -r packages probe; do
    case $packages in
    '# ---'*) [ "$build" -eq 0 ] || break ;;
    esac
    case $packages in '' | '#'*) continue ;; esac
    # The probes are ours, from the file next to this one.
    if ! bash -c "$probe" >/dev/null 2>&1 </dev/null; then
        read -r -a names <<<"$packages"
        missing+=("${names[@]}")
    fi
done <"$top/tests/packages.txt"

[ "${#missing[@]}" -gt 0 ] || exit 0
if [ "$list" -eq 1 ]; then
    printf '%s\n' "${missing[@]}"
    exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null; then
        echo "missing: ${missing[*]}; install them (apt-get install) or run this as root" >&2
        exit 1
    fi
    as_root=(sudo -n)
fi
root() { ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive "$@"; }

# Packages of servers would start them, and PostgreSQL's make a cluster; nobody here asked for either.
# What forbids it goes again as soon as the packages are in. Somebody else's policy stays as it is.
policy=${PLANNER_POLICY_RC_D:-/usr/sbin/policy-rc.d}
no_cluster=
no_start=
log=$(mktemp)
finish() {
    rm -f "$log"
    [ -z "$no_cluster" ] || root rm -f "$no_cluster"
    [ -z "$no_start" ] || root rm -f "$policy"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

case " ${missing[*]} " in *' postgresql '*)
    no_cluster=/etc/postgresql-common/createcluster.d/planner-tests.conf
    root mkdir -p "${no_cluster%/*}"
    echo 'create_main_cluster = false' | root tee "$no_cluster" >/dev/null
    ;;
esac
if [ ! -e "$policy" ] && [ ! -L "$policy" ]; then
    no_start=1
    printf '%s\n' '#!/bin/sh' '# Of mcp-planner: packages that are being installed start nothing.' 'exit 101' |
        root tee "$policy" >/dev/null
    root chmod 755 "$policy"
fi

echo "installing: ${missing[*]}"
install() {
    root apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 \
        -o Dpkg::Options::=--force-confold install "${missing[@]}"
}
# Package lists that are there may be good enough; fresh ones are fetched only when they are not.
if ! install >"$log" 2>&1 </dev/null; then
    if ! { root apt-get -qq update && install; } >"$log" 2>&1 </dev/null; then
        cat "$log" >&2
        exit 1
    fi
fi

# Installed is also enabled: without this they would begin with the next start of the machine.
if [ -d /run/systemd/system ]; then
    for name in pgbouncer prometheus; do
        case " ${missing[*]} " in *" $name "*) root systemctl --quiet disable "$name" || true ;; esac
    done
fi
