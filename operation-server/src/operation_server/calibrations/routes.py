"""Calibrations: fitted on chosen spans, kept by revision, put in force when a person says so."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from operation_server.calibrations import queries as calibrations
from operation_server.calibrations.activate import Activator, Changes
from operation_server.calibrations.queries import Scope
from operation_server.calibrations.schemas import (
    ActivationItem,
    ActivationPage,
    CalibrationDetail,
    CalibrationItem,
    CalibrationPage,
    Changed,
    FitItem,
    FitPage,
    FitRequest,
    ReleaseRequest,
    ScopeItem,
)
from operation_server.calibrations.submit import FitSubmitter
from operation_server.db.rows import Row
from operation_server.services import ReaderDep, provided
from operation_server.web import params
from operation_server.web.paging import Position, cut, decode_cursor, decode_position, encode_cursor
from operation_server.web.problems import InvalidRequest, NotFound
from operation_server.web.responses import problems

LIST, FITS, HISTORY = "calibrations", "fits", "activations"
router = APIRouter(prefix="/calibrations", tags=["calibrations"])
ActivatorDep = Annotated[Activator, provided(Activator)]
Revision = Annotated[str, Path(max_length=64)]


@router.post("", status_code=202, responses=problems(409))
def fit(
    *, submitter: Annotated[FitSubmitter, provided(FitSubmitter)], request: FitRequest, response: Response
) -> FitItem:
    """Ask for a calibration fitted on stored telemetry. The header `Location` names where its result will be.

    It is not in force until it is activated, unless `activate` is set. A span in which anomalies were found is refused
    unless `force` is set. The same span of the same telemetry gives the same revision.
    """
    row = submitter.submit(request, int(time.time() * 1000))
    item = _fit(row)
    response.headers["Location"] = item.url
    return item


@router.get("")
def list_calibrations(
    *,
    reader: ReaderDep,
    mission: params.MissionFilter = None,
    satellite_id: params.SatelliteFilter = None,
    limit: params.Limit = 50,
    cursor: params.Cursor = None,
) -> CalibrationPage:
    """List the calibrations, the newest first."""
    keys = decode_cursor(LIST, cursor, 2)
    position = Position(_instant(keys[0]), keys[1]) if keys else None
    with reader.connect() as connection:
        rows = calibrations.page(connection, mission, satellite_id, position, limit + 1)
        force = {active.revision for active in calibrations.in_force(connection)}
    last = rows[limit - 1][0] if len(rows) > limit else None
    return CalibrationPage(
        items=[CalibrationItem(**_fields(row, force)) for _, row in rows[:limit]],
        next=encode_cursor(LIST, last.at.isoformat(), last.id) if last else None,
    )


@router.get("/fits")
def list_fits(*, reader: ReaderDep, limit: params.Limit = 50, cursor: params.Cursor = None) -> FitPage:
    """List what was asked for, the newest first."""
    position = decode_position(FITS, cursor)
    with reader.connect() as connection:
        found = calibrations.fits_page(connection, position, limit + 1)
    items, following = cut(FITS, found, limit)
    return FitPage(items=[_fit(row) for row in items], next=following)


@router.get("/fits/{fit_id}", responses=problems(404))
def get_fit(*, reader: ReaderDep, fit_id: Annotated[str, Path(max_length=64)]) -> FitItem:
    """What became of a calibration that was asked for."""
    with reader.connect() as connection:
        row = calibrations.find_fit(connection, fit_id) if _is_uuid(fit_id) else None
    if row is None:
        raise NotFound(f"there is no fit {fit_id}")
    return _fit(row)


@router.get("/activations")
def list_activations(
    *,
    reader: ReaderDep,
    limit: params.Limit = 50,
    cursor: params.Cursor = None,
    change_id: Annotated[str | None, Query(max_length=64, description="only what was changed together")] = None,
) -> ActivationPage:
    """List the changes of what is in force, the latest first."""
    keys = decode_cursor(HISTORY, cursor, 1)
    if keys and not keys[0].isdecimal():
        raise InvalidRequest.of("query.cursor", "not a cursor of this list")
    with reader.connect() as connection:
        rows = calibrations.history(connection, int(keys[0]) if keys else None, change_id, limit + 1)
    names = ActivationItem.model_fields
    items = [ActivationItem(**{name: row[name] for name in names}) for row in rows[:limit]]
    following = encode_cursor(HISTORY, str(items[-1].sequence)) if len(rows) > limit else None
    return ActivationPage(items=items, next=following)


@router.post("/release", responses=problems(404))
def release(*, activator: ActivatorDep, request: ReleaseRequest) -> Changed:
    """Judge a satellite by its mission's calibration again."""
    return changed(activator.release(Scope(request.mission, request.satellite_id)))


@router.get("/{revision}", responses=problems(404))
def get_calibration(*, reader: ReaderDep, revision: Revision) -> CalibrationDetail:
    """One calibration with all its numbers."""
    with reader.connect() as connection:
        row = calibrations.find(connection, revision)
        force = {active.revision for active in calibrations.in_force(connection)}
    if row is None:
        raise NotFound(f"there is no calibration {revision}")
    return CalibrationDetail(**_fields(row, force), content=row["content"])


@router.post("/{revision}/activate", responses=problems(404, 409))
def activate(*, activator: ActivatorDep, revision: Revision) -> Changed:
    """Judge whom the calibration was fitted for by it from now on; the verdicts made so far stay.

    If it was fitted with another version of the models, Triton is told to serve that one too.
    """
    return changed(activator.activate(revision))


def changed(changes: Changes) -> Changed:
    """What was changed, as the API shows it."""
    return Changed(
        changes=[
            ScopeItem(mission=scope.mission, satellite_id=scope.satellite_id, revision=revision)
            for scope, revision in changes.items()
        ]
    )


def _fields(row: Row, force: set[str | None]) -> dict[str, Any]:
    direct = ("revision", "mission", "satellite_id", "origin", "source", "models", "channels", "created_at")
    return {
        **{name: row[name] for name in direct},
        "from": row["first_time"],
        "to": row["last_time"],
        "in_force": row["revision"] in force,
    }


def _fit(row: Row) -> FitItem:
    named = {name: row[name] for name in FitItem.model_fields if name in row}
    return FitItem(
        **named,
        **{"from": row["first_time"], "to": row["last_time"]},
        url=f"/api/v1/calibrations/fits/{row['fit_id']}",
    )


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise InvalidRequest.of("query.cursor", "not a cursor of this list")
    return found


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
