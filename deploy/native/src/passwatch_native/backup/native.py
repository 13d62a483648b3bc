"""The native stack as a place of backups."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import sqlalchemy

from passwatch_native.backup import archive
from passwatch_native.backup.manifest import BackupError
from passwatch_native.engines import postgres
from passwatch_native.paths import CHECKOUT
from passwatch_native.stack import Stack

LAST_WORDS = 1500


class NativeStack:
    """The stack in a folder; ``open_stack`` opens it as it is to be started, if it has to be made."""

    way = "native"

    def __init__(self, folder: Path, open_stack: Callable[[], Stack]) -> None:
        self._folder, self._open = folder, open_stack
        self._stack = open_stack()
        self.missions = CHECKOUT.missions

    @property
    def dsn(self) -> str:
        """Where PostgreSQL answers."""
        return self._stack.env["PASSWATCH_POSTGRES_DSN"]

    @property
    def victoria_url(self) -> str:
        """Where VictoriaMetrics answers."""
        return self._stack.env["PASSWATCH_VICTORIA_URL"]

    @property
    def kafka_bootstrap(self) -> str:
        """Where Kafka answers."""
        return self._stack.env["PASSWATCH_KAFKA_BOOTSTRAP"]

    def dump_postgres(self, to: Path) -> None:
        """Write the whole database to a file, as of one moment."""
        self._postgres("pg_dump", "--format=custom", "--exclude-table-data=operation.search_index", f"--file={to}")

    def fill_postgres(self, given: Path) -> None:
        """Bring a dump back into the empty database."""
        options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
        self._postgres("pg_restore", *options, str(given))

    def save_samples(self, snapshot: str, to: Path) -> None:
        """Write a snapshot of VictoriaMetrics as an archive."""
        archive.pack(self._victoria / "snapshots" / snapshot, to)

    def fill_samples(self, given: Path) -> None:
        """Bring an archive back into VictoriaMetrics' empty folder; VictoriaMetrics does not run."""
        archive.unpack(given, self._victoria)

    def save_models(self, to: Path) -> None:
        """Write the model repository as an archive."""
        archive.pack(self._models if self._models.exists() else CHECKOUT.model_repository, to)

    def fill_models(self, given: Path) -> None:
        """Bring the model repository back."""
        archive.unpack(given, self._models)

    def why_not(self) -> str | None:
        """What speaks against bringing a backup back here: something runs, or is stored; None if nothing does."""
        if self._stack.supervisor.alive():
            return f"The stack in {self._folder} is running."
        if self._stack.layout.data.exists() and any(self._stack.layout.data.iterdir()):
            return f"The stack in {self._folder} has data."
        return None

    def clear(self) -> None:
        """Stop everything, and remove all that is stored."""
        self._stack.clean()
        self._stack = self._open()

    def prepare(self) -> None:
        """Make the places where the stores will lie, so that they can be filled."""
        self._victoria.mkdir(parents=True, exist_ok=True)

    def start_engines(self) -> None:
        """Start the engines, and return when they answer."""
        self._stack.up("engines")

    def start_all(self) -> None:
        """Start everything."""
        self._stack.up()

    @property
    def _victoria(self) -> Path:
        return self._stack.layout.data / "victoria"

    @property
    def _models(self) -> Path:
        return self._stack.layout.data / "triton/models"

    def _postgres(self, program: str, *options: str) -> None:
        """Run one of PostgreSQL's programs; the password travels by the environment, not the arguments."""
        url = sqlalchemy.make_url(self.dsn)
        where = ("--host=127.0.0.1", f"--port={url.port}", f"--username={url.username}", f"--dbname={url.database}")
        run(
            [str(postgres.binaries() / program), "--no-password", *where, *options],
            env={**os.environ, "PGPASSWORD": str(url.password)},
        )


def run(command: Sequence[str], *, env: dict[str, str]) -> None:
    """Run a program to its end.

    Raises:
        BackupError: it failed; with its last words.
    """
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BackupError(f"{Path(command[0]).name} failed (status {done.returncode}):\n{done.stderr[-LAST_WORDS:]}")
