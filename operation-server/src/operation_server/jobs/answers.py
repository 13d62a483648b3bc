"""Jobs as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from operation_server.db.rows import Row
from operation_server.jobs.schemas import JobItem

RESULT_URL = "/api/v1/inference/result/"


def job_fields(row: Row) -> dict[str, Any]:
    """What the API shows of a job, from its row."""
    direct: Sequence[str] = (
        "job_id",
        "status",
        "satellite_id",
        "mission",
        "batch_uid",
        "model",
        "subsystems",
        "submitted_at",
        "finished_at",
        "verdict",
    )
    return {
        **{name: row[name] for name in direct},
        "from": row["first_time"],
        "to": row["last_time"],
        "result_url": RESULT_URL + row["job_id"],
    }


def job_item(row: Row) -> JobItem:
    """A job, from its row."""
    return JobItem(**job_fields(row))
