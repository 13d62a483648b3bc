"""What starts Triton in a container: complete models, the wanted kind of instance, the provider that was asked for."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from passwatch.triton import KEY_HEADER
from passwatch_native.engines.triton import RESTRICTED

PART = Path(__file__).resolve().parents[1]
NAMES = ["vae_timeseries", "transformer_timeseries"]


@pytest.fixture(scope="module")
def serve() -> dict[str, Any]:
    """The names of serve.py."""
    return runpy.run_path(str(PART / "serve.py"), run_name="serve")


@pytest.fixture(scope="module")
def backend() -> dict[str, Any]:
    """The names of backend/providers.py."""
    return runpy.run_path(str(PART / "backend/providers.py"))


@pytest.fixture
def part(tmp_path: Path) -> Path:
    """A copy of what an image holds."""
    shutil.copytree(PART / "models", tmp_path / "models", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PART / "backend", tmp_path / "backend", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("serve.py", "seed.py"):
        shutil.copy(PART / name, tmp_path)
    return tmp_path


def start(part: Path, kind: str = "KIND_CPU") -> subprocess.CompletedProcess[str]:
    """Run serve.py of this copy."""
    command = [sys.executable, str(part / "serve.py"), *NAMES]
    env = os.environ | {"TRITON_INSTANCE_KIND": kind}
    return subprocess.run(  # noqa: S603 - our own script
        command, env=env, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_models_can_be_served(serve: dict[str, Any], name: str) -> None:
    """Nothing is missing in a checkout."""
    assert serve["missing"](PART / "models", name) == []


@pytest.mark.parametrize(
    ("removed", "said"),
    [
        ("vae_timeseries", "vae_timeseries/config.pbtxt is missing"),
        ("vae_timeseries/1", "vae_timeseries/1/model.onnx is missing"),
        ("transformer_timeseries/1/model.onnx", "transformer_timeseries/1/model.onnx is missing"),
        ("transformer_timeseries/config.pbtxt", "transformer_timeseries/config.pbtxt is missing"),
    ],
)
def test_without_its_models_triton_is_not_started_and_the_file_is_named(part: Path, removed: str, said: str) -> None:
    """A server that serves nothing would look well; the message names what is missing and how it is made."""
    path = part / "models" / removed
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    done = start(part)
    assert done.returncode == 78
    assert said in done.stderr
    assert "make train" in done.stderr


def test_weights_that_are_not_those_of_the_configuration_are_named(part: Path) -> None:
    """A file cut short, or a Git LFS pointer in its place, is not handed to Triton."""
    (part / "models/vae_timeseries/1/model.onnx").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    done = start(part)
    assert done.returncode == 78
    assert "vae_timeseries/1/model.onnx is not the file that config.pbtxt names" in done.stderr


def test_an_unknown_kind_is_refused(part: Path) -> None:
    """A mistyped kind is named with those that there are."""
    done = start(part, "KIND_CUDA")
    assert done.returncode == 78
    assert "TRITON_INSTANCE_KIND: must be one of KIND_CPU, KIND_GPU" in done.stderr


@pytest.mark.parametrize("kind", ["KIND_CPU", "KIND_GPU"])
def test_one_repository_serves_both_kinds(serve: dict[str, Any], tmp_path: Path, kind: str) -> None:
    """It differs from what is shipped in the kind alone, every model has exactly one, and the weights are the same."""
    serve["prepare"](PART, tmp_path, NAMES, kind)
    for name in NAMES:
        filled = (tmp_path / "models" / name / "config.pbtxt").read_text()
        assert filled.count("kind:") == filled.count(f"kind: {kind}") == 1
        assert filled.replace(kind, "KIND_CPU") == (PART / "models" / name / "config.pbtxt").read_text()
        weights = f"models/{name}/1/model.onnx"
        assert (tmp_path / weights).read_bytes() == (PART / weights).read_bytes()
        assert serve["missing"](tmp_path / "models", name) == []


def test_a_configuration_without_a_kind_is_refused(serve: dict[str, Any]) -> None:
    """Triton would choose by itself, and take the CPU without a word."""
    with pytest.raises(ValueError, match="0 times"):
        serve["with_kind"]('name: "m"\nbackend: "python"\n', "KIND_GPU")


def test_a_gpu_instance_asks_for_cuda_on_its_own_device(backend: dict[str, Any]) -> None:
    """The second GPU's instance runs on the second GPU; an instance on the CPU asks for nothing else."""
    assert backend["providers"]("GPU", "1") == [("CUDAExecutionProvider", {"device_id": 1})]
    assert backend["providers"]("CPU", "0") == ["CPUExecutionProvider"]


def test_a_gpu_instance_that_fell_back_to_the_cpu_is_refused(backend: dict[str, Any]) -> None:
    """ONNX Runtime takes the CPU when CUDA cannot be loaded; the instance then fails instead of being slow."""
    backend["check"]("GPU", ["CUDAExecutionProvider", "CPUExecutionProvider"])
    backend["check"]("CPU", ["CPUExecutionProvider"])
    with pytest.raises(backend["WrongProvider"], match="kind GPU"):
        backend["check"]("GPU", ["CPUExecutionProvider"])


def test_the_key_is_asked_for_as_in_the_native_stack(serve: dict[str, Any]) -> None:
    """The image holds no package of ours, so header and list stand twice; operation-server knows one header."""
    assert (serve["KEY_HEADER"], serve["RESTRICTED"]) == (KEY_HEADER, RESTRICTED)
