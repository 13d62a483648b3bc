"""An installation by Docker Compose as a place of backups."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import requests
import sqlalchemy
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from passwatch_native.backup.manifest import BackupError
from passwatch_native.backup.topics import QUIET

PATIENCE_S = 300.0
LOOK_EVERY_S = 0.5
LAST_WORDS = 1500
SAMPLES = "/victoria-metrics-data"
MODELS = "/triton-models/models"
ENGINES = ("postgres", "victoria-metrics", "kafka")
EVERY_PROFILE = ("--profile", "search", "--profile", "simulate")


class Installation:
    """The installation whose docker-compose.yml and .env lie in a folder."""

    way = "compose"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._command = command()
        self._settings = settings(folder / ".env")
        self.missions = folder / "missions"

    @property
    def dsn(self) -> str:
        """Where PostgreSQL answers."""
        password = quote(self._setting("POSTGRES_PASSWORD"), safe="")
        return f"postgresql+psycopg2://passwatch:{password}@127.0.0.1:{self._port('POSTGRES_PORT', 5432)}/passwatch"

    @property
    def victoria_url(self) -> str:
        """Where VictoriaMetrics answers."""
        password = quote(self._setting("VICTORIA_PASSWORD"), safe="")
        return f"http://passwatch:{password}@127.0.0.1:{self._port('VICTORIA_PORT', 8428)}"

    @property
    def kafka_bootstrap(self) -> str:
        """Where Kafka answers."""
        return f"127.0.0.1:{self._port('KAFKA_PORT', 9092)}"

    def dump_postgres(self, to: Path) -> None:
        """Write the whole database to a file, as of one moment."""
        dump = ("pg_dump", "--format=custom", "--exclude-table-data=operation.search_index")
        with to.open("wb") as file:
            self._compose("exec", "-T", "postgres", *dump, "-U", "passwatch", "passwatch", out=file)

    def fill_postgres(self, given: Path) -> None:
        """Bring a dump back into the empty database."""
        fill = ("pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
        with given.open("rb") as file:
            self._compose("exec", "-T", "postgres", *fill, "-U", "passwatch", "-d", "passwatch", given=file)

    def save_samples(self, snapshot: str, to: Path) -> None:
        """Write a snapshot of VictoriaMetrics as an archive."""
        with to.open("wb") as file:
            self._beside_samples("tar", "-chf", "-", "-C", f"{SAMPLES}/snapshots/{snapshot}", ".", out=file)

    def fill_samples(self, given: Path) -> None:
        """Bring an archive back into VictoriaMetrics' empty volume; VictoriaMetrics does not run."""
        with given.open("rb") as file:
            self._beside_samples("tar", "-xf", "-", "-C", SAMPLES, given=file)

    def save_models(self, to: Path) -> None:
        """Write the model repository as an archive."""
        with to.open("wb") as file:
            self._beside_models("tar", "-chf", "-", "--exclude=__pycache__", "-C", MODELS, ".", out=file)

    def fill_models(self, given: Path) -> None:
        """Bring the model repository back into its volume."""
        with given.open("rb") as file:
            self._beside_models("tar", "-xf", "-", "--overwrite", "-C", MODELS, given=file)

    def why_not(self) -> str | None:
        """What speaks against bringing a backup back here; Kafka alone may run, as init_kafka.sh leaves it."""
        running = self._compose("ps", "--services", "--filter", "status=running").split()
        others = sorted(set(running) - {"kafka"})
        if others:
            return f"This installation is running: {', '.join(others)}."
        label = f"label=com.docker.compose.project={self._setting('COMPOSE_PROJECT_NAME')}"
        held = _run([_docker(), "volume", "ls", "--quiet", "--filter", label], self._folder).split()
        stored = sorted(name for name in held if not name.endswith("_kafka_data"))
        return f"This installation has data: the volumes {', '.join(stored)}." if stored else None

    def clear(self) -> None:
        """Stop everything, and remove all that is stored."""
        self._compose(*EVERY_PROFILE, "down", "--volumes", "--remove-orphans")

    def prepare(self) -> None:
        """Make the places where the stores will lie, so that they can be filled."""
        self._compose("run", "--rm", "-T", "volumes")

    def start_engines(self) -> None:
        """Start PostgreSQL, VictoriaMetrics and Kafka, and return when they answer."""
        self._compose("up", "-d", *ENGINES)
        for name, answers in (
            ("postgres", lambda: sqlalchemy.create_engine(self.dsn, poolclass=sqlalchemy.NullPool).connect().close()),
            ("victoria-metrics", lambda: requests.get(f"{self.victoria_url}/health", timeout=5).raise_for_status()),
            ("kafka", lambda: AdminClient({"bootstrap.servers": self.kafka_bootstrap, **QUIET}).list_topics(timeout=5)),
        ):
            _await(name, answers)

    def start_all(self) -> None:
        """Start everything."""
        self._compose("up", "-d")

    def _beside_samples(self, *words: str, **streams: IO[bytes]) -> None:
        self._compose("run", "--rm", "-T", "--no-deps", "--user", "10001:10001", "volumes", *words, **streams)

    def _beside_models(self, *words: str, **streams: IO[bytes]) -> None:
        first, *rest = words
        self._compose("run", "--rm", "-T", "--no-deps", "--entrypoint", first, "triton-server", *rest, **streams)

    def _compose(self, *words: str, given: IO[bytes] | None = None, out: IO[bytes] | None = None) -> str:
        return _run([*self._command, *words], self._folder, given=given, out=out)

    def _setting(self, name: str) -> str:
        value = self._settings.get(name) or os.environ.get(name)
        if not value:
            raise BackupError(f"{self._folder / '.env'} has no {name}; run first: bash init_kafka.sh")
        return value

    def _port(self, name: str, default: int) -> int:
        return int(os.environ.get(name) or self._settings.get(name) or default)


def command() -> list[str]:
    """The Compose command: that of the variable COMPOSE, or whichever generation is installed.

    Raises:
        BackupError: none is.
    """
    if os.environ.get("COMPOSE"):
        return shlex.split(os.environ["COMPOSE"])
    if subprocess.run([_docker(), "compose", "version"], capture_output=True, check=False).returncode == 0:
        return [_docker(), "compose"]
    v1 = shutil.which("docker-compose")
    if v1 is None:
        raise BackupError("neither 'docker compose' nor 'docker-compose' is installed")
    return [v1]


def settings(path: Path) -> dict[str, str]:
    """What .env says.

    Raises:
        BackupError: there is none.
    """
    if not path.is_file():
        raise BackupError(f"{path} is missing; run first: bash init_kafka.sh")
    lines = (line.strip() for line in path.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def is_used(folder: Path) -> bool:
    """Whether there is an installation by Compose in this folder that has run."""
    return (folder / ".env").is_file() and shutil.which("docker") is not None


def _docker() -> str:
    found = shutil.which("docker")
    if found is None:
        raise BackupError("Docker is not installed")
    return found


def _await(name: str, answers: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            answers()
        except (sqlalchemy.exc.OperationalError, requests.RequestException, KafkaException) as error:
            if time.monotonic() > deadline:
                said = str(error).splitlines()[0]
                raise BackupError(f"{name} does not answer after {PATIENCE_S:.0f} s: {said}") from error
            time.sleep(LOOK_EVERY_S)
        else:
            return


def _run(words: list[str], folder: Path, *, given: IO[bytes] | None = None, out: IO[bytes] | None = None) -> str:
    """Run a program to its end; returns what it wrote, unless that went to ``out``.

    Raises:
        BackupError: it failed; with its last words.
    """
    done = subprocess.run(
        words,
        cwd=folder,
        stdin=given or subprocess.DEVNULL,
        stdout=out or subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()[-LAST_WORDS:]
        raise BackupError(f"{' '.join(words[:4])} … failed (status {done.returncode}):\n{said}")
    return (done.stdout or b"").decode(errors="replace")
