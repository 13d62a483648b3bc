"""The messages that travel through Kafka and RabbitMQ: their types, meaning and encoding.

Every Kafka message carries its type, the schema version and the W3C trace context as headers (see
:mod:`passwatch.headers`); the payload is JSON, so that it is readable in Kafka UI. Times are integers,
milliseconds since the Unix epoch, UTC. *Event time* is when a sample was taken on board; *broker time*
is when Kafka appended a message (``LogAppendTime``).

The key of a message about a satellite is the satellite id, so the messages of one satellite keep their order.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from passwatch.names import BATCH_PATTERN, MAX_NAME, MISSION_PATTERN, SATELLITE_PATTERN

SCHEMA_VERSION = 1

MissionId = Annotated[str, Meta(pattern=MISSION_PATTERN)]
SatelliteId = Annotated[str, Meta(pattern=SATELLITE_PATTERN)]
BatchId = Annotated[str, Meta(pattern=BATCH_PATTERN)]
Uid = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$(?!\n)")]
"""A UUID in its usual text form."""

MAX_TIME_MS = 7_258_118_400_000
"""The end of the year 2199: later times are nonsense, and must not reach what keeps or shows them."""
MAX_RECORDS = 2**31 - 1
"""The highest record index and count; those who keep them do so in 32 bits."""
MAX_BATCH_RECORDS = 250_000
"""The most records of a batch,"""
MAX_BATCH_SAMPLES = 750_000
"""and of a batch the most records times channels of one subsystem: what one task of a worker has memory for."""
HASH_BYTES = 8

Stream = Literal["realtime", "dump", "import", "test"]
"""How telemetry came: as it was taken, from a recorder on board, from a file, or in a test beside flight data."""
MAX_TAKES = 16
"""How many takes a stream may have."""

TimeMs = Annotated[int, Meta(ge=0, le=MAX_TIME_MS)]
Take = Annotated[int, Meta(ge=0, lt=MAX_TAKES)]
"""Which of the series beside one another holds a sample: within a take no two batches share a span of time."""
Index = Annotated[int, Meta(ge=0, le=MAX_RECORDS)]
Count = Annotated[int, Meta(ge=1, le=MAX_RECORDS)]


class Message(Struct, frozen=True, kw_only=True):
    """The base of every contract: immutable, fields by keyword; unknown fields are ignored."""


class TelemetryChunk(Message, frozen=True, kw_only=True):
    """One or more consecutive records of a batch, column by column.

    Record ``first_index + i`` was taken at ``timestamps[i]`` and holds ``channels[name][i]`` for each
    channel; ``null`` marks a missing sample. Timestamps rise strictly. All samples of one record
    travel in one message; the same record may be sent again. A batch belongs to one stream: batches of different
    streams have nothing to do with each other, whatever their ids and times.
    """

    mission: MissionId
    satellite_id: SatelliteId
    batch_id: BatchId
    first_index: Index
    timestamps: Annotated[list[TimeMs], Meta(min_length=1)]
    channels: dict[str, list[float | None]]
    stream: Stream = "realtime"


class BatchEnd(Message, frozen=True, kw_only=True):
    """The batch-complete marker: how many records the batch has, and the event times that bound it."""

    mission: MissionId
    satellite_id: SatelliteId
    batch_id: BatchId
    records: Count
    first_time: TimeMs
    last_time: TimeMs
    stream: Stream = "realtime"


class StoredRange(Message, frozen=True, kw_only=True):
    """Consecutive records that can be read back from storage now.

    ``hashes`` is base64 of one little-endian uint64 per record: a hash of the record's time and values,
    the same however the records were chunked, so that a resend with other values is noticed. ``take`` is the take that
    holds them.
    """

    first: Index
    count: Count
    first_time: TimeMs
    last_time: TimeMs
    hashes: str
    take: Take = 0

    def __post_init__(self) -> None:
        """Raises:
        ValueError: the hashes are not those of ``count`` records, or the times fall.
        """
        if len(self.hashes) != -(-self.count * HASH_BYTES // 3) * 4:
            raise ValueError(f"hashes of {len(self.hashes)} characters are not those of {self.count} records")
        if self.first_time > self.last_time:
            raise ValueError(f"first_time {self.first_time} is after last_time {self.last_time}")


class RejectedSamples(Message, frozen=True, kw_only=True):
    """Samples of one channel that were not stored: those of ``count`` records from ``first`` on.

    ``reason`` is one of the dead letters'.
    """

    channel: Annotated[str, Meta(max_length=MAX_NAME)]
    reason: Annotated[str, Meta(max_length=MAX_NAME)]
    first: Index
    count: Count


class Marker(Message, frozen=True, kw_only=True):
    """A batch-complete marker as the consumer saw it, with the broker time at which Kafka took it."""

    records: Count
    first_time: TimeMs
    last_time: TimeMs
    broker_time: TimeMs


class BatchProgress(Message, frozen=True, kw_only=True):
    """What became stored and queryable of one batch. Replaying it changes nothing.

    ``broker_time`` is the broker time of the newest message of this batch that it covers. ``rejected`` are samples of
    records in ``ranges`` that were left out.
    """

    mission: MissionId
    satellite_id: SatelliteId
    batch_id: BatchId
    ranges: list[StoredRange]
    marker: Marker | None
    broker_time: TimeMs
    rejected: list[RejectedSamples] = []
    stream: Stream = "realtime"


class PartitionHeartbeat(Message, frozen=True, kw_only=True):
    """All telemetry of ``partition`` up to ``broker_time`` has been handled, and its progress published before this.

    Sent to the same partition number of the progress topic; it is the clock of the completion rule.
    """

    partition: Index
    broker_time: TimeMs


CompletionRule = Literal["complete", "grace", "quiet", "max_wait", "on_demand"]


class TimeRange(Message, frozen=True, kw_only=True):
    """Records ``first`` … ``first + count - 1``, taken from ``first_time`` to ``last_time`` inclusive.

    ``take`` holds them; None: whichever is the newest at each time.
    """

    first: Index
    count: Count
    first_time: TimeMs
    last_time: TimeMs
    take: Take | None = 0


class IndexSpan(Message, frozen=True, kw_only=True):
    """``count`` consecutive record indices from ``first``."""

    first: Index
    count: Count


class RepeatedTimes(Message, frozen=True, kw_only=True):
    """How many records of a batch have times that do not follow those before them, and the span of their times."""

    count: Count
    first_time: TimeMs
    last_time: TimeMs


class Completeness(Message, frozen=True, kw_only=True):
    """How whole a batch was when it was closed, and by which rule.

    ``expected`` is None when no marker came. ``records`` counts the distinct stored records, ``unexpected`` those of
    them with an index at or past ``expected``. ``missing`` are the absent records below ``expected`` (or below the
    highest one seen, without a marker). ``conflicts`` are records that were sent again with other values. ``rejected``
    are samples that were not stored, each channel's together; their records' other channels were. ``repeated_times``
    are records whose clock ran backwards within the batch: such a batch is never complete. ``other_markers`` are the
    counts of markers that contradicted the one that holds, which announced the most records.
    """

    rule: CompletionRule
    expected: int | None
    records: int
    unexpected: int = 0
    missing: list[IndexSpan] = []
    conflicts: list[IndexSpan] = []
    rejected: list[RejectedSamples] = []
    repeated_times: RepeatedTimes | None = None
    other_markers: list[int] = []


class JudgeTask(Message, frozen=True, kw_only=True):
    """One subsystem of one revision of a batch, to be judged: the payload of a Celery task.

    The worker reads exactly the samples of ``ranges`` (and the detector's history before them). ``judgement_id`` is
    uuid5 of what the task is about, so that running it twice gives one result. ``job_id`` is set for a judgement
    that a person asked for; it never replaces a batch's revision. ``marker_time`` is the broker time of the
    marker. ``model`` restricts the judgement to one served model.
    """

    judgement_id: Uid
    mission: MissionId
    satellite_id: SatelliteId
    batch_id: str
    batch_uid: Uid
    revision: Annotated[int, Meta(ge=0)]
    subsystem: str
    subsystems: list[str]
    ranges: list[TimeRange]
    completeness: Completeness
    marker_time: int | None
    requested_at: TimeMs
    job_id: Uid | None = None
    model: str | None = None
    stream: Stream = "realtime"


Verdict = Literal["NOMINAL", "ANOMALY", "INSUFFICIENT_DATA", "ERROR"]
Severity = Literal["warning", "critical"]


class AnomalyEvent(Message, frozen=True, kw_only=True):
    """A span of one channel that is not nominal, and the evidence for it.

    ``start``, ``end`` and ``peak`` are event times, inclusive. ``detector`` is the member that spoke: a model's name,
    ``limits``, or another of the detector's; ``score`` and ``threshold`` are on the scale that all members share.
    ``confidence`` p says how sure the score makes one: nominal telemetry of the channel scores higher with frequency
    1 − p (None: the calibration does not know its nominal scores). ``share`` is the channel's part (0..1) of the
    evidence against its subsystem. ``value`` and ``forecast`` are taken at the peak, in the channel's unit.
    """

    channel: str
    start: TimeMs
    end: TimeMs
    peak: TimeMs
    severity: Severity
    score: float
    threshold: float
    detector: str
    share: float
    value: float | None
    forecast: float | None
    explanation: str
    confidence: Annotated[float, Meta(ge=0, le=1)] | None = None


class ChannelResult(Message, frozen=True, kw_only=True):
    """What the judgement saw and computed for one channel.

    ``samples`` were read of ``expected_samples``. ``score`` is the channel's highest, ``threshold`` its limit,
    ``confidence`` how sure it makes one (see :class:`AnomalyEvent`). ``note`` says in words what limited the judgement,
    if anything did. The channel's forecasts and scores travel in :class:`SeriesPiece`.
    """

    channel: str
    verdict: Verdict
    samples: int
    expected_samples: int
    score: float | None
    threshold: float | None
    note: str | None = None
    confidence: Annotated[float, Meta(ge=0, le=1)] | None = None


CalibrationScope = Literal["mission", "satellite"]


class Provenance(Message, frozen=True, kw_only=True):
    """What made a judgement: versions of everything that could change it, and a hash of what it read.

    ``calibration_scope`` says whether the calibration is the satellite's own or its mission's, which was fitted on
    others.
    """

    models: dict[str, str]
    calibration: str
    mission_revision: str
    input_hash: str
    history_samples: int
    history_required: int
    code_version: str
    calibration_scope: CalibrationScope = "mission"


class Timings(Message, frozen=True, kw_only=True):
    """When a judgement was asked for, begun and ended (wall clock), and the seconds spent on its parts."""

    requested_at: TimeMs
    started_at: TimeMs
    finished_at: TimeMs
    read_s: float
    forecast_s: float
    score_s: float


class SeriesSlice(Message, frozen=True, kw_only=True):
    """Consecutive forecast samples of one channel.

    ``timestamps`` are their event times; ``forecasts`` holds one array per model and ``scores`` one array, all of that
    length; null where there is none.
    """

    channel: Annotated[str, Meta(max_length=MAX_NAME)]
    timestamps: Annotated[list[TimeMs], Meta(min_length=1)]
    forecasts: dict[str, list[float | None]]
    scores: list[float | None]


class SeriesPiece(Message, frozen=True, kw_only=True):
    """Piece ``piece`` (from 0) of the forecasts and scores of a judgement; sent before the result that names them.

    ``series_id`` follows from the content of all pieces: a judgement made again with another outcome has another one,
    and what is sent again is the same.
    """

    judgement_id: Uid
    series_id: Uid
    piece: Index
    slices: Annotated[list[SeriesSlice], Meta(min_length=1)]


class SeriesReference(Message, frozen=True, kw_only=True):
    """Which series belong to a result, and in how many pieces (0 … ``pieces`` - 1) they were sent."""

    series_id: Uid
    pieces: Count


class SubsystemResult(Message, frozen=True, kw_only=True):
    """The verdict on one subsystem of one revision of a batch, with its evidence.

    Its ``series`` were sent before it, on the same topic with the same key; None: nothing was forecast. The verdict
    shows when all their pieces are there.
    """

    judgement_id: Uid
    mission: MissionId
    satellite_id: SatelliteId
    batch_id: str
    batch_uid: Uid
    revision: Annotated[int, Meta(ge=0)]
    subsystem: str
    subsystems: list[str]
    ranges: list[TimeRange]
    completeness: Completeness
    marker_time: int | None
    verdict: Verdict
    reason: str | None
    events: list[AnomalyEvent]
    channels: list[ChannelResult]
    provenance: Provenance | None
    timings: Timings
    series: SeriesReference | None = None
    job_id: Uid | None = None
    model: str | None = None
    stream: Stream = "realtime"


class CalibrationTask(Message, frozen=True, kw_only=True):
    """A calibration to be fitted on nominal telemetry of a span: the payload of a Celery task.

    All satellites of the mission take part unless one is named. The span is inclusive. ``minimum_samples`` is how
    many samples a channel must have.
    """

    fit_id: Uid
    mission: MissionId
    satellite_id: SatelliteId | None
    first_time: TimeMs
    last_time: TimeMs
    minimum_samples: Count
    requested_at: TimeMs


class CalibrationFit(Message, frozen=True, kw_only=True):
    """What became of a :class:`CalibrationTask`: a calibration, or in words why there is none.

    ``calibration`` is the content of a calibration file. ``samples`` counts the nominal samples of each channel,
    ``skipped`` names the mission's judged channels that had none in the span and are not in the calibration.
    """

    fit_id: Uid
    mission: MissionId
    satellite_id: SatelliteId | None
    calibration: dict[str, Any] | None
    error: str | None
    satellites: list[str]
    samples: dict[str, int]
    skipped: list[str]
    finished_at: TimeMs


class ActiveCalibration(Message, frozen=True, kw_only=True):
    """The calibration to judge a mission by, or one of its satellites, from now on.

    ``calibration`` is the content of a calibration file; None takes back what was said before: a satellite is then
    judged by its mission's.
    """

    mission: MissionId
    satellite_id: SatelliteId | None
    revision: str | None
    calibration: dict[str, Any] | None

    @property
    def key(self) -> str:
        """The message's key: whom the calibration is for."""
        return self.mission if self.satellite_id is None else f"{self.mission}/{self.satellite_id}"


LimitRule = Literal["value", "rate", "state", "transition"]
LimitSeverity = Literal["warning", "critical"]


class LimitFinding(Message, frozen=True, kw_only=True):
    """A violation of a channel's limits, seen as its telemetry arrived: when it begins, grows worse, and ends.

    All messages about one violation have the same ``finding_id``; a later one replaces those before it. ``start`` and
    ``end`` are event times of the first and, so far, the last sample that breaks the rule; ``ongoing`` is false once a
    sample was within it. ``score`` is how far beyond its bound the worst value is (1: on it), ``value`` that value in
    the channel's unit. ``broker_time`` is that of the chunk with the sample that led to this message.
    """

    finding_id: Uid
    mission: MissionId
    satellite_id: SatelliteId
    stream: Stream
    channel: Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
    subsystem: str
    rule: LimitRule
    severity: LimitSeverity
    start: TimeMs
    end: TimeMs
    ongoing: bool
    score: float
    value: float
    explanation: Annotated[str, Meta(max_length=1_000)]
    broker_time: TimeMs

    def __post_init__(self) -> None:
        """Raises:
        ValueError: it ends before it begins.
        """
        if self.start > self.end:
            raise ValueError(f"start {self.start} is after end {self.end}")


MESSAGES: tuple[type[Message], ...] = (
    TelemetryChunk,
    BatchEnd,
    BatchProgress,
    PartitionHeartbeat,
    SeriesPiece,
    SubsystemResult,
    CalibrationFit,
    ActiveCalibration,
    LimitFinding,
)
"""The messages of the Kafka topics; a message's ``passwatch-type`` header is the name of its class."""
