"""Starts Triton in a container: ``python serve.py MODEL...``; needs nothing but Python.

What is shipped beside this file is brought into the repository of TRITON_REPOSITORY, which keeps versions that were
added and says which are served; without that variable the repository is a copy that ends with the container. There is
one for machines with and without a GPU, so the kind of its instances is filled in here, from TRITON_INSTANCE_KIND
(KIND_CPU or KIND_GPU): left to itself, Triton takes the CPU without a word where it sees no GPU. And what is missing is
said before Triton is started: it would say it among a hundred other lines.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

from seed import seed

SHIPPED = Path(__file__).resolve().parent
TRITON = "/opt/tritonserver/bin/tritonserver"
KINDS = ("KIND_CPU", "KIND_GPU")
RESTRICTED = "model-repository,shared-memory,trace,logging"
"""What changes Triton: with TRITON_KEY it is asked for that key, so that no web page can give it orders."""
KEY_HEADER = "passwatch-key"
EX_CONFIG = 78

_KIND = re.compile(r"\bkind:\s*KIND_[A-Z]+")
_SHA256 = re.compile(r'key:\s*"sha256\.(\d+)"\s*value\s*{\s*string_value:\s*"([0-9a-f]+)"')


def missing(repository: Path, model: str) -> list[str]:
    """What keeps a model of the repository from being served, in words; nothing if all of it is there."""
    folder = repository / model
    if not (folder / "config.pbtxt").is_file():
        return [f"{model}: {folder / 'config.pbtxt'} is missing"]
    weights = _SHA256.findall((folder / "config.pbtxt").read_text(encoding="utf-8"))
    if not weights:
        return [f"{model}: {folder / 'config.pbtxt'} names no weights"]
    return [problem for version, sha256 in weights for problem in _version_problems(folder / version, model, sha256)]


def _version_problems(folder: Path, model: str, sha256: str) -> list[str]:
    absent = [name for name in ("model.py", "model.onnx") if not (folder / name).is_file()]
    if absent:
        return [f"{model}: {folder / name} is missing" for name in absent]
    found = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    if found != sha256:
        return [f"{model}: {folder / 'model.onnx'} is not the file that config.pbtxt names (SHA-256 {found})"]
    return []


def with_kind(configuration: str, kind: str) -> str:
    """The configuration with its instances on this kind of processor.

    Raises:
        ValueError: the configuration does not name a kind exactly once.
    """
    filled, count = _KIND.subn(f"kind: {kind}", configuration)
    if count != 1:
        raise ValueError(f"config.pbtxt names an instance kind {count} times, not once")
    return filled


def prepare(shipped: Path, target: Path, models: list[str], kind: str) -> None:
    """Bring ``target/models`` up to date with what is shipped, its instances on this kind of processor."""
    seed(shipped, target)
    for model in models:
        path = target / "models" / model / "config.pbtxt"
        said = path.read_text(encoding="utf-8")
        filled = with_kind(said, kind)
        if filled != said:
            temporary = path.with_suffix(".tmp")
            temporary.write_text(filled, encoding="utf-8")
            temporary.replace(path)


def refuse(problems: list[str], repository: Path) -> NoReturn:
    """Say why Triton is not started, and end with status 78."""
    sys.stderr.write("Triton is not started, because its models cannot be served:\n")
    sys.stderr.writelines(f"  {problem}\n" for problem in problems)
    sys.stderr.write(f"The repository is {repository}; `make train` makes the models, and a checkout has them.\n")
    raise SystemExit(EX_CONFIG)


def main(models: list[str]) -> NoReturn:
    """Become Triton, or end with status 78 and a message that names what is missing."""
    kind = os.environ.get("TRITON_INSTANCE_KIND", "KIND_CPU")
    problems = [] if kind in KINDS else [f"TRITON_INSTANCE_KIND: must be one of {', '.join(KINDS)}"]
    problems += [problem for model in models for problem in missing(SHIPPED / "models", model)]
    if problems:
        refuse(problems, SHIPPED / "models")
    target = Path(os.environ.get("TRITON_REPOSITORY") or tempfile.mkdtemp(prefix="triton-"))
    prepare(SHIPPED, target, models, kind)
    if problems := [problem for model in models for problem in missing(target / "models", model)]:
        refuse(problems, target / "models")
    options = [f"--model-repository={target / 'models'}", "--model-control-mode=explicit", "--exit-on-error=true"]
    options += ["--exit-timeout-secs=20", *(f"--load-model={model}" for model in models)]
    if key := os.environ.pop("TRITON_KEY", ""):
        options.append(f"--http-restricted-api={RESTRICTED}:{KEY_HEADER}={key}")
    os.execv(TRITON, [TRITON, *options])  # noqa: S606 - no shell is wanted: Triton takes this process's place


if __name__ == "__main__":
    main(sys.argv[1:])
