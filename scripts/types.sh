#!/usr/bin/env bash
# Checks the types of the project's Python: sources and tests of every part, one mypy for all of them.
# The conftest.py of the parts are modules of one name, so each is looked at by itself.
#
# Left out is what other environments run: the training of the models (torch), what Triton loads (its Python backend),
# and setup.py.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t files < <(git ls-files --cached --others --exclude-standard '*.py' \
  ':!triton-models/training/'{baselines,command,export,fit,networks,onnx_weights,retrain}.py ':!triton-models/models' ':!triton-models/backend' ':!detection/setup.py' | sort -u)
modules=() conftests=() failed=0
for file in "${files[@]}"; do
  [[ -f "$file" ]] || continue # deleted, and not committed yet
  if [[ "$file" == */conftest.py ]]; then conftests+=("$file"); else modules+=("$file"); fi
done

mypy "${modules[@]}" || failed=1
for file in "${conftests[@]}"; do
  mypy --no-error-summary "$file" || failed=1
done
exit "$failed"
