#!/bin/sh
# Makes .venv with everything pinned in constraints.txt, or brings it up to date; does nothing if it is current.
# Until this has run there is nothing but sh and a Python 3.11 to rely on.
set -eu
cd "$(dirname "$0")/../.."

parts="passwatch detection batch-simulator victoria-consumer batch-inference-trigger limit-monitor analysis-worker operation-server deploy/native"
wanted=$( { pwd; cat constraints.txt deploy/native/bootstrap.sh; for part in $parts; do cat "$part/pyproject.toml"; done; } | sha256sum | cut -d' ' -f1)
if [ -x .venv/bin/python ] && [ "$(cat .venv/.installed 2>/dev/null)" = "$wanted" ]; then exit 0; fi

say() { printf '%s\n' "$*" >&2; }
fail() { say "✘ $1"; shift; for line; do say "  $line"; done; exit 1; }

find_python() {
    for candidate in python3.11 python3.12 python3.13 python3; do
        if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            command -v "$candidate"
            return
        fi
    done
}

python=$(find_python)
[ -n "$python" ] || fail "Passwatch needs Python 3.11 or newer, and there is none." \
    "On Debian 12: apt-get install python3 python3-venv"
free_mb=$(df -Pm . | awk 'NR == 2 { print $4 }')
[ "$free_mb" -ge 1500 ] || fail "Only $free_mb MB are free on this disk; the Python packages alone need 1,500 MB." \
    "Free some space, or move the checkout to another disk."

if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    say "· installing python3-venv"
    if [ "$(id -u)" = 0 ]; then root=""; elif command -v sudo >/dev/null; then root="sudo"; else
        fail "Python's venv module is missing, and there is neither root nor sudo to install it." \
            "Ask an administrator to run: apt-get install python3-venv"
    fi
    log=$(mktemp)
    # shellcheck disable=SC2086 # empty for root
    { $root apt-get update && $root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-venv; } \
        >"$log" 2>&1 || fail "python3-venv could not be installed; what apt-get said is in $log:" "$(tail -3 "$log")"
    rm -f "$log"
fi

say "· installing the Python packages into .venv"
if ! [ -x .venv/bin/python ] || ! grep -qF "$(pwd)/.venv" .venv/bin/activate; then # none, or one that was moved
    rm -rf .venv
    "$python" -m venv .venv
fi
uv=$(sed -n 's/^\(uv==[^ ;]*\).*/\1/p' constraints.txt)
.venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
.venv/bin/python -m pip install --quiet --disable-pip-version-check "$uv" ||
    fail "pip could not install $uv." "Is the package index reachable? pip's own words are above."
editable=$(for part in $parts; do printf -- '-e %s ' "$part"; done)
# Compiled here once, a dozen processes need not each do it at their first start.
# shellcheck disable=SC2086 # a list of options
.venv/bin/uv pip install --quiet --compile-bytecode --python .venv/bin/python -r constraints.txt $editable ||
    fail "The Python packages could not be installed." "uv's own words are above."
printf '%s' "$wanted" >.venv/.installed
