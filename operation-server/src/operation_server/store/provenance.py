"""What made a judgement: its own words, and what is stored of the calibration that it names."""

from __future__ import annotations

from sqlalchemy import select

from operation_server.schemas.batches import ProvenanceItem
from operation_server.schemas.calibrations import JudgingCalibration
from operation_server.store.calibration_tables import calibration
from operation_server.store.summaries import Row
from operation_server.store.tables import judgement

_STORED = ("origin", "source", "first_time", "last_time", "created_at")

OF_CALIBRATION = tuple(calibration.c[name].label(f"calibration_{name}") for name in _STORED)
"""Columns of the calibration, for a query that outer joins ``calibration`` :data:`BY_REVISION`."""
BY_REVISION = calibration.c.revision == judgement.c.calibration
JUDGED = select(judgement, *OF_CALIBRATION).outerjoin(calibration, BY_REVISION)
"""Judgements, each with what is stored of its calibration."""


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
