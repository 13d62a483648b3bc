"""Where things are in a checkout."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Checkout:
    """The folders of one checkout of the project."""

    root: Path

    @property
    def tools(self) -> Path:
        """What was installed for this checkout alone: Kafka's jars, Node, stamps."""
        return self.root / ".tools"

    @property
    def kafka_pom(self) -> Path:
        """Lists Kafka's jars."""
        return self.root / "deploy/native/kafka/pom.xml"

    @property
    def kafka_jars(self) -> Path:
        """Holds the jars of Kafka's current version; another version's stay, for stacks that still run it."""
        return self.tools / "kafka" / _version(self.kafka_pom, "kafka")

    @property
    def elasticsearch_pom(self) -> Path:
        """Names Elasticsearch's version."""
        return self.root / "deploy/native/elasticsearch/pom.xml"

    @property
    def elasticsearch(self) -> Path:
        """Elasticsearch's server in its current version, if it was installed."""
        return self.tools / "elasticsearch" / f"elasticsearch-{_version(self.elasticsearch_pom, 'elasticsearch')}"

    @property
    def python(self) -> Path:
        """The interpreter of the project's environment."""
        return Path(sys.executable)

    @property
    def triton_venv(self) -> Path:
        """Triton's own environment: it needs another numpy than everything else."""
        return self.root / ".venv-triton"

    @property
    def train_venv(self) -> Path:
        """Training's own environment, with torch."""
        return self.root / ".venv-train"

    @property
    def model_repository(self) -> Path:
        """The models that are shipped."""
        return self.root / "triton-models/models"

    @property
    def missions(self) -> Path:
        """The mission files."""
        return self.root / "missions"

    @property
    def frontend(self) -> Path:
        """The dashboard's sources; its build is in ``dist``."""
        return self.root / "frontend"

    @property
    def run_dir(self) -> Path:
        """The demo's stack."""
        return self.root / ".run"


def _version(pom: Path, name: str) -> str:
    found = re.search(rf"<{name}\.version>([\w.]+)</{name}\.version>", pom.read_text())
    if found is None:
        raise ValueError(f"{pom} names no {name}.version")
    return found.group(1)


CHECKOUT = Checkout(Path(__file__).resolve().parents[4])
"""The checkout that this package is installed from."""
