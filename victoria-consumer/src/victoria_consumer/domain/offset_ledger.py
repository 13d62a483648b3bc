"""Which offsets may be committed: those of data that was stored long enough ago to be durable.

Queryable is not durable: VictoriaMetrics loses what it took in the last seconds when it is killed. So offsets wait
here, and whoever starts again from the committed ones imports the rest once more.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Partition:
    epoch: int
    resume: int | None = None
    taken: int | None = None
    stored: int | None = None
    waiting: deque[tuple[int, float]] = field(default_factory=deque)


class OffsetLedger:
    """Follows the offsets of the assigned partitions from taken to stored to committed.

    Times are seconds of any one steadily rising clock. An *epoch* counts how often a partition was assigned or
    rewound: what was begun in an earlier epoch no longer counts.
    """

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self._epoch = 0
        self._partitions: dict[int, _Partition] = {}

    @property
    def partitions(self) -> list[int]:
        """The assigned partitions."""
        return list(self._partitions)

    def assign(self, partition: int) -> None:
        """Begin to follow a partition."""
        self._epoch += 1
        self._partitions[partition] = _Partition(self._epoch)

    def forget(self, partition: int) -> None:
        """No longer follow a partition."""
        self._partitions.pop(partition, None)

    def take(self, partition: int, first: int, end: int) -> int | None:
        """Note that offsets ``first`` to before ``end`` were taken in; returns their epoch, None if it is not ours."""
        followed = self._partitions.get(partition)
        if followed is None:
            return None
        if followed.resume is None:
            followed.resume = first
        followed.taken = end
        return followed.epoch

    def store(self, partition: int, epoch: int, end: int, at: float) -> bool:
        """Note that everything before ``end`` was stored and reported at ``at``; false if that is of an old epoch."""
        followed = self._partitions.get(partition)
        if followed is None or followed.epoch != epoch:
            return False
        followed.stored = end
        followed.waiting.append((end, at))
        return True

    def taken(self, partition: int) -> int | None:
        """The offset before which everything was taken; None if nothing was since the assignment."""
        followed = self._partitions.get(partition)
        return None if followed is None else followed.taken

    def settled(self, partition: int) -> bool:
        """Whether everything taken of this partition is stored and reported."""
        followed = self._partitions.get(partition)
        return followed is not None and followed.taken == followed.stored

    def due(self, alive_until: float) -> dict[int, int]:
        """The offset to commit per partition, if the storage is known to have run without a break until then."""
        limit = alive_until - self._delay_s
        result: dict[int, int] = {}
        for partition, followed in self._partitions.items():
            due = [end for end, at in followed.waiting if at <= limit]
            if due:
                result[partition] = due[-1]
        return result

    def commit(self, partition: int, offset: int) -> None:
        """Note that this offset of a partition has been committed."""
        followed = self._partitions.get(partition)
        if followed is None:
            return
        followed.resume = max(offset, followed.resume or 0)
        while followed.waiting and followed.waiting[0][0] <= offset:
            followed.waiting.popleft()

    def rewind(self) -> dict[int, int]:
        """Forget everything that is not committed; returns the offsets to take in again, per partition."""
        resume: dict[int, int] = {}
        for partition, followed in self._partitions.items():
            self._epoch += 1
            self._partitions[partition] = _Partition(self._epoch, followed.resume, followed.resume, followed.resume)
            if followed.resume is not None:
                resume[partition] = followed.resume
        return resume
