"""The example values that the OpenAPI document shows, shared by the resources."""

from __future__ import annotations

from typing import Any

BATCH_UID = "0e5f0f5c-6d0e-5f0c-9a4d-0a7f2b9d5c11"
JUDGEMENT_ID = "7a1f6b1e-2f4e-5b0e-8f43-6a3b5d6c7e01"
JOB_ID = "3f2b8a52-7f0c-4f0e-9c55-2f6f0a1b2c3d"

EVENT: dict[str, Any] = {
    "event_id": "b6a7c8d9-0e1f-5a2b-8c3d-4e5f6a7b8c9d",
    "judgement_id": JUDGEMENT_ID,
    "job_id": None,
    "batch_uid": BATCH_UID,
    "batch_id": "pass-0421",
    "satellite_id": "SAT-001",
    "mission": "default",
    "subsystem": "eps",
    "revision": 1,
    "channel": "battery_temp",
    "unit": "°C",
    "start": "2026-01-02T03:10:00.000Z",
    "end": "2026-01-02T03:24:00.000Z",
    "peak": "2026-01-02T03:17:30.000Z",
    "severity": "critical",
    "score": 9.7,
    "threshold": 4.5,
    "confidence": 0.999999994,
    "detector": "transformer_timeseries",
    "share": 0.82,
    "value": 41.2,
    "forecast": 24.8,
    "explanation": "battery_temp 41.2 °C, forecast 24.8 ± 1.9 °C for 14 min",
}

BATCH_HEAD: dict[str, Any] = {
    "batch_uid": BATCH_UID,
    "batch_id": "pass-0421",
    "satellite_id": "SAT-001",
    "mission": "default",
    "stream": "realtime",
    "status": "JUDGED",
    "verdict": "ANOMALY",
    "revision": 1,
    "records": 1080,
    "expected": 1080,
    "completeness": 1.0,
    "rule": "complete",
    "first_time": "2026-01-02T00:00:00.000Z",
    "last_time": "2026-01-02T08:59:30.000Z",
    "marker_time": "2026-01-02T09:00:02.120Z",
    "verdict_time": "2026-01-02T09:00:03.010Z",
    "seconds_to_verdict": 0.89,
    "worst_channels": [
        {"channel": "battery_temp", "subsystem": "eps", "score": 9.7, "threshold": 4.5, "severity": "critical"}
    ],
}
BATCH_SUMMARY: dict[str, Any] = {**BATCH_HEAD, "events": 1}

SUBSYSTEM: dict[str, Any] = {
    "subsystem": "eps",
    "verdict": "ANOMALY",
    "reason": None,
    "judgement_id": JUDGEMENT_ID,
    "verdict_time": "2026-01-02T09:00:03.010Z",
    "events": 1,
}

CHANNEL: dict[str, Any] = {
    "channel": "battery_temp",
    "subsystem": "eps",
    "unit": "°C",
    "verdict": "ANOMALY",
    "samples": 1080,
    "expected": 1080,
    "completeness": 1.0,
    "score": 9.7,
    "threshold": 4.5,
    "note": None,
}

JUDGING_CALIBRATION: dict[str, Any] = {
    "revision": "41d0f2a7c3be",
    "scope": "satellite",
    "origin": "fitted",
    "source": "stored telemetry of SAT-001, 2025-12-25T00:00:00Z to 2026-01-01T00:00:00Z",
    "from": "2025-12-25T00:00:00.000Z",
    "to": "2026-01-01T00:00:00.000Z",
    "created_at": "2026-01-01T00:10:00.000Z",
}

PROVENANCE: dict[str, Any] = {
    "subsystem": "eps",
    "judgement_id": JUDGEMENT_ID,
    "models": {"vae_timeseries": "1", "transformer_timeseries": "1"},
    "calibration": JUDGING_CALIBRATION,
    "mission_revision": "5f0c9a4d0a7f",
    "input_hash": "b1946ac92492d2347c6235b4d2611184",
    "history_samples": 200,
    "history_required": 200,
    "code_version": "0.1.0",
    "requested_at": "2026-01-02T09:00:02.210Z",
    "started_at": "2026-01-02T09:00:02.230Z",
    "finished_at": "2026-01-02T09:00:02.930Z",
    "read_s": 0.05,
    "forecast_s": 0.31,
    "score_s": 0.12,
}

REVISION: dict[str, Any] = {
    "revision": 1,
    "complete": True,
    "current": True,
    "rule": "complete",
    "expected": 1080,
    "records": 1080,
    "unexpected": 0,
    "completeness": 1.0,
    "missing": [],
    "conflicts": [],
    "rejected": [],
    "repeated_times": None,
    "other_markers": [],
    "first_time": "2026-01-02T00:00:00.000Z",
    "last_time": "2026-01-02T08:59:30.000Z",
    "marker_time": "2026-01-02T09:00:02.120Z",
    "verdict": "ANOMALY",
    "verdict_time": "2026-01-02T09:00:03.010Z",
    "seconds_to_verdict": 0.89,
    "subsystems": [SUBSYSTEM],
    "diff": None,
}

METRIC: dict[str, Any] = {
    "channel": "battery_temp",
    "series": "satellite_battery_temp",
    "subsystem": "eps",
    "unit": "°C",
    "description": "battery pack temperature",
    "role": "judged",
    "resolution": 0.1,
    "limits": {"warning_low": 0.0, "warning_high": 35.0, "critical_low": -5.0, "critical_high": 45.0},
}

TREND_HEAD: dict[str, Any] = {
    "satellite_id": "SAT-001",
    "mission": "default",
    "channel": "battery_temp",
    "series": "satellite_battery_temp",
    "subsystem": "eps",
    "unit": "°C",
    "from": "2026-01-02T03:00:00.000Z",
    "to": "2026-01-02T09:00:00.000Z",
    "range": "6h",
    "newest_sample": "2026-01-02T09:00:00.000Z",
    "cadence_ms": 30000,
    "stream": "realtime",
}

TAKES = [{"take": 0, "from": "2026-01-02T03:00:00.000Z", "to": "2026-01-02T09:00:00.000Z"}]

SERIES: dict[str, Any] = {"t": [1767322800000, 1767322830000], "v": [24.7, 24.8]}

JUDGED_SPAN: dict[str, Any] = {
    "judgement_id": JUDGEMENT_ID,
    "batch_uid": BATCH_UID,
    "batch_id": "pass-0421",
    "revision": 1,
    "from": "2026-01-02T00:00:00.000Z",
    "to": "2026-01-02T08:59:30.000Z",
    "verdict": "ANOMALY",
    "threshold": 4.5,
    "note": None,
    "models": {"vae_timeseries": "1", "transformer_timeseries": "1"},
    "calibration": JUDGING_CALIBRATION,
}

JOB: dict[str, Any] = {
    "job_id": JOB_ID,
    "status": "DONE",
    "satellite_id": "SAT-001",
    "mission": "default",
    "batch_uid": None,
    "from": "2026-01-02T00:00:00.000Z",
    "to": "2026-01-02T08:59:30.000Z",
    "model": None,
    "subsystems": ["eps"],
    "submitted_at": "2026-01-02T09:30:00.000Z",
    "finished_at": "2026-01-02T09:30:01.100Z",
    "verdict": "ANOMALY",
    "result_url": f"/api/v1/inference/result/{JOB_ID}",
}

PERCENTILES: dict[str, Any] = {"count": 24, "median": 0.91, "p95": 1.4, "max": 1.8}
