"""Taking a backup of a platform that runs, in an order in which nothing falls between two stores.

1. how far each group has consumed Kafka: what lies after it is kept, and consumed again;
2. PostgreSQL, as of one moment;
3. the topics that speak of stored samples: whatever PostgreSQL has not taken from them yet is in them;
4. VictoriaMetrics: it has every sample of which 2 and 3 speak;
5. the topic that the samples come from: whatever the snapshot does not have yet is in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import requests

from passwatch_native.backup import archive, database, manifest, topics
from passwatch_native.backup.manifest import BackupError, Manifest
from passwatch_native.backup.place import Place

PATIENCE_S = 600.0
Progress = Callable[[str, str], None]


def take(place: Place, folder: Path, tell: Progress) -> Manifest:
    """Write a backup of the platform into a folder that is empty or not there.

    Raises:
        BackupError: a store cannot be read; the folder has no manifest then, and is no backup.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BackupError(f"{folder} is not empty; a backup needs a folder of its own")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    offsets = topics.committed(place.kafka_bootstrap)
    tell("PostgreSQL", "saving")
    versions, counts = database.described(place.dsn)
    place.dump_postgres(folder / "postgres.dump")
    tell("PostgreSQL", "done")
    tell("Kafka: what was stored", "saving")
    kept = topics.keep(place.kafka_bootstrap, topics.EARLY, offsets, folder / "kafka")
    tell("Kafka: what was stored", "done")
    tell("VictoriaMetrics", "saving")
    with_snapshot(place, lambda name: place.save_samples(name, folder / "victoria.tar"))
    tell("VictoriaMetrics", "done")
    tell("Kafka: telemetry", "saving")
    kept |= topics.keep(place.kafka_bootstrap, topics.LATE, offsets, folder / "kafka")
    tell("Kafka: telemetry", "done")
    tell("models and missions", "saving")
    place.save_models(folder / "models.tar")
    archive.pack(place.missions, folder / "missions.tar")
    tell("models and missions", "done")
    tell("hashes", "computing")
    counts |= {f"messages of {name}": number for name, number in kept.items()}
    versions["victoriametrics"] = _victoria_version(place.victoria_url)
    made = Manifest(made_at=made_at, way=place.way, passwatch=manifest.version(), versions=versions, counts=counts)
    manifest.write(folder, made)
    tell("hashes", "done")
    return made


def with_snapshot(place: Place, use: Callable[[str], None]) -> None:
    """Have VictoriaMetrics make a snapshot, use it, and remove it whatever happens.

    Raises:
        BackupError: it makes none.
    """
    name = str(_ask(f"{place.victoria_url}/snapshot/create")["snapshot"])
    try:
        use(name)
    finally:
        _ask(f"{place.victoria_url}/snapshot/delete?snapshot={name}")


def _ask(url: str) -> dict[str, str]:
    try:
        answer = requests.get(url, timeout=PATIENCE_S)
        answer.raise_for_status()
        said: dict[str, str] = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise BackupError(f"VictoriaMetrics makes no snapshot: {error}") from error
    if said.get("status") != "ok":
        raise BackupError(f"VictoriaMetrics makes no snapshot: {said}")
    return said


def _victoria_version(url: str) -> str:
    text = requests.get(f"{url}/metrics", timeout=30).text
    said = re.search(r'^vm_app_version\{.*?version="([^"]+)"', text, re.MULTILINE)
    return said[1] if said else "unknown"
