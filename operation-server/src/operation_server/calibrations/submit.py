"""A request for a calibration, as a task for the workers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import msgspec
from sqlalchemy import Engine

from operation_server.calibrations import queries as calibrations
from operation_server.calibrations.queries import NewFit, Scope
from operation_server.calibrations.schemas import FitRequest
from operation_server.db.rows import Row
from operation_server.missions_in_use import Missions
from operation_server.times import to_ms
from operation_server.web.problems import Conflict, InvalidRequest
from passwatch.contracts import CalibrationTask

NAMED = 5


class FitSubmitter:
    """Takes requests for calibrations."""

    def __init__(self, engine: Engine, missions: Missions, max_days: int, submitted: Callable[[], None]) -> None:
        """``submitted`` is called when there is something to send to the workers."""
        self._submitted = submitted
        self._engine, self._missions, self._max_days = engine, missions, max_days

    def submit(self, request: FitRequest, now_ms: int) -> Row:
        """Store the request for the dispatcher to send.

        Raises:
            InvalidRequest: the mission is unknown, or the span too long or empty.
            Conflict: anomalies were found in the span, which therefore is not nominal, and ``force`` is not set.
        """
        if request.mission not in self._missions:
            known = ", ".join(self._missions)
            raise InvalidRequest.of("body.mission", f"there is no mission {request.mission}; there are {known}")
        if request.satellite_id and not self._missions[request.mission].has_satellite(request.satellite_id):
            raise InvalidRequest.of("body.satellite_id", "is no satellite of the mission")
        if request.from_ >= request.to:
            raise InvalidRequest.of("body.from", "must be before to")
        if request.to - request.from_ > timedelta(days=self._max_days):
            raise InvalidRequest.of("body.from", f"more than {self._max_days} days before to")
        scope = Scope(request.mission, request.satellite_id)
        with self._engine.begin() as connection:
            events, first = calibrations.events_between(connection, scope, request.from_, request.to, NAMED)
            if events and not request.force:
                raise Conflict(_not_nominal(events, first))
            fit_id = str(uuid4())
            task = CalibrationTask(
                fit_id=fit_id,
                mission=scope.mission,
                satellite_id=scope.satellite_id,
                first_time=to_ms(request.from_),
                last_time=to_ms(request.to),
                minimum_samples=request.minimum_samples,
                requested_at=now_ms,
            )
            row = calibrations.put_fit(
                connection,
                NewFit(
                    fit_id,
                    scope.mission,
                    scope.satellite_id,
                    request.from_,
                    request.to,
                    request.activate,
                    events,
                    msgspec.to_builtins(task),
                ),
            )
        self._submitted()
        return row


def _not_nominal(events: int, first: list[Row]) -> str:
    named = [f"{e['satellite_id']} {e['channel']} at {e['start_time']:%Y-%m-%dT%H:%M:%SZ}" for e in first]
    more = f" and {events - len(named)} more" if events > len(named) else ""
    return (
        f"{events} anomalies were found in the span, and a calibration takes what it sees for nominal: "
        f"{', '.join(named)}{more}; choose another span, or set force"
    )
