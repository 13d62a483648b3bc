"""Starts Triton in a container: ``python serve.py MODEL...``; needs nothing but Python.

There is one model repository for machines with and without a GPU, so the kind of its instances is filled in here, from
TRITON_INSTANCE_KIND (KIND_CPU or KIND_GPU), in a copy whose versions are links. Left to itself, Triton takes the CPU
without a word where it sees no GPU. And what is missing is said before Triton is started: it would say it among a
hundred other lines.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

REPOSITORY = Path(__file__).resolve().parent / "models"
TRITON = "/opt/tritonserver/bin/tritonserver"
KINDS = ("KIND_CPU", "KIND_GPU")
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


def copy(repository: Path, models: list[str], kind: str, to: Path) -> None:
    """A repository of these models with instances of this kind; the versions are links to where they are."""
    for model in models:
        (to / model).mkdir()
        for source in (repository / model).iterdir():
            if source.name == "config.pbtxt":
                filled = with_kind(source.read_text(encoding="utf-8"), kind)
                (to / model / source.name).write_text(filled, encoding="utf-8")
            elif source.is_dir():
                (to / model / source.name).symlink_to(source)


def main(models: list[str]) -> NoReturn:
    """Become Triton, or end with status 78 and a word on what is missing."""
    kind = os.environ.get("TRITON_INSTANCE_KIND", "KIND_CPU")
    problems = [] if kind in KINDS else [f"TRITON_INSTANCE_KIND: must be one of {', '.join(KINDS)}"]
    problems += [problem for model in models for problem in missing(REPOSITORY, model)]
    if problems:
        sys.stderr.write("Triton is not started, because its models cannot be served:\n")
        sys.stderr.writelines(f"  {problem}\n" for problem in problems)
        sys.stderr.write(f"The repository is {REPOSITORY}; `make train` makes the models, and a checkout has them.\n")
        raise SystemExit(EX_CONFIG)
    served = Path(tempfile.mkdtemp(prefix="models-"))
    copy(REPOSITORY, models, kind, served)
    options = [f"--model-repository={served}", "--model-control-mode=explicit", "--exit-on-error=true"]
    options += ["--exit-timeout-secs=20", *(f"--load-model={model}" for model in models)]
    os.execv(TRITON, [TRITON, *options])  # noqa: S606 - no shell is wanted: Triton takes this process's place


if __name__ == "__main__":
    main(sys.argv[1:])
