"""Calibrations: what telemetry is judged by."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, StrictBool, StrictInt

from operation_server.web.params import InstantText
from operation_server.web.schemas import ApiModel, Instant, Page, Text, example
from passwatch.contracts import CalibrationScope

Origin = Literal["shipped", "fitted", "candidate"]
Cause = Literal["shipped", "request", "fit", "promotion", "rollback"]
FitStatus = Literal["QUEUED", "DONE", "FAILED"]

_MODELS = {"transformer_timeseries": "7c9da35438b6", "vae_timeseries": "c0b127a39dc6"}
CALIBRATION = {
    "revision": "41d0f2a7c3be",
    "mission": "default",
    "satellite_id": "SAT-001",
    "origin": "fitted",
    "source": "stored telemetry of SAT-001, 2026-01-01T00:00:00Z to 2026-01-08T00:00:00Z",
    "models": _MODELS,
    "channels": 33,
    "from": "2026-01-01T00:00:00.000Z",
    "to": "2026-01-08T00:00:00.000Z",
    "created_at": "2026-01-08T00:10:00.000Z",
    "in_force": True,
}
_FIT = {
    "fit_id": "0f6e2b6e-6a0f-4c3f-9a53-0d6b6a3f7a11",
    "status": "DONE",
    "mission": "default",
    "satellite_id": "SAT-001",
    "from": "2026-01-01T00:00:00.000Z",
    "to": "2026-01-08T00:00:00.000Z",
    "activate": False,
    "events": 0,
    "revision": "41d0f2a7c3be",
    "error": None,
    "satellites": ["SAT-001"],
    "samples": {"battery_temp": 20160},
    "skipped": [],
    "submitted_at": "2026-01-08T00:09:50.000Z",
    "finished_at": "2026-01-08T00:10:00.000Z",
    "url": "/api/v1/calibrations/fits/0f6e2b6e-6a0f-4c3f-9a53-0d6b6a3f7a11",
}


class CalibrationItem(ApiModel):
    """A calibration; its numbers are asked for by its revision."""

    model_config = example(CALIBRATION)

    revision: str
    mission: str
    satellite_id: str | None = Field(description="the satellite that it is for; null if it is for the whole mission")
    origin: Origin = Field(
        description="shipped with the mission, fitted on stored telemetry, or a candidate model version's"
    )
    source: str = Field(description="what it was fitted on")
    models: dict[str, str] = Field(description="version of each model that it was fitted with")
    channels: int
    from_: Instant | None = Field(alias="from")
    to: Instant | None
    created_at: Instant
    in_force: bool


class JudgingCalibration(ApiModel):
    """The calibration that a judgement was made by. All but revision and scope is null if it is not stored here."""

    revision: str
    scope: CalibrationScope | None = Field(
        description="whether it was the satellite's own or its mission's; null if the judgement does not say"
    )
    origin: Origin | None = Field(
        description="shipped with the mission, fitted on stored telemetry, or a candidate model version's"
    )
    source: str | None = Field(description="what it was fitted on, in words")
    from_: Instant | None = Field(alias="from", description="start of the stored telemetry that it was fitted on")
    to: Instant | None
    created_at: Instant | None = Field(description="when it was fitted, or installed if it was shipped")


class CalibrationDetail(CalibrationItem):
    """A calibration with its content: that of a calibration file, as `--calibration` takes one."""

    model_config = example({**CALIBRATION, "content": {"mission": "default", "channels": {}}})

    content: dict[str, Any]


class CalibrationPage(Page[CalibrationItem]):
    """Calibrations, the newest first."""

    model_config = example({"items": [CALIBRATION], "next": None})


class FitRequest(ApiModel):
    """Which telemetry to fit a calibration on."""

    model_config = example(
        {
            "mission": "default",
            "satellite_id": "SAT-001",
            "from": "2026-01-01T00:00:00Z",
            "to": "2026-01-08T00:00:00Z",
            "activate": False,
        },
        forbid_extra=True,
    )

    mission: Text = Field(max_length=64)
    satellite_id: Text | None = Field(
        None, max_length=64, description="fit on this satellite and for it alone; otherwise on all, for the mission"
    )
    from_: InstantText = Field(alias="from")
    to: InstantText
    activate: StrictBool = Field(False, description="judge by it as soon as it is fitted")
    force: StrictBool = Field(False, description="fit although anomalies were found in the span")
    minimum_samples: StrictInt = Field(
        1000, ge=100, le=10_000_000, description="samples that each channel must have, otherwise nothing is fitted"
    )


class FitItem(ApiModel):
    """A calibration that was asked for, and what became of it."""

    model_config = example(_FIT)

    fit_id: str
    status: FitStatus
    mission: str
    satellite_id: str | None
    from_: Instant = Field(alias="from")
    to: Instant
    activate: bool
    events: int = Field(description="anomalies in the span; more than 0 only if it was forced")
    revision: str | None
    error: str | None = Field(description="why there is no calibration")
    satellites: list[str] | None
    samples: dict[str, int] | None = Field(description="nominal samples by channel")
    skipped: list[str] | None = Field(description="judged channels without any telemetry in the span; not calibrated")
    submitted_at: Instant
    finished_at: Instant | None
    url: str


class FitPage(Page[FitItem]):
    """Fits, the newest first."""

    model_config = example({"items": [_FIT], "next": None})


class ScopeItem(ApiModel):
    """What is in force for a mission, or for one of its satellites."""

    mission: str
    satellite_id: str | None
    revision: str | None = Field(description="null: the satellite is judged by its mission's calibration again")


class Changed(ApiModel):
    """What was changed."""

    model_config = example({"changes": [{"mission": "default", "satellite_id": "SAT-001", "revision": "41d0f2a7c3be"}]})

    changes: list[ScopeItem]


class ReleaseRequest(ApiModel):
    """A satellite that is to be judged by its mission's calibration again."""

    model_config = example({"mission": "default", "satellite_id": "SAT-001"}, forbid_extra=True)

    mission: Text = Field(max_length=64)
    satellite_id: Text = Field(min_length=1, max_length=64)


class ActivationItem(ScopeItem):
    """One change of what is in force."""

    sequence: int
    cause: Cause
    change_id: str = Field(description="the same for everything that was changed together")
    at: Instant
    published_at: Instant | None = Field(description="since when the workers could know")


class ActivationPage(Page[ActivationItem]):
    """Changes of what is in force, the latest first."""

    model_config = example(
        {
            "items": [
                {
                    "mission": "default",
                    "satellite_id": None,
                    "revision": "41d0f2a7c3be",
                    "sequence": 4,
                    "cause": "promotion",
                    "change_id": "5f0c9a4d-0a7f-4c3f-9a53-0d6b6a3f7a11",
                    "at": "2026-01-08T00:10:00.000Z",
                    "published_at": "2026-01-08T00:10:00.020Z",
                }
            ],
            "next": None,
        }
    )
