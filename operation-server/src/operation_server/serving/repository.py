"""Triton's model repository on disk: one folder a model, in it one folder a version and the configuration.

Which versions are served is said in each model's ``config.pbtxt``, so that a server that is started anew serves the
same. The file is the one that training writes, with a line for each thing.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

CONFIGURATION, WEIGHTS, CODE, MANIFEST = "config.pbtxt", "model.onnx", "model.py", "manifest.json"
_POLICY = re.compile(r"^version_policy:.*\bversions: \[([\d, ]*)\].*\n", re.MULTILINE)
_WEIGHTS = re.compile(r'^ *\{ key: "sha256\.\d+" .*\n', re.MULTILINE)
_PARAMETERS = re.compile(r"^parameters \[\n", re.MULTILINE)
VERSION_DIGITS = 12
"""What identifies weights elsewhere: so many hex digits of their SHA-256."""


class RepositoryError(RuntimeError):
    """The repository does not hold what is asked for; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of all models: a number, and by model what identifies the weights."""

    number: int
    models: Mapping[str, str]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Weights:
    """A model's weights as they are added: ONNX, and the manifest that says what they were made of."""

    onnx: bytes
    manifest: Mapping[str, Any]


class ModelRepository:
    """The repository in ``folder``. Changes are whole or not there at all; callers take care that only one is made at a
    time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def models(self) -> list[str]:
        """The names of the models."""
        return sorted(path.parent.name for path in self._folder.glob(f"*/{CONFIGURATION}"))

    def versions(self) -> list[Version]:
        """The versions that every model has, by number."""
        models = self.models
        numbers = [{int(p.parent.name) for p in (self._folder / m).glob(f"[0-9]*/{WEIGHTS}")} for m in models]
        return [self._version(number, models) for number in sorted(set.intersection(*numbers) if numbers else ())]

    def version(self, number: int) -> Version:
        """The version with this number.

        Raises:
            RepositoryError: there is none.
        """
        found = next((version for version in self.versions() if version.number == number), None)
        if found is None:
            known = ", ".join(str(version.number) for version in self.versions()) or "none"
            raise RepositoryError(f"there is no version {number}; there are {known}")
        return found

    def manifests(self, number: int) -> dict[str, Any]:
        """What the weights of a version were made of, by model; a model whose weights have no manifest is left out."""
        found = {}
        for model in self.models:
            own, shared = self._folder / model / str(number) / MANIFEST, self._folder / model / MANIFEST
            for path in (own, shared):
                content = msgspec.json.decode(path.read_bytes()) if path.exists() else {}
                if content.get("onnx_sha256") == _sha256(self._weights(model, number)):
                    found[model] = content
                    break
        return found

    def weights(self, number: int, model: str) -> bytes:
        """A model's weights as ONNX.

        Raises:
            RepositoryError: there are none.
        """
        self.version(number)
        if model not in self.models:
            raise RepositoryError(f"there is no model {model}; there are {', '.join(self.models)}")
        return self._weights(model, number).read_bytes()

    def add(self, weights: Mapping[str, Weights]) -> Version:
        """Add a version beside the others; it is not served by that.

        Raises:
            RepositoryError: weights of a model are missing, or of one that there is not.
        """
        models = self.models
        if set(weights) != set(models):
            raise RepositoryError(f"a version has weights of all models: {', '.join(models) or 'there are none here'}")
        if self.chosen() is None and (versions := self.versions()):
            self.choose({versions[-1].number})  # otherwise the new one would be served at the server's next start
        present = [int(p.name) for m in models for p in (self._folder / m).iterdir() if p.name.isdecimal()]
        number = max(present, default=0) + 1
        for model in models:
            self._add(model, number, weights[model])
        return self.version(number)

    def choose(self, numbers: Collection[int]) -> bool:
        """Say in every model's configuration that these versions are served; whether it said otherwise before.

        Raises:
            RepositoryError: there is no such version.
        """
        for number in numbers:
            self.version(number)
        if not numbers:
            raise RepositoryError("at least one version must be served")
        changed = [self._configure(model, sorted(numbers)) for model in self.models]
        return any(changed)

    def chosen(self) -> set[int] | None:
        """The versions that all configurations say are served; None if they leave it open or differ."""
        said = {configured((self._folder / model / CONFIGURATION).read_text()) for model in self.models}
        return set(said.pop()) or None if len(said) == 1 else None

    def _version(self, number: int, models: Collection[str]) -> Version:
        paths = {model: self._weights(model, number) for model in models}
        created = max(path.stat().st_mtime for path in paths.values())
        return Version(
            number,
            {model: _sha256(path)[:VERSION_DIGITS] for model, path in paths.items()},
            datetime.fromtimestamp(created, UTC),
        )

    def _weights(self, model: str, number: int) -> Path:
        return self._folder / model / str(number) / WEIGHTS

    def _add(self, model: str, number: int, weights: Weights) -> None:
        folder = self._folder / model
        template = next(path for path in sorted(folder.glob(f"[0-9]*/{CODE}")))
        with tempfile.TemporaryDirectory(prefix=".adding-", dir=folder) as temporary:
            new = Path(temporary) / "version"
            new.mkdir(mode=0o755)
            (new / WEIGHTS).write_bytes(weights.onnx)
            manifest = dict(weights.manifest) | {"version": str(number), "onnx_sha256": _digest(weights.onnx)}
            (new / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
            shutil.copyfile(template, new / CODE)
            new.rename(folder / str(number))

    def _configure(self, model: str, numbers: list[int]) -> bool:
        path = self._folder / model / CONFIGURATION
        before = path.read_text()
        after = with_versions(before, {number: _sha256(self._weights(model, number)) for number in numbers})
        if after == before:
            return False
        temporary = path.with_suffix(".tmp")
        temporary.write_text(after)
        temporary.replace(path)
        return True


def configured(configuration: str) -> frozenset[int]:
    """The versions that a ``config.pbtxt`` says are served; empty if it leaves that open."""
    found = _POLICY.search(configuration)
    return frozenset(int(number) for number in found.group(1).split(",")) if found else frozenset()


def with_versions(configuration: str, weights: Mapping[int, str]) -> str:
    """A ``config.pbtxt`` that has these versions served, with the SHA-256 of each one's weights.

    Raises:
        RepositoryError: it is not written as training writes it.
    """
    bare = _WEIGHTS.sub("", _POLICY.sub("", configuration))
    numbers = ", ".join(str(number) for number in sorted(weights))
    policy = f"version_policy: {{ specific {{ versions: [ {numbers} ] }} }}\n"
    lines = [f'  {{ key: "sha256.{n}" value {{ string_value: "{weights[n]}" }} }},\n' for n in sorted(weights)]
    made, count = _PARAMETERS.subn(lambda match: policy + match.group() + "".join(lines), bare)
    if count != 1:
        raise RepositoryError(f"{CONFIGURATION} has {count} lists of parameters, not one")
    return made


def _sha256(path: Path) -> str:
    state = path.stat()
    return _sha256_of(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=256)
def _sha256_of(path: Path, _mtime_ns: int, _size: int) -> str:
    return _digest(path.read_bytes())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
