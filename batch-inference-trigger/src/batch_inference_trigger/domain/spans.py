"""The algebra of record indices: unions of ranges, gaps between them, counts. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from passwatch.contracts import IndexSpan, RejectedSamples, RepeatedTimes, TimeRange


def union(ranges: Iterable[TimeRange]) -> tuple[TimeRange, ...]:
    """The ranges in order, those of a take that touch or overlap joined; they keep the outermost times of their parts.

    Ranges that touch stay apart where the clock ran backwards between them. No record is in two takes.

    The result does not depend on the order of the ranges, nor on how often one is named.
    """
    joined: list[TimeRange] = []
    for item in sorted(ranges, key=_order):
        last = joined[-1] if joined else None
        if last is not None and _joins(last, item):
            joined[-1] = TimeRange(
                take=last.take,
                first=last.first,
                count=max(last.first + last.count, item.first + item.count) - last.first,
                first_time=min(last.first_time, item.first_time),
                last_time=max(last.last_time, item.last_time),
            )
        else:
            joined.append(item)
    return tuple(joined)


def _order(item: TimeRange) -> tuple[int, ...]:
    return item.first, item.count, item.take or 0, item.first_time, item.last_time


def _joins(one: TimeRange, other: TimeRange) -> bool:
    """Whether two ranges, the second not before the first, are one."""
    end = one.first + one.count
    return other.first < end or (other.first == end and other.take == one.take and other.first_time > one.last_time)


def repeated_times(ranges: Sequence[TimeRange]) -> RepeatedTimes | None:
    """The records of ranges in order whose times do not follow all those before them; None if there are none."""
    latest = -1
    found: list[TimeRange] = []
    for item in ranges:
        if item.first_time <= latest:
            found.append(item)
        latest = max(latest, item.last_time)
    if not found:
        return None
    return RepeatedTimes(
        count=count(found),
        first_time=min(item.first_time for item in found),
        last_time=max(item.last_time for item in found),
    )


def union_spans(spans: Iterable[IndexSpan]) -> tuple[IndexSpan, ...]:
    """As :func:`union`, for indices without times."""
    joined: list[IndexSpan] = []
    for item in sorted(spans, key=lambda s: (s.first, s.count)):
        last = joined[-1] if joined else None
        if last is not None and item.first <= last.first + last.count:
            end = max(last.first + last.count, item.first + item.count)
            joined[-1] = IndexSpan(first=last.first, count=end - last.first)
        else:
            joined.append(item)
    return tuple(joined)


def union_rejected(samples: Iterable[RejectedSamples]) -> tuple[RejectedSamples, ...]:
    """As :func:`union_spans`, for samples of each channel and reason apart."""
    by_kind: dict[tuple[str, str], list[IndexSpan]] = defaultdict(list)
    for one in samples:
        by_kind[one.channel, one.reason].append(IndexSpan(first=one.first, count=one.count))
    return tuple(
        RejectedSamples(channel=channel, reason=reason, first=span.first, count=span.count)
        for (channel, reason), spans in sorted(by_kind.items())
        for span in union_spans(spans)
    )


def total_rejected(samples: Sequence[RejectedSamples]) -> list[RejectedSamples]:
    """The samples of each channel and reason together: how many, and the first record of which one is."""
    totals: dict[tuple[str, str], RejectedSamples] = {}
    for one in samples:
        before = totals.get((one.channel, one.reason))
        totals[one.channel, one.reason] = one if before is None else replace(before, count=before.count + one.count)
    return list(totals.values())


def count(spans: Sequence[TimeRange] | Sequence[IndexSpan]) -> int:
    """How many indices disjoint spans hold."""
    return sum(span.count for span in spans)


def count_below(ranges: Sequence[TimeRange], limit: int) -> int:
    """How many indices of disjoint ranges lie below ``limit``."""
    return sum(min(r.first + r.count, limit) - r.first for r in ranges if r.first < limit)


def gaps(ranges: Sequence[TimeRange], limit: int) -> list[IndexSpan]:
    """The indices below ``limit`` that are in none of the ranges, which are in order and disjoint."""
    found: list[IndexSpan] = []
    at = 0
    for item in ranges:
        if item.first >= limit:
            break
        if item.first > at:
            found.append(IndexSpan(first=at, count=item.first - at))
        at = item.first + item.count
    if at < limit:
        found.append(IndexSpan(first=at, count=limit - at))
    return found


def end(ranges: Sequence[TimeRange]) -> int:
    """One past the highest index of ranges in order; 0 if there are none."""
    return ranges[-1].first + ranges[-1].count if ranges else 0
