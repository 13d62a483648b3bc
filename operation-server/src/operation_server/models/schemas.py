"""Versions of the served models."""

from __future__ import annotations

from typing import Any

from pydantic import Base64Bytes, Field, StrictBool

from operation_server.calibrations.schemas import ScopeItem
from operation_server.web.schemas import ApiModel, Instant, Text, example

_VERSION = {
    "number": 2,
    "models": {"transformer_timeseries": "7c9da35438b6", "vae_timeseries": "c0b127a39dc6"},
    "created_at": "2026-01-08T00:10:00.000Z",
    "chosen": False,
    "served": False,
    "in_force": [],
    "calibrated": [{"mission": "default", "satellite_id": None, "revision": "41d0f2a7c3be"}],
    "held_out_error": {"transformer_timeseries": 0.1739, "vae_timeseries": 0.1813},
}


class VersionItem(ApiModel):
    """A version of all models in the repository."""

    model_config = example(_VERSION)

    number: int
    models: dict[str, str] = Field(description="first 12 hex digits of the weights' SHA-256, by model")
    created_at: Instant
    chosen: bool = Field(description="whether the repository's configuration says that it is served")
    served: bool | None = Field(description="whether Triton serves it; null if Triton does not answer")
    in_force: list[ScopeItem] = Field(description="calibrations in force that were fitted with it")
    calibrated: list[ScopeItem] = Field(description="the newest calibration fitted with it, of each scope in force")
    held_out_error: dict[str, float] = Field(
        description="mean absolute forecast error on held-out nominal telemetry, in nominal spreads"
    )


class VersionDetail(VersionItem):
    """A version with the manifests of its weights."""

    model_config = example({**_VERSION, "manifests": {}})

    manifests: dict[str, Any]


class VersionList(ApiModel):
    """The versions, by number."""

    model_config = example({"items": [_VERSION]})

    items: list[VersionItem]


class NewWeights(ApiModel):
    """A model's weights."""

    onnx: Base64Bytes = Field(description="the ONNX file, in base64")
    manifest: dict[str, Any] = Field(description="what they were made of")


class NewCalibration(ApiModel):
    """A calibration fitted with the new weights."""

    mission: Text = Field(max_length=64)
    satellite_id: Text | None = Field(None, max_length=64)
    calibration: dict[str, Any] = Field(description="the content of a calibration file")


class NewVersion(ApiModel):
    """A candidate: weights of every model, and calibrations fitted with them."""

    model_config = example(
        {
            "models": {"vae_timeseries": {"onnx": "AAAA", "manifest": {}}},
            "calibrations": [{"mission": "default", "calibration": {"mission": "default", "channels": {}}}],
        },
        forbid_extra=True,
    )

    models: dict[str, NewWeights]
    calibrations: list[NewCalibration] = Field(default_factory=list)


class PromoteRequest(ApiModel):
    """How to promote."""

    model_config = example({"partial": False}, forbid_extra=True)

    partial: StrictBool = Field(
        False, description="promote what has a calibration fitted with the version, and leave the rest as it is"
    )


class ServingState(ApiModel):
    """Whether Triton answered, and in words why not."""

    ok: bool
    detail: str


class TensorItem(ApiModel):
    """An input or output of a model; -1 stands for any length."""

    name: str
    datatype: str
    shape: list[int]


class ModelItem(ApiModel):
    """A model that is served, or that has taken part in a verdict."""

    name: str
    state: str | None = Field(description="Triton's word for it (READY, UNAVAILABLE); null if Triton did not answer")
    versions: list[str] = Field(description="versions that Triton serves")
    platform: str | None
    inputs: list[TensorItem]
    outputs: list[TensorItem]
    used_versions: list[str] = Field(description="versions that have taken part in verdicts")
    last_used: Instant | None


class ModelConfigList(ApiModel):
    """The models. Without Triton only what the verdicts tell of them is known, and `serving` says why."""

    model_config = example(
        {
            "serving": {"ok": True, "detail": "2 models ready"},
            "items": [
                {
                    "name": "vae_timeseries",
                    "state": "READY",
                    "versions": ["1"],
                    "platform": "",
                    "inputs": [{"name": "window", "datatype": "FP32", "shape": [-1, 20]}],
                    "outputs": [{"name": "forecast", "datatype": "FP32", "shape": [-1, 10]}],
                    "used_versions": ["1"],
                    "last_used": "2026-01-02T09:00:03.010Z",
                }
            ],
        }
    )

    serving: ServingState
    items: list[ModelItem]
