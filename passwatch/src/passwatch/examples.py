"""One example of every message: shown in the documentation, and by that checked to be what the code accepts."""

from __future__ import annotations

from passwatch.contracts import (
    ActiveCalibration,
    AnomalyEvent,
    BatchEnd,
    BatchProgress,
    CalibrationFit,
    CalibrationTask,
    ChannelResult,
    Completeness,
    IndexSpan,
    JudgeTask,
    LimitFinding,
    Marker,
    Message,
    PartitionHeartbeat,
    Provenance,
    SeriesPiece,
    SeriesReference,
    SeriesSlice,
    StoredRange,
    SubsystemResult,
    TelemetryChunk,
    TimeRange,
    Timings,
)
from passwatch.ids import batch_uid, judgement_id, limit_finding_id

_MISSION, _SATELLITE, _BATCH = "default", "SAT-001", "2026-03-01T00:00:00Z"
_UID = batch_uid("default", _SATELLITE, _BATCH)
_JUDGEMENT = judgement_id(_UID, 1, "eps")
_FIRST, _CADENCE, _RECORDS = 1_772_323_200_000, 30_000, 1_080
_LAST = _FIRST + (_RECORDS - 1) * _CADENCE
_TAKEN = _LAST + 5_000
_RANGES = [
    TimeRange(first=0, count=1_000, first_time=_FIRST, last_time=_FIRST + 999 * _CADENCE),
    TimeRange(first=1_010, count=70, first_time=_FIRST + 1_010 * _CADENCE, last_time=_LAST),
]
_COMPLETENESS = Completeness(
    rule="grace", expected=_RECORDS, records=1_070, missing=[IndexSpan(first=1_000, count=10)], conflicts=[]
)
_SERIES = "5b0f2b6e-6a0f-4c3f-9a53-0d6b6a3f7a12"
_FIT = "0f6e2b6e-6a0f-4c3f-9a53-0d6b6a3f7a11"
_CALIBRATION = {
    "mission": _MISSION,
    "cadence_ms": _CADENCE,
    "source": "SAT-001, 2026-02-20T00:00:00Z to 2026-02-27T00:00:00Z",
    "models": {"vae_timeseries": "c0b127a39dc6", "transformer_timeseries": "7c9da35438b6"},
    "channels": {},
    "revision": "41d0f2a7c3be",
}

EXAMPLES: dict[type[Message], Message] = {
    TelemetryChunk: TelemetryChunk(
        mission=_MISSION,
        satellite_id=_SATELLITE,
        batch_id=_BATCH,
        first_index=0,
        timestamps=[_FIRST, _FIRST + _CADENCE],
        channels={"battery_voltage": [28.12, 28.11], "battery_temp": [21.5, None]},
    ),
    BatchEnd: BatchEnd(
        mission=_MISSION,
        satellite_id=_SATELLITE,
        batch_id=_BATCH,
        records=_RECORDS,
        first_time=_FIRST,
        last_time=_LAST,
    ),
    BatchProgress: BatchProgress(
        mission=_MISSION,
        satellite_id=_SATELLITE,
        batch_id=_BATCH,
        ranges=[
            StoredRange(
                first=0, count=2, first_time=_FIRST, last_time=_FIRST + _CADENCE, hashes="mhKs0X6bAwGxV4tq5Q8hdA=="
            )
        ],
        marker=Marker(records=_RECORDS, first_time=_FIRST, last_time=_LAST, broker_time=_TAKEN),
        broker_time=_TAKEN,
    ),
    PartitionHeartbeat: PartitionHeartbeat(partition=3, broker_time=_TAKEN),
    CalibrationTask: CalibrationTask(
        fit_id=_FIT,
        mission=_MISSION,
        satellite_id=_SATELLITE,
        first_time=_FIRST - 10 * 86_400_000,
        last_time=_FIRST - 3 * 86_400_000,
        minimum_samples=1_000,
        requested_at=_TAKEN,
    ),
    CalibrationFit: CalibrationFit(
        fit_id=_FIT,
        mission=_MISSION,
        satellite_id=_SATELLITE,
        calibration=_CALIBRATION,
        error=None,
        satellites=[_SATELLITE],
        samples={"battery_voltage": 20_160, "battery_temp": 20_151},
        skipped=[],
        finished_at=_TAKEN + 9_000,
    ),
    ActiveCalibration: ActiveCalibration(
        mission=_MISSION, satellite_id=_SATELLITE, revision="41d0f2a7c3be", calibration=_CALIBRATION
    ),
    LimitFinding: LimitFinding(
        finding_id=limit_finding_id(_MISSION, _SATELLITE, "realtime", "battery_temp", "value", _FIRST + 600 * _CADENCE),
        mission=_MISSION,
        satellite_id=_SATELLITE,
        stream="realtime",
        channel="battery_temp",
        subsystem="eps",
        rule="value",
        severity="critical",
        start=_FIRST + 600 * _CADENCE,
        end=_FIRST + 612 * _CADENCE,
        ongoing=True,
        score=1.13,
        value=45.4,
        explanation="battery_temp 45.4 °C, above its critical limit 45 °C",
        broker_time=_TAKEN,
    ),
    JudgeTask: JudgeTask(
        judgement_id=_JUDGEMENT,
        mission=_MISSION,
        satellite_id=_SATELLITE,
        batch_id=_BATCH,
        batch_uid=_UID,
        revision=1,
        subsystem="eps",
        subsystems=["eps", "thermal", "aocs", "comm"],
        ranges=_RANGES,
        completeness=_COMPLETENESS,
        marker_time=_TAKEN,
        requested_at=_TAKEN + 5_100,
    ),
    SeriesPiece: SeriesPiece(
        judgement_id=_JUDGEMENT,
        series_id=_SERIES,
        piece=0,
        slices=[
            SeriesSlice(
                channel="battery_temp",
                timestamps=[_FIRST + 20 * _CADENCE, _FIRST + 21 * _CADENCE],
                forecasts={"vae_timeseries": [21.6, 21.7], "transformer_timeseries": [21.5, 21.6]},
                scores=[0.121, None],
            )
        ],
    ),
    SubsystemResult: SubsystemResult(
        judgement_id=_JUDGEMENT,
        mission=_MISSION,
        satellite_id=_SATELLITE,
        batch_id=_BATCH,
        batch_uid=_UID,
        revision=1,
        subsystem="eps",
        subsystems=["eps", "thermal", "aocs", "comm"],
        ranges=_RANGES,
        completeness=_COMPLETENESS,
        marker_time=_TAKEN,
        verdict="ANOMALY",
        reason=None,
        events=[
            AnomalyEvent(
                channel="battery_temp",
                start=_FIRST + 600 * _CADENCE,
                end=_FIRST + 628 * _CADENCE,
                peak=_FIRST + 611 * _CADENCE,
                severity="critical",
                score=5.731,
                threshold=1.0,
                detector="vae_timeseries",
                share=0.87,
                value=41.2,
                forecast=24.8,
                explanation="battery_temp 41.2 °C, forecast 24.8 ± 1.9 °C for 14 min",
                confidence=0.999999994,
            )
        ],
        channels=[
            ChannelResult(
                channel="battery_temp",
                verdict="ANOMALY",
                samples=1_070,
                expected_samples=1_080,
                score=5.731,
                threshold=1.0,
            )
        ],
        provenance=Provenance(
            models={"vae_timeseries": "1", "transformer_timeseries": "1"},
            calibration="default-1",
            mission_revision="0c6f1e2a9b77",
            input_hash="9f2c3a5d7e11",
            history_samples=96,
            history_required=96,
            code_version="0.1.0",
        ),
        timings=Timings(
            requested_at=_TAKEN + 5_100,
            started_at=_TAKEN + 5_130,
            finished_at=_TAKEN + 5_510,
            read_s=0.05,
            forecast_s=0.25,
            score_s=0.06,
        ),
        series=SeriesReference(series_id=_SERIES, pieces=1),
    ),
}
"""By message type; decoding the JSON of each gives it back."""
