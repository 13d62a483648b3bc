"""Judgements as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence

from operation_server.calibrations.schemas import JudgingCalibration
from operation_server.db.rows import Row
from operation_server.judgements.aggregate import completeness, seconds_between
from operation_server.judgements.schemas import ChannelReport, JudgementItem, ProvenanceItem, SubsystemVerdict
from operation_server.missions_in_use import Missions, unit_of


def subsystem_verdict(row: Row) -> SubsystemVerdict:
    """A subsystem's verdict, from a row of ``judgement``."""
    return SubsystemVerdict(
        subsystem=row["subsystem"],
        verdict=row["verdict"],
        reason=row["reason"],
        judgement_id=row["judgement_id"],
        verdict_time=row["committed_at"],
        events=row["events"],
    )


def channel_reports(rows: Sequence[Row], missions: Missions) -> list[ChannelReport]:
    """Channels, from rows of ``judgement_channel`` joined with their judgements, in the order of the missions' files.

    Those that no mission lists come last, in the order of the rows.
    """
    order = {(m.id, c.name): i for m in missions.values() for i, c in enumerate(m.channels)}
    in_order = sorted(rows, key=lambda r: (order.get((r["mission"], r["channel"]), len(order)), r["channel"]))
    return [_channel_report(row, missions) for row in in_order]


def _channel_report(row: Row, missions: Missions) -> ChannelReport:
    return ChannelReport(
        **{name: row[name] for name in _CHANNEL_FIELDS},
        unit=unit_of(missions, row["mission"], row["channel"]),
        completeness=completeness(row["samples"], row["expected"]),
    )


_CHANNEL_FIELDS = [n for n in ChannelReport.model_fields if n not in ("unit", "completeness")]


def provenance_item(row: Row) -> ProvenanceItem:
    """What made a judgement, from a row of :data:`JUDGED`."""
    own = {name: row[name] for name in ProvenanceItem.model_fields if name != "calibration"}
    return ProvenanceItem(**own, calibration=calibration_used(row))


def calibration_used(row: Row) -> JudgingCalibration | None:
    """The calibration that a judgement was made by, from a row of :data:`JUDGED`; None where nothing was judged."""
    if row["calibration"] is None:
        return None
    return JudgingCalibration.model_validate(
        {
            "revision": row["calibration"],
            "scope": row["calibration_scope"],
            "origin": row["calibration_origin"],
            "source": row["calibration_source"],
            "from": row["calibration_first_time"],
            "to": row["calibration_last_time"],
            "created_at": row["calibration_created_at"],
        }
    )


def judgement_item(row: Row) -> JudgementItem:
    """A judgement in a list, from a row of ``judgement``."""
    return JudgementItem(
        **{name: row[name] for name in _JUDGEMENT_FIELDS},
        verdict_time=row["committed_at"],
        seconds_to_verdict=None if row["job_id"] else seconds_between(row["marker_time"], row["committed_at"]),
        judging_s=(row["finished_at"] - row["started_at"]).total_seconds(),
    )


_JUDGEMENT_FIELDS = [
    n for n in JudgementItem.model_fields if n not in ("verdict_time", "seconds_to_verdict", "judging_s")
]
