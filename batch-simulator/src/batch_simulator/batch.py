"""A batch: a pass's worth of records of one satellite, ready to be sent."""

from __future__ import annotations

from dataclasses import dataclass

from batch_simulator.counter_rng import Floats, Integers
from batch_simulator.times import compact
from passwatch.contracts import Stream
from passwatch.ids import batch_uid


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch. Record ``indices[i]`` was taken at ``timestamps[i]``; NaN marks a missing sample.

    ``records`` is how many records the batch has in truth; those whose index is absent are lost.
    """

    mission: str
    satellite_id: str
    records: int
    first_ms: int
    last_ms: int
    indices: Integers
    timestamps: Integers
    channels: dict[str, Floats]
    stream: Stream = "realtime"

    @property
    def batch_id(self) -> str:
        """Satellite and start: sending the same span of the same satellite again is sending the same batch again."""
        return f"{self.satellite_id}-{compact(self.first_ms)}"

    @property
    def uid(self) -> str:
        """The id by which the public API knows it."""
        return batch_uid(self.mission, self.satellite_id, self.batch_id, self.stream)
