"""Judgements as the API shows them."""

from __future__ import annotations

from pydantic import Field

from operation_server.calibrations.schemas import JudgingCalibration
from operation_server.web import examples as samples
from operation_server.web.schemas import ApiModel, Instant, Page, Percentiles, VerdictName, example


class SubsystemVerdict(ApiModel):
    """The verdict on one subsystem."""

    subsystem: str
    verdict: VerdictName
    reason: str | None
    judgement_id: str
    verdict_time: Instant = Field(description="when it was committed")
    events: int


class ChannelReport(ApiModel):
    """How complete one channel was as the worker read it, and how it scored."""

    channel: str
    subsystem: str
    unit: str | None
    verdict: VerdictName
    samples: int
    expected: int
    completeness: float | None = Field(description="samples / expected, at most 1; null if none was expected")
    score: float | None
    threshold: float | None
    note: str | None = Field(description="what limited the judgement, if anything did")


class ProvenanceItem(ApiModel):
    """What made one subsystem's judgement, and how long its parts took."""

    subsystem: str
    judgement_id: str
    models: dict[str, str] = Field(description="version by model")
    calibration: JudgingCalibration | None = Field(description="null where nothing was judged")
    mission_revision: str | None
    input_hash: str | None
    history_samples: int | None
    history_required: int | None
    code_version: str | None
    requested_at: Instant
    started_at: Instant
    finished_at: Instant
    read_s: float
    forecast_s: float
    score_s: float


class JudgementItem(ApiModel):
    """One judgement: a subsystem of one revision of a batch, or of a job."""

    judgement_id: str
    batch_uid: str | None
    batch_id: str | None
    job_id: str | None
    satellite_id: str
    mission: str
    subsystem: str
    revision: int
    verdict: VerdictName
    reason: str | None
    verdict_time: Instant
    seconds_to_verdict: float | None
    events: int
    models: dict[str, str]
    calibration: str | None
    judging_s: float = Field(description="from the worker's start to its end")


class JudgementPage(Page[JudgementItem]):
    """A page of judgements, the newest first."""

    model_config = example(
        {
            "items": [
                {
                    "judgement_id": samples.JUDGEMENT_ID,
                    "batch_uid": samples.BATCH_UID,
                    "batch_id": "pass-0421",
                    "job_id": None,
                    "satellite_id": "SAT-001",
                    "mission": "default",
                    "subsystem": "eps",
                    "revision": 1,
                    "verdict": "ANOMALY",
                    "reason": None,
                    "verdict_time": "2026-01-02T09:00:03.010Z",
                    "seconds_to_verdict": 0.89,
                    "events": 1,
                    "models": {"vae_timeseries": "1", "transformer_timeseries": "1"},
                    "calibration": "default-1",
                    "judging_s": 0.7,
                }
            ],
            "next": None,
        }
    )


class SubsystemCount(ApiModel):
    """Judgements of one subsystem."""

    mission: str
    subsystem: str
    judgements: int
    anomalies: int
    errors: int


class ModelCount(ApiModel):
    """Judgements that one version of a model took part in."""

    model: str
    version: str
    judgements: int


class InferenceStatistics(ApiModel):
    """What the judgements since `since` have found and taken."""

    model_config = example(
        {
            "since": "2026-01-01T09:00:00.000Z",
            "judgements": 24,
            "by_verdict": {"NOMINAL": 22, "ANOMALY": 2},
            "by_subsystem": [{"mission": "default", "subsystem": "eps", "judgements": 6, "anomalies": 2, "errors": 0}],
            "by_model": [{"model": "vae_timeseries", "version": "1", "judgements": 24}],
            "waiting_s": samples.PERCENTILES,
            "read_s": samples.PERCENTILES,
            "forecast_s": samples.PERCENTILES,
            "score_s": samples.PERCENTILES,
            "judging_s": samples.PERCENTILES,
            "seconds_to_verdict": samples.PERCENTILES,
        }
    )

    since: Instant
    judgements: int
    by_verdict: dict[VerdictName, int]
    by_subsystem: list[SubsystemCount]
    by_model: list[ModelCount]
    waiting_s: Percentiles = Field(description="from the request to the worker's start")
    read_s: Percentiles
    forecast_s: Percentiles
    score_s: Percentiles
    judging_s: Percentiles = Field(description="from the worker's start to its end")
    seconds_to_verdict: Percentiles = Field(description="from the marker to the commit of a batch's last verdict")
