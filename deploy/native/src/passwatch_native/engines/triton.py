"""NVIDIA's Triton from its wheel: the bundled server with its Python backend, both models loaded at the start.

The wheel brings the server, one backend stub per Python version beside (not in) the backend's folder, and no libpython.
A folder of links gives Triton the layout it expects without changing what the package manager installed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from passwatch.triton import KEY_HEADER
from passwatch_native import probes
from passwatch_native.engines.layout import Layout
from passwatch_native.program import Program

MODELS = ("vae_timeseries", "transformer_timeseries")
RESTRICTED = "model-repository,shared-memory,trace,logging"
"""What changes the server, and may not be asked for by any web page that knows its port."""


def site_packages(venv: Path) -> Path:
    """The environment's packages.

    Raises:
        FileNotFoundError: Triton is not installed there.
    """
    found = sorted(venv.glob("lib/python3.*/site-packages/pytriton/tritonserver/bin/tritonserver"))
    if not found:
        raise FileNotFoundError(f"Triton is not installed in {venv}")
    return found[0].parents[3]


def lib_folders(venv: Path) -> list[str]:
    """Where the backend finds libpython: the interpreter's own folder when it is built shared, else the system's."""
    script = (
        "import json,sysconfig as s; print(json.dumps([s.get_config_var('LIBDIR'), s.get_config_var('INSTSONAME')]))"
    )
    folder, soname = json.loads(
        subprocess.run([venv / "bin/python", "-c", script], capture_output=True, check=True).stdout
    )
    return [folder] if folder and soname and (Path(folder) / soname).exists() else []


def link_backend(tritonserver: Path, target: Path, python: str) -> None:
    """Lay out ``target/python`` as Triton's Python backend: library, utilities and the stub for this Python."""
    backend = target / "python"
    shutil.rmtree(backend, ignore_errors=True)
    backend.mkdir(parents=True)
    for source in (tritonserver / "backends/python").iterdir():
        (backend / source.name).symlink_to(source)
    (backend / "triton_python_backend_stub").symlink_to(
        tritonserver / "python_backend_stubs" / python / "triton_python_backend_stub"
    )


def seed_repository(layout: Layout) -> None:
    """Bring the stack's own model repository up to date with the checkout's.

    Raises:
        subprocess.CalledProcessError: it could not be written.
    """
    script = layout.checkout.model_repository.parent / "seed.py"
    subprocess.run([layout.checkout.python, script, layout.model_repository.parent], check=True)


def program(layout: Layout) -> Program:
    """Triton under the supervisor."""
    venv, ports = layout.checkout.triton_venv, layout.ports
    packages = site_packages(venv)
    server = packages / "pytriton/tritonserver"
    backends = layout.data / "triton/backends"
    env = {
        "PATH": f"{venv / 'bin'}:{os.environ.get('PATH', '/usr/bin:/bin')}",
        "VIRTUAL_ENV": str(venv),
        "PYTHONPATH": str(packages),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LD_LIBRARY_PATH": ":".join([str(packages / "nvidia_pytriton.libs"), *lib_folders(venv)]),
        "OMP_NUM_THREADS": "1",
    }

    def prepare() -> None:
        link_backend(server, backends, packages.parent.name.removeprefix("python"))
        seed_repository(layout)

    return Program(
        name="triton",
        command=(
            str(server / "bin/tritonserver"),
            f"--model-repository={layout.model_repository}",
            "--model-control-mode=explicit",
            *(f"--load-model={name}" for name in MODELS),
            f"--backend-directory={backends}",
            f"--backend-config=python,shm-region-prefix-name=pw{layout.id}",
            *("--http-address=127.0.0.1", f"--http-port={ports['triton-http']}"),
            *("--grpc-address=127.0.0.1", f"--grpc-port={ports['triton']}"),
            *("--metrics-address=127.0.0.1", f"--metrics-port={ports['triton-metrics']}"),
            f"--http-restricted-api={RESTRICTED}:{KEY_HEADER}={layout.credentials.triton}",
            *("--log-verbose=0", "--exit-on-error=true", "--exit-timeout-secs=10"),
        ),
        env=env,
        probe=probes.both(
            probes.http_ready(ports["triton-http"], "/v2/health/ready"),
            *(probes.http_ready(ports["triton-http"], f"/v2/models/{name}/ready") for name in MODELS),
        ),
        prepare=prepare,
        stop_wait_s=25,
        ready_within_s=90,
    )
