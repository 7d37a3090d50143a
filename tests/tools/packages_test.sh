#!/usr/bin/env bash
# packages.sh with an apt-get that only looks around: nothing is installed, and no service would start.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tools=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$work/bin" "$work/tests/tools"
cp "$tools/packages.sh" "$work/tests/tools"
echo 'planner-no-such-package | false' >"$work/tests/packages.txt"
cat >"$work/bin/apt-get" <<EOF
#!/bin/sh
{ [ -x "$work/policy" ] && "$work/policy"; echo "policy \$?"; } >"$work/seen"
case "\$APT" in fail) exit 1 ;; hang) kill -TERM "\$(cat "$work/pid")" ;; esac
EOF
cat >"$work/bin/sudo" <<'EOF'
#!/bin/sh
[ "$1" = -n ] && shift
exec "$@"
EOF
chmod 755 "$work"/bin/*
export PATH="$work/bin:$PATH" PLANNER_POLICY_RC_D="$work/policy"

fail() {
    echo "FAILED: $*" >&2
    exit 1
}
packages() { bash -c 'echo $$ >"$1/pid"; exec "$1/tests/tools/packages.sh"' - "$work" >/dev/null 2>&1; }

packages || fail "installing"
[ "$(cat "$work/seen")" = "policy 101" ] || fail "services may start: $(cat "$work/seen")"
[ ! -e "$work/policy" ] || fail "the policy stays"

! APT=fail packages || fail "an apt-get that fails is no success"
[ ! -e "$work/policy" ] || fail "the policy stays after a failure"

! APT=hang packages || fail "ended by a signal is no success"
[ ! -e "$work/policy" ] || fail "the policy stays after a signal"

printf '#!/bin/sh\nexit 42\n' >"$work/policy"
chmod 755 "$work/policy"
packages || fail "installing beside another policy"
[ "$(cat "$work/seen")" = "policy 42" ] || fail "another policy was not respected: $(cat "$work/seen")"
grep -q 42 "$work/policy" || fail "another policy was changed"
echo "4 passed, 0 failed"
