"""What a backup needs to be told of a platform, however it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Place(Protocol):
    """A platform that a backup is taken from, or brought back to."""

    way: str
    """native or compose."""
    missions: Path
    """The folder of the mission files and their calibrations, in the checkout."""

    @property
    def dsn(self) -> str:
        """Where PostgreSQL answers."""

    @property
    def victoria_url(self) -> str:
        """Where VictoriaMetrics answers."""

    @property
    def kafka_bootstrap(self) -> str:
        """Where Kafka answers."""

    def dump_postgres(self, to: Path) -> None:
        """Write the whole database to a file, as of one moment."""

    def fill_postgres(self, given: Path) -> None:
        """Bring a dump back into the empty database."""

    def save_samples(self, snapshot: str, to: Path) -> None:
        """Write a snapshot of VictoriaMetrics as an archive."""

    def fill_samples(self, given: Path) -> None:
        """Bring an archive back into VictoriaMetrics' empty folder; VictoriaMetrics does not run."""

    def save_models(self, to: Path) -> None:
        """Write the model repository as an archive."""

    def fill_models(self, given: Path) -> None:
        """Bring the model repository back."""

    def why_not(self) -> str | None:
        """What speaks against bringing a backup back here: something runs, or is stored; None if nothing does."""

    def clear(self) -> None:
        """Stop everything, and remove all that is stored."""

    def prepare(self) -> None:
        """Make the places where the stores will lie, so that they can be filled."""

    def start_engines(self) -> None:
        """Start PostgreSQL, VictoriaMetrics and Kafka, and return when they answer."""

    def start_all(self) -> None:
        """Start everything."""
