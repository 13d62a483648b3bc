"""The calibrations that are shipped with the missions, into the database."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy import Connection

from operation_server.calibrations import queries as calibrations
from operation_server.calibrations.queries import Scope

FIELDS = ("mission", "revision", "source", "models", "channels")
log = structlog.get_logger()


def read_shipped(folder: Path, missions: Iterable[str]) -> list[dict[str, Any]]:
    """The contents of ``calibration/<mission>.json`` of the missions that have one; a broken file is logged."""
    found = []
    for mission in missions:
        path = folder / "calibration" / f"{mission}.json"
        if not path.exists():
            continue
        try:
            content = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            log.warning("shipped_calibration_unusable", path=str(path), reason=str(error))
            continue
        if missing := [name for name in FIELDS if name not in content]:
            log.warning("shipped_calibration_unusable", path=str(path), reason=f"it has no {missing[0]}")
        else:
            found.append(content)
    return found


def import_shipped(connection: Connection, contents: Iterable[dict[str, Any]]) -> None:
    """Store them. Each is put in force where its mission has none, or an earlier shipped one; the caller holds the
    lock.

    A calibration that was put in force here by a person stays.
    """
    now = {active.scope: active for active in calibrations.in_force(connection)}
    for content in contents:
        revision = calibrations.put(connection, content, None, "shipped")
        scope = Scope(content["mission"], None)
        active = now.get(scope)
        if active is None or (active.origin == "shipped" and active.revision != revision):
            calibrations.activate(connection, {scope: revision}, "shipped", str(uuid4()))
            log.info("calibration_activated", mission=scope.mission, revision=revision, cause="shipped")
