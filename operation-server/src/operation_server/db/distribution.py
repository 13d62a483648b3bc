"""How durations are distributed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Float, func, select


@dataclass(frozen=True, slots=True)
class Distribution:
    """How many values there are, and how they are distributed; None where there are none."""

    count: int
    median: float | None
    p95: float | None
    max: float | None


def seconds(start: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[Any]:
    """Seconds from one time to another."""
    return func.extract("epoch", end - start).cast(Float)


def percentiles(connection: Connection, value: ColumnElement[Any], where: ColumnElement[bool]) -> Distribution:
    """How a value is distributed; rows that have none do not count."""
    row = connection.execute(
        select(
            func.count(value),
            func.percentile_cont(0.5).within_group(value),
            func.percentile_cont(0.95).within_group(value),
            func.max(value),
        ).where(where)
    ).one()
    return Distribution(count=row[0], median=row[1], p95=row[2], max=row[3])
