"""A stack's own model repository: brought up to date with what is shipped, and otherwise left alone."""

from __future__ import annotations

import hashlib
from pathlib import Path

from seed import seed

CONFIGURATION = """\
name: "m"
version_policy: {{ specific {{ versions: [ {versions} ] }} }}
parameters [
{weights}  {{ key: "intra_op_threads" value {{ string_value: "1" }} }}
]
"""


def ship(folder: Path, content: bytes) -> Path:
    """A shipped folder with version 1 of one model."""
    version = folder / "models/m/1"
    version.mkdir(parents=True, exist_ok=True)
    (version / "model.onnx").write_bytes(content)
    (version / "model.py").write_text("code")
    (folder / "models/m/manifest.json").write_text("{}")
    line = f'  {{ key: "sha256.1" value {{ string_value: "{hashlib.sha256(content).hexdigest()}" }} }},\n'
    (folder / "models/m/config.pbtxt").write_text(CONFIGURATION.format(versions="1", weights=line))
    (folder / "backend").mkdir(exist_ok=True)
    (folder / "backend/onnx_backend.py").write_text("backend")
    return folder


def test_an_empty_repository_gets_all_that_is_shipped(tmp_path: Path) -> None:
    """Models, configurations and the backend's code are as they are shipped."""
    shipped = ship(tmp_path / "shipped", b"weights")
    seed(shipped, tmp_path / "own")
    for path in shipped.rglob("*"):
        if path.is_file():
            assert (tmp_path / "own" / path.relative_to(shipped)).read_bytes() == path.read_bytes()


def test_what_was_added_and_chosen_stays(tmp_path: Path) -> None:
    """Another version, and what the configuration says is served, outlive a start with newer shipped weights."""
    shipped = ship(tmp_path / "shipped", b"weights")
    own = tmp_path / "own"
    seed(shipped, own)
    added = own / "models/m/2"
    added.mkdir()
    (added / "model.onnx").write_bytes(b"candidate")
    configuration = own / "models/m/config.pbtxt"
    configuration.write_text(configuration.read_text().replace("[ 1 ]", "[ 1, 2 ]"))
    seed(ship(shipped, b"newer weights"), own)
    assert (added / "model.onnx").read_bytes() == b"candidate"
    assert (own / "models/m/1/model.onnx").read_bytes() == b"newer weights"
    said = configuration.read_text()
    assert "versions: [ 1, 2 ]" in said
    assert hashlib.sha256(b"newer weights").hexdigest() in said
    assert hashlib.sha256(b"weights").hexdigest() not in said


def test_doing_it_again_changes_nothing(tmp_path: Path) -> None:
    """A start without news touches no file."""
    shipped = ship(tmp_path / "shipped", b"weights")
    own = tmp_path / "own"
    seed(shipped, own)
    before = {path: path.stat().st_mtime_ns for path in own.rglob("*") if path.is_file()}
    seed(shipped, own)
    assert {path: path.stat().st_mtime_ns for path in own.rglob("*") if path.is_file()} == before
