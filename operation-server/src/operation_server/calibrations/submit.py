"""A request for a calibration, as a task for the workers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import uuid4

import msgspec
from sqlalchemy import Engine

from operation_server.problems.kinds import Conflict, InvalidRequest
from operation_server.schemas.calibrations import FitRequest
from operation_server.store import calibrations
from operation_server.store.calibrations import NewFit, Scope
from operation_server.store.summaries import Row
from operation_server.trends.ranges import to_ms
from passwatch.contracts import CalibrationTask
from passwatch.mission import Mission

NAMED = 5


class FitSubmitter:
    """Takes requests for calibrations."""

    def __init__(self, engine: Engine, missions: Mapping[str, Mission], max_days: int) -> None:
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
            return calibrations.put_fit(
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


def _not_nominal(events: int, first: list[Row]) -> str:
    named = [f"{e['satellite_id']} {e['channel']} at {e['start_time']:%Y-%m-%dT%H:%M:%SZ}" for e in first]
    more = f" and {events - len(named)} more" if events > len(named) else ""
    return (
        f"{events} anomalies were found in the span, and a calibration takes what it sees for nominal: "
        f"{', '.join(named)}{more}; choose another span, or set force"
    )
