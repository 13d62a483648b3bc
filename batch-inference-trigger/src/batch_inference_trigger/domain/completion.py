"""The completion rule: what is known of a batch, and when that is enough to judge it. Pure: no clock, no I/O.

What is known (:class:`Batch`) is a join: merging progress is commutative and idempotent, so replays, duplicates and
any order of messages end in the same knowledge. Time is the broker time that the partition's heartbeats have reached,
never the wall clock: while the consumer is stopped or behind, no time passes and nothing is closed.

* marker and all its records: closed at once (``complete``)
* marker, some records missing: after ``grace`` since the later of the marker and the last activity (``grace``)
* no marker: after ``quiet`` since the last activity (``quiet``)
* whatever keeps the batch active: ``max_wait`` after the first thing that was not judged yet (``max_wait``)

A closed batch that learns something new (more records, a marker, a conflict) is open again, and the same rule decides
its next revision; a batch that had been whole waits for the grace, so that a resend makes one revision, not many.
Markers that disagree: the larger count holds, because calling a batch whole too early would hide missing records.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from batch_inference_trigger.domain import spans
from passwatch.contracts import Completeness, CompletionRule, IndexSpan, Marker, RejectedSamples, TimeRange

AT_ONCE = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """How long the rule waits, in milliseconds of broker time."""

    grace_ms: int
    quiet_ms: int
    max_wait_ms: int


@dataclass(frozen=True, slots=True)
class Judged:
    """What the latest revision was judged on: counts are enough, because knowledge only grows."""

    records: int
    conflicts: int
    expected: int | None
    whole: bool
    other_markers: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """News of a batch: stored ranges, conflicts, rejected samples, a marker, and their newest broker time."""

    ranges: tuple[TimeRange, ...]
    conflicts: tuple[IndexSpan, ...]
    marker: Marker | None
    broker_time: int
    rejected: tuple[RejectedSamples, ...] = ()


class Closing(NamedTuple):
    """How an open batch will be closed: by ``rule``, when the partition's clock reaches ``at``."""

    rule: CompletionRule
    at: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What is known of one batch. ``revision`` is the latest one judged, 0 before the first.

    ``open_since`` is the broker time of the earliest news that no revision covers, None if there is none.
    """

    ranges: tuple[TimeRange, ...] = ()
    conflicts: tuple[IndexSpan, ...] = ()
    marker: Marker | None = None
    last_activity: int = 0
    open_since: int | None = None
    revision: int = 0
    judged: Judged | None = None
    rejected: tuple[RejectedSamples, ...] = ()
    other_markers: tuple[int, ...] = ()
    """The records that markers announced which do not hold, rising."""

    def merge(self, news: Progress) -> Batch:
        """The knowledge of both; news that are known already leave all but the last activity as it is."""
        merged = replace(
            self,
            ranges=spans.union((*self.ranges, *news.ranges)),
            conflicts=spans.union_spans((*self.conflicts, *news.conflicts)),
            marker=join_markers(self.marker, news.marker),
            other_markers=_other_markers(self, news.marker),
            rejected=spans.union_rejected((*self.rejected, *news.rejected)),
            last_activity=max(self.last_activity, news.broker_time),
        )
        if self.judged is not None and merged._now() == self._now():
            return merged
        since = news.broker_time if self.open_since is None else min(self.open_since, news.broker_time)
        return replace(merged, open_since=since)

    @property
    def expected(self) -> int | None:
        """How many records the marker announced; None without one."""
        return self.marker.records if self.marker else None

    @property
    def whole(self) -> bool:
        """Whether the marker came and every record that it announced is there, in the order of time."""
        return (
            self.marker is not None
            and spans.count_below(self.ranges, self.marker.records) == self.marker.records
            and spans.repeated_times(self.ranges) is None
        )

    @property
    def dirty(self) -> bool:
        """Whether something is known that no revision was judged on."""
        return self.judged != self._now()

    def closing(self, policy: Policy) -> Closing | None:
        """How and when it will be closed if nothing more comes; None if it has nothing new to judge."""
        if not self.dirty or self.open_since is None:
            return None
        if self.whole and not (self.judged and self.judged.whole):
            return Closing("complete", AT_ONCE)
        limit = self.open_since + policy.max_wait_ms
        if self.marker is None:
            calm = Closing("quiet", self.last_activity + policy.quiet_ms)
        else:
            calm = Closing("grace", max(self.last_activity, self.marker.broker_time) + policy.grace_ms)
        first = min(calm, Closing("max_wait", limit), key=lambda closing: closing.at)
        return Closing("complete", first.at) if self.whole else first

    def decide(self, policy: Policy, clock: int | None) -> CompletionRule | None:
        """The rule by which it is to be closed now that the partition's clock is ``clock``; None: not yet."""
        closing = self.closing(policy)
        if closing is None or (closing.at != AT_ONCE and (clock is None or clock < closing.at)):
            return None
        return closing.rule

    def close(self) -> Batch:
        """The same knowledge, judged: the next revision."""
        return replace(self, revision=self.revision + 1, judged=self._now(), open_since=None)

    def completeness(self, rule: CompletionRule) -> Completeness:
        """How whole it is, in the words of the contract."""
        expected = self.expected
        limit = spans.end(self.ranges) if expected is None else expected
        records = spans.count(self.ranges)
        return Completeness(
            rule=rule,
            expected=expected,
            records=records,
            unexpected=records - spans.count_below(self.ranges, limit),
            missing=spans.gaps(self.ranges, limit),
            conflicts=list(self.conflicts),
            rejected=spans.total_rejected(self.rejected),
            repeated_times=spans.repeated_times(self.ranges),
            other_markers=list(self.other_markers),
        )

    def _now(self) -> Judged:
        return Judged(
            records=spans.count(self.ranges),
            conflicts=spans.count(self.conflicts),
            expected=self.expected,
            whole=self.whole,
            other_markers=len(self.other_markers),
        )


def _other_markers(known: Batch, given: Marker | None) -> tuple[int, ...]:
    counts = {*known.other_markers, *(marker.records for marker in (known.marker, given) if marker is not None)}
    return tuple(sorted(counts)[:-1])


def join_markers(one: Marker | None, other: Marker | None) -> Marker | None:
    """The marker that holds when both came: the larger count; of equals the earliest arrival, the outermost times."""
    if one is None or other is None:
        return one or other
    if one.records != other.records:
        return max(one, other, key=lambda marker: marker.records)
    return Marker(
        records=one.records,
        first_time=min(one.first_time, other.first_time),
        last_time=max(one.last_time, other.last_time),
        broker_time=min(one.broker_time, other.broker_time),
    )
