"""What made a judgement: its own words, and what is stored of the calibration that it names."""

from __future__ import annotations

from sqlalchemy import select

from operation_server.db.calibration_tables import calibration
from operation_server.db.tables import judgement

_STORED = ("origin", "source", "first_time", "last_time", "created_at")

OF_CALIBRATION = tuple(calibration.c[name].label(f"calibration_{name}") for name in _STORED)
"""Columns of the calibration, for a query that outer joins ``calibration`` :data:`BY_REVISION`."""
BY_REVISION = calibration.c.revision == judgement.c.calibration
JUDGED = select(judgement, *OF_CALIBRATION).outerjoin(calibration, BY_REVISION)
"""Judgements, each with what is stored of its calibration."""
