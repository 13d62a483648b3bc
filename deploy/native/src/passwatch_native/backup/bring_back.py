"""Bringing a backup back: everything is checked before anything is changed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from passwatch_native.backup import archive, database, manifest, topics
from passwatch_native.backup.manifest import BackupError, Manifest
from passwatch_native.backup.place import Place

Progress = Callable[[str, str], None]
SHOWN = 5


def bring_back(place: Place, folder: Path, tell: Progress, *, force: bool = False) -> Manifest:
    """Bring a platform back to the state that the backup holds, and start it.

    With ``force`` what runs is stopped, what is stored is removed, and mission files that differ are replaced.

    Raises:
        BackupError: the backup is damaged or of a newer version, or the platform is not empty.
    """
    tell("the backup's files", "verifying")
    found = manifest.verified(folder, lambda name: tell("the backup's files", f"verifying {name}"))
    tell("the backup's files", "done")
    if _numbers(found.passwatch) > _numbers(manifest.version()):
        raise BackupError(f"The backup is of Passwatch {found.passwatch}, this is {manifest.version()}: upgrade first.")
    why_not = place.why_not()
    if why_not and not force:
        raise BackupError(f"{why_not}\nA backup is brought back into an empty platform; --force removes what is there.")
    _refuse_other_missions(place, folder / "missions.tar", force=force)
    if why_not:
        tell("what was here", "removing")
        place.clear()
        tell("what was here", "done")
    archive.unpack(folder / "missions.tar", place.missions)
    place.prepare()
    tell("VictoriaMetrics", "bringing back")
    place.fill_samples(folder / "victoria.tar")
    tell("VictoriaMetrics", "done")
    tell("models", "bringing back")
    place.fill_models(folder / "models.tar")
    tell("models", "done")
    tell("engines", "starting")
    place.start_engines()
    if not database.is_empty(place.dsn):
        raise BackupError("PostgreSQL is not empty; --force removes what is there")
    tell("engines", "done")
    tell("PostgreSQL", "bringing back")
    place.fill_postgres(folder / "postgres.dump")
    database.send_again(place.dsn)
    tell("PostgreSQL", "done")
    tell("Kafka", "bringing back")
    topics.fill(place.kafka_bootstrap, folder / "kafka")
    tell("Kafka", "done")
    tell("services", "starting")
    place.start_all()
    tell("services", "done")
    return found


def _refuse_other_missions(place: Place, given: Path, *, force: bool) -> None:
    """Refuse to overwrite mission files that somebody may have changed since."""
    with tempfile.TemporaryDirectory() as scratch:
        others = archive.differing(given, place.missions, Path(scratch))
    changed = [name for name in others if (place.missions / name).exists()]
    if changed and not force:
        listed = ", ".join(changed[:SHOWN]) + (" and others" if len(changed) > SHOWN else "")
        raise BackupError(
            f"These files in {place.missions} are not those of the backup: {listed}\n"
            "Verdicts refer to missions and calibrations as they were. --force replaces the files here."
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
