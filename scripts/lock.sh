#!/usr/bin/env bash
# Compiles every requirements.in into pinned requirements.txt; constraints.txt makes all of them agree on one version.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}
parts=(passwatch detection batch-simulator victoria-consumer batch-inference-trigger limit-monitor analysis-worker operation-server)
compile() { UV_CUSTOM_COMPILE_COMMAND="make lock" "$uv" pip compile --quiet --no-emit-index-url --python-version "${python:-3.11}" --no-python-downloads "$@"; }
compile "${parts[@]/%//requirements.in}" detection/requirements-files.in requirements-dev.in -o constraints.txt
for part in "${parts[@]}"; do compile "$part/requirements.in" -c constraints.txt -o "$part/requirements.txt"; done
compile requirements-dev.in -c constraints.txt -o requirements-dev.txt
compile triton-models/requirements.in -o triton-models/requirements.txt
python=3.12 compile triton-models/gpu/requirements.in -o triton-models/gpu/requirements.txt # the Python of NVIDIA's image
compile triton-models/training/requirements.in -c constraints.txt -o triton-models/training/requirements.txt
compile deploy/compose/flower/requirements.in -c constraints.txt -o deploy/compose/flower/requirements.txt
