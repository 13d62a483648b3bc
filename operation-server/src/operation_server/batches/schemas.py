"""Batches: what came, how complete it was, and what it was judged to be."""

from __future__ import annotations

from pydantic import Field

from operation_server.events.schemas import EventItem
from operation_server.judgements.schemas import ChannelReport, ProvenanceItem, SubsystemVerdict
from operation_server.web import examples as samples
from operation_server.web.schemas import (
    ApiModel,
    BatchStatus,
    IndexSpanItem,
    Instant,
    OverallVerdict,
    Page,
    RejectedSamplesItem,
    RepeatedTimesItem,
    RuleName,
    SeverityName,
    VerdictName,
    example,
)
from passwatch.contracts import Stream


class WorstChannel(ApiModel):
    """A channel that stands out in a batch."""

    channel: str
    subsystem: str
    score: float | None = Field(description="the channel's highest score")
    threshold: float | None = Field(description="the score from which it is an anomaly")
    severity: SeverityName | None = Field(description="the worst of its events; null if it has none")


class BatchHead(ApiModel):
    """What is known of a batch as a whole. Verdict and completeness are those of its current revision."""

    batch_uid: str = Field(description="the batch's public id, unique across missions, satellites and streams")
    batch_id: str = Field(description="the id that the ground station gave it, unique for its satellite")
    satellite_id: str
    mission: str
    stream: Stream = Field(description="how its telemetry came")
    status: BatchStatus
    verdict: OverallVerdict = Field(description="the worst of its subsystems' verdicts; PENDING before the first")
    revision: int | None = Field(description="the current revision: the highest complete one; null before the first")
    records: int = Field(description="distinct records stored (those judged, once it has a verdict)")
    expected: int | None = Field(description="records that the marker announced; null without a marker")
    completeness: float | None = Field(description="records / expected, at most 1; null without a marker", le=1, ge=0)
    rule: RuleName | None = Field(description="the rule that closed the current revision")
    first_time: Instant | None = Field(description="event time of the first record")
    last_time: Instant | None = Field(description="event time of the last record")
    marker_time: Instant | None = Field(description="when Kafka took the batch-complete marker")
    verdict_time: Instant | None = Field(description="when the last subsystem's verdict was committed")
    seconds_to_verdict: float | None = Field(description="from marker_time to verdict_time")
    worst_channels: list[WorstChannel] = Field(description="at most three, worst first")


class BatchSummary(BatchHead):
    """A batch in a list."""

    model_config = example(samples.BATCH_SUMMARY)

    events: int = Field(description="anomaly events of the current revision")


class BatchPage(Page[BatchSummary]):
    """A page of batches, those heard of last first."""

    model_config = example({"items": [samples.BATCH_SUMMARY], "next": None})


class MovedEvent(ApiModel):
    """An event that both revisions have, with other bounds or another severity."""

    before: EventItem
    after: EventItem


class VerdictChange(ApiModel):
    """A subsystem that was judged otherwise; null where the revision did not judge it."""

    subsystem: str
    before: VerdictName | None
    after: VerdictName | None


class RevisionDiff(ApiModel):
    """What changed against the complete revision before."""

    previous: int = Field(description="the revision that it is compared with")
    records_added: int
    gained: list[EventItem]
    lost: list[EventItem]
    moved: list[MovedEvent]
    verdicts: list[VerdictChange]


class RevisionItem(ApiModel):
    """One revision of a batch: what it was judged on, and the verdict. Nothing of it is ever overwritten."""

    revision: int
    complete: bool = Field(description="whether every subsystem has its verdict")
    current: bool = Field(description="whether it is the highest complete one")
    rule: RuleName
    expected: int | None
    records: int
    unexpected: int = Field(description="records with an index at or past `expected`")
    completeness: float | None
    missing: list[IndexSpanItem]
    conflicts: list[IndexSpanItem] = Field(description="records that were sent again with other values")
    rejected: list[RejectedSamplesItem] = Field(description="samples that were not stored, by channel")
    repeated_times: RepeatedTimesItem | None = Field(
        description="records whose clock ran backwards; a batch with such is never complete"
    )
    other_markers: list[int] = Field(description="records announced by markers that contradict `expected`")
    first_time: Instant | None
    last_time: Instant | None
    marker_time: Instant | None
    verdict: OverallVerdict
    verdict_time: Instant | None
    seconds_to_verdict: float | None
    subsystems: list[SubsystemVerdict]
    diff: RevisionDiff | None = Field(description="null for the first complete revision, or while incomplete")


class OverlapItem(ApiModel):
    """Another batch of the same stream, and the span of time that both have records of."""

    batch_uid: str
    batch_id: str
    verdict: OverallVerdict
    from_: Instant = Field(alias="from")
    to: Instant


class BatchDetail(BatchHead):
    """A batch with its evidence. Channels, subsystems, events and provenance are those of the current revision."""

    model_config = example(
        {
            **samples.BATCH_HEAD,
            "events": [samples.EVENT],
            "revisions": [samples.REVISION],
            "channels": [samples.CHANNEL],
            "subsystems": [samples.SUBSYSTEM],
            "provenance": [samples.PROVENANCE],
            "overlaps": [],
        }
    )

    events: list[EventItem]
    revisions: list[RevisionItem] = Field(description="the newest first")
    channels: list[ChannelReport]
    subsystems: list[SubsystemVerdict]
    provenance: list[ProvenanceItem]
    overlaps: list[OverlapItem] = Field(
        description="other batches of its stream with records from the same time; each is judged on its own records"
    )
