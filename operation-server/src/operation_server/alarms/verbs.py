"""What people do about incidents: one transaction each, and only on the version that the person has seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from operation_server import metrics
from operation_server.alarms import rows
from operation_server.alarms.answers import alarm_item
from operation_server.alarms.policy import Policy
from operation_server.alarms.rows import IncidentState
from operation_server.alarms.schemas import (
    Act,
    AlarmItem,
    LabelAct,
    OutOfServiceItem,
    OutOfServiceRequest,
    ShelveAct,
)
from operation_server.alarms.tables import incident, out_of_service
from operation_server.missions_in_use import Missions
from operation_server.web.problems import Conflict, NotFound
from passwatch.alarms import lifecycle
from passwatch.alarms.lifecycle import Alarm, NotPossible

MINUTE_MS = 60_000
SWEEP_LIMIT = 200

Change = Callable[[IncidentState, datetime], IncidentState]


class Stale(Conflict):
    """Somebody else was quicker, or the act does not fit the state; the answer has the incident as it is."""

    def __init__(self, detail: str, current: AlarmItem) -> None:
        super().__init__(detail)
        self.extra = {"current": current.model_dump(mode="json")}


class Verbs:
    """Acts on incidents."""

    def __init__(
        self,
        engine: Engine,
        missions: Missions,
        policy: Policy,
        publish: Callable[[Connection, Sequence[AlarmItem]], None],
    ) -> None:
        """``publish`` writes what has changed onto the live stream, within the act's transaction."""
        self._engine, self._missions, self._policy, self._on_change = engine, missions, policy, publish

    def acknowledge(self, incident_id: str, act: Act) -> AlarmItem:
        """Somebody has seen it.

        Raises:
            NotFound: there is no such incident.
            Stale: it has changed since, or waits for no acknowledgement. So for all acts.
        """

        def change(state: IncidentState, now: datetime) -> IncidentState:
            alarm = lifecycle.acknowledge(state.alarm, rows.ms(now))
            return self._ticked(state.but(alarm=alarm, acknowledged_by=act.user), now)

        return self._do(incident_id, act, "acknowledged", change)

    def comment(self, incident_id: str, act: Act) -> AlarmItem:
        """Add to the history."""
        return self._do(incident_id, act, "commented", lambda state, _now: state)

    def clear(self, incident_id: str, act: Act) -> AlarmItem:
        """It is done with."""
        return self._do(incident_id, act, "cleared", lambda state, _now: state.but(alarm=lifecycle.clear(state.alarm)))

    def shelve(self, incident_id: str, act: ShelveAct) -> AlarmItem:
        """Keep it from being annunciated for a while."""

        def change(state: IncidentState, now: datetime) -> IncidentState:
            at = rows.ms(now)
            until = at + act.minutes * MINUTE_MS
            return state.but(alarm=lifecycle.shelve(state.alarm, until, at, self._policy.rules))

        return self._do(incident_id, act, "shelved", change, {"minutes": act.minutes})

    def unshelve(self, incident_id: str, act: Act) -> AlarmItem:
        """Annunciate it again."""
        return self._do(
            incident_id, act, "unshelved", lambda state, _now: state.but(alarm=lifecycle.unshelve(state.alarm))
        )

    def label(self, incident_id: str, act: LabelAct) -> AlarmItem:
        """Say what it really was."""
        return self._do(
            incident_id, act, "labelled", lambda state, _now: state.but(label=act.label), {"label": act.label}
        )

    def take_out_of_service(self, request: OutOfServiceRequest) -> OutOfServiceItem:
        """Keep alarms of a channel or satellite from being annunciated until it is returned.

        Raises:
            NotFound: the mission does not have it.
            Conflict: it is out of service already.
        """
        mission = self._missions.get(request.mission)
        if mission is None or not mission.has_satellite(request.satellite_id):
            raise NotFound(f"there is no satellite {request.satellite_id} of mission {request.mission}")
        if request.channel is not None and mission.channel(request.channel) is None:
            raise NotFound(f"mission {request.mission} has no channel {request.channel}")
        with self._engine.begin() as connection:
            now = _now(connection)
            statement = insert(out_of_service).values(**request.model_dump(), since=now).on_conflict_do_nothing()
            row = connection.execute(statement.returning(out_of_service)).mappings().first()
            if row is None:
                raise Conflict(f"{request.channel or request.satellite_id} is out of service already")
            self._renew_service(connection, row["mission"], row["satellite_id"], request.user, request.comment, now)
        return OutOfServiceItem(**row)

    def return_to_service(self, entry_id: int, user: str) -> OutOfServiceItem:
        """Annunciate alarms of it again.

        Raises:
            NotFound: there is no such entry.
            Conflict: it was returned already.
        """
        of = out_of_service.c
        with self._engine.begin() as connection:
            now = _now(connection)
            wanted = select(out_of_service).where(of.entry_id == entry_id).with_for_update()
            row = connection.execute(wanted).mappings().first()
            if row is None:
                raise NotFound(f"nothing was taken out of service as entry {entry_id}")
            if row["returned_at"] is not None:
                raise Conflict(f"it was returned to service by {row['returned_by']}")
            back = update(out_of_service).where(of.entry_id == entry_id).values(returned_at=now, returned_by=user)
            row = connection.execute(back.returning(out_of_service)).mappings().one()
            self._renew_service(connection, row["mission"], row["satellite_id"], user, None, now)
        return OutOfServiceItem(**row)

    def sweep(self) -> int:
        """Do what time alone does: shelvings and delays that are over. Returns how many alarms have changed."""
        i = incident.c
        open_ones = i.state.not_in(("cleared", "logged"))
        due = open_ones & or_(
            i.shelved_until <= func.clock_timestamp(),
            i.state == "pending",
            (i.state.in_(("unacknowledged", "acknowledged")) & ~i.active),
            *([i.state == "returned"] if self._policy.rules.clear_after_ms is not None else []),
        )
        wanted = select(incident).where(due, i.merged_into.is_(None)).order_by(i.incident_id).limit(SWEEP_LIMIT)
        with self._engine.begin() as connection:
            now = _now(connection)
            changed = []
            for row in connection.execute(wanted.with_for_update(skip_locked=True)).mappings().all():
                state = rows.state_of(row)
                after = self._ticked(state, now)
                if after != state:
                    changed.append(
                        self._keep(connection, after, _by_time(state.alarm, after.alarm), None, None, {}, now)
                    )
            self._publish(connection, changed)
        return len(changed)

    def _ticked(self, state: IncidentState, now: datetime) -> IncidentState:
        return state.but(alarm=lifecycle.tick(state.alarm, rows.ms(now), self._policy.rules))

    def _do(
        self, incident_id: str, act: Act, name: str, change: Change, detail: dict[str, Any] | None = None
    ) -> AlarmItem:
        with self._engine.begin() as connection:
            locked = select(incident).where(incident.c.incident_id == incident_id).with_for_update()
            row = connection.execute(locked).mappings().first()
            if row is None:
                raise NotFound(f"there is no incident {incident_id}")
            state = rows.state_of(row)
            current = alarm_item(state, self._missions)
            if state.merged_into is not None:
                raise Stale(f"it is part of incident {state.merged_into}", current)
            if state.version != act.version:
                raise Stale(f"it has changed since version {act.version}; it is at {state.version}", current)
            now = _now(connection)
            try:
                after = change(state, now)
            except NotPossible as error:
                raise Stale(str(error), current) from error
            after = self._keep(connection, after, name, act.user, act.comment, detail or {}, now)
            self._publish(connection, [after])
        metrics.ALARM_ACTS.labels(name).inc()
        return alarm_item(after, self._missions)

    def _keep(
        self,
        connection: Connection,
        state: IncidentState,
        act: str,
        user: str | None,
        comment: str | None,
        detail: dict[str, Any],
        now: datetime,
    ) -> IncidentState:
        state = state.but(version=state.version + 1, updated_at=now)
        rows.write(connection, state)
        rows.put_act(connection, state, act, user=user, comment=comment, detail=detail)
        return state

    def _renew_service(
        self, connection: Connection, mission: str, satellite_id: str, user: str, comment: str | None, now: datetime
    ) -> None:
        i = incident.c
        open_ones = (i.satellite_id == satellite_id) & (i.mission == mission) & i.state.not_in(("cleared", "logged"))
        changed = []
        wanted = select(incident).where(open_ones).order_by(i.incident_id).with_for_update()
        for row in connection.execute(wanted).mappings().all():
            state = rows.state_of(row)
            out = rows.is_out_of_service(connection, state)
            if out != state.alarm.out_of_service:
                after = state.but(alarm=lifecycle.service(state.alarm, out=out))
                act = "taken out of service" if out else "returned to service"
                changed.append(self._keep(connection, after, act, user, comment, {}, now))
        self._publish(connection, changed)

    def _publish(self, connection: Connection, changed: list[IncidentState]) -> None:
        if changed:
            self._on_change(connection, [alarm_item(state, self._missions) for state in changed])


def _by_time(before: Alarm, after: Alarm) -> str:
    if after.raised > before.raised:
        return "raised"
    if after.state != before.state:
        return "cleared" if after.state == "cleared" else "returned to normal"
    return "shelving ended"


def _now(connection: Connection) -> datetime:
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return now
