"""How many messages of a partition may be rejected before it is slowed. Pure: no clock, no I/O.

A sender that floods a topic with what cannot be read must not fill the dead-letter topic as fast as it can send, and
many rejections in a row may mean that the reader is wrong, not the messages. So rejections take tokens from a bucket
that fills again by itself; where it is empty, the partition waits. Nothing is skipped, and nobody has to restart it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class RejectBudget:
    """Token buckets, one a partition; times are seconds of any one steadily rising clock."""

    def __init__(self, burst: int, per_s: float, resume_at: float = 0.1) -> None:
        """``burst`` rejections at once, ``per_s`` a second after; a slowed partition goes on at ``resume_at`` of it."""
        self._burst, self._per_s, self._resume = burst, per_s, max(1.0, burst * resume_at)
        self._buckets: dict[int, _Bucket] = {}
        self._slowed: set[int] = set()

    @property
    def slowed(self) -> frozenset[int]:
        """The partitions that wait."""
        return frozenset(self._slowed)

    def reject(self, partition: int, now: float) -> bool:
        """Note a rejected message; true if that was the last one that the partition may have for now."""
        bucket = self._fill(partition, now)
        bucket.tokens -= 1
        if bucket.tokens < 1:
            self._slowed.add(partition)
            return True
        return False

    def ready(self, now: float) -> list[int]:
        """The partitions that have waited long enough; they are slowed no longer."""
        done = [p for p in sorted(self._slowed) if self._fill(p, now).tokens >= self._resume]
        self._slowed.difference_update(done)
        return done

    def forget(self, partition: int) -> None:
        """The partition is another consumer's now."""
        self._slowed.discard(partition)
        self._buckets.pop(partition, None)

    def _fill(self, partition: int, now: float) -> _Bucket:
        bucket = self._buckets.get(partition)
        if bucket is None:
            bucket = self._buckets[partition] = _Bucket(float(self._burst), now)
        bucket.tokens = min(float(self._burst), bucket.tokens + max(0.0, now - bucket.filled_at) * self._per_s)
        bucket.filled_at = now
        return bucket
