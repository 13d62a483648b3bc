"""The validator admits what is right, whole or without its bad channels, and says what is wrong with the rest."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np
import pytest
from consumer_support import BAD, BOUNDS, CADENCE_MS, MISSIONS, SATELLITE, START, end, fields, message
from hypothesis import given
from hypothesis import strategies as st

from passwatch.contracts import MAX_BATCH_SAMPLES, BatchEnd, TelemetryChunk
from victoria_consumer.domain.chunk import BatchMarker, ColumnChunk, RecordChunk
from victoria_consumer.domain.inspection import inspect
from victoria_consumer.domain.registry import Registry
from victoria_consumer.domain.validator import Validator

NUMBERS = st.one_of(
    st.none(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
)
CHANNELS = [channel.name for channel in MISSIONS["default"].channels]


@st.composite
def chunks(draw: st.DrawFn) -> dict[str, Any]:
    """Good telemetry chunks of one or more records."""
    records = draw(st.integers(1, 5))
    names = draw(st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=5, unique=True))
    column = st.lists(NUMBERS, min_size=records, max_size=records)
    return fields(draw(st.integers(0, 1000)), records, channels={name: draw(column) for name in names})


def content(admitted: object) -> tuple[str, int, list[int], dict[str, list[float]]]:
    """What a chunk says, in one form for both kinds: batch, first index, times, values by channel (nan = missing)."""
    if isinstance(admitted, RecordChunk):
        values = np.array([admitted.values], dtype=float).T
        first, times = admitted.index, [admitted.time]
    else:
        assert isinstance(admitted, ColumnChunk)
        first, times = admitted.first_index, admitted.timestamps
        values = np.frombuffer(admitted.packed).reshape(-1, len(times))
    return admitted.batch_id, first, times, dict(zip(admitted.layout.names, values.tolist(), strict=True))


def same(left: list[float], right: list[float | None]) -> bool:
    """Whether values are equal, a missing one being nan on the left and None on the right."""
    return len(left) == len(right) and all(
        math.isnan(a) if b is None else a == float(b) for a, b in zip(left, right, strict=True)
    )


@pytest.mark.parametrize("name", BAD)
def test_validator_rejects_with_reason(name: str) -> None:
    """What is wrong is rejected whole, with its reason, and the detail says what and where."""
    bad = BAD[name]
    admitted, rejection = Validator(MISSIONS).check(bad.message, BOUNDS)
    assert admitted is None
    assert rejection is not None
    assert (rejection.reason, rejection.channels) == (bad.reason, {})
    assert bad.words in rejection.detail


@given(chunks())
def test_validator_admits_good_chunks(body: dict[str, Any]) -> None:
    """A good chunk is admitted with every value it had."""
    admitted, rejection = Validator(MISSIONS).check(message(body), BOUNDS)
    assert rejection is None
    batch, first, times, values = content(admitted)
    assert (batch, first, times) == ("b1", body["first_index"], body["timestamps"])
    assert list(values) == list(body["channels"])
    assert all(same(values[name], body["channels"][name]) for name in values)


@given(chunks(), st.booleans())
def test_fast_path_agrees_with_inspection(body: dict[str, Any], spread: bool) -> None:
    """What the fast path admits is what the inspection admits, also when the JSON is laid out for people."""
    payload = msgspec.json.encode(body)
    checked = message(msgspec.json.format(payload, indent=2) if spread else payload)
    fast, _ = Validator(MISSIONS).check(checked, BOUNDS)
    slow, rejection = inspect(checked, Registry(MISSIONS), BOUNDS)
    assert rejection is None
    assert repr(content(fast)) == repr(content(slow))


@given(st.data())
def test_validator_never_raises(data: st.DataObject) -> None:
    """Whatever bytes come with whatever good headers, the validator answers: it admits or gives a reason."""
    payload = bytearray(msgspec.json.encode(data.draw(chunks())))
    for position in data.draw(st.lists(st.integers(0, len(payload) - 1), min_size=1, max_size=4)):
        payload[position] = data.draw(st.integers(0, 255))
    checked = message(bytes(payload))
    admitted, rejection = Validator(MISSIONS).check(checked, BOUNDS)
    assert (admitted is None) <= (rejection is not None)
    if rejection is None:
        decoded = msgspec.json.decode(checked.payload or b"", type=TelemetryChunk)
        assert content(admitted)[2] == decoded.timestamps


@pytest.mark.parametrize(
    ("name", "column", "reason"),
    [("warp", [1, 2], "unknown-channel"), ("altitude", [1], "column-length"), ("rssi", [1, "x"], "not-a-number")],
)
def test_bad_channel_alone_is_left_out(name: str, column: list[Any], reason: str) -> None:
    """One bad channel is rejected by its name; the others of its chunk are admitted."""
    good: dict[str, list[float | None]] = {"velocity": [7.6, 7.7], "sun_angle": [1, None]}
    body = fields(channels={"velocity": good["velocity"], name: column, "sun_angle": good["sun_angle"]})
    admitted, rejection = Validator(MISSIONS).check(message(body), BOUNDS)
    assert rejection is not None
    assert (rejection.reason, rejection.channels) == (reason, {name: reason})
    assert repr(name) in rejection.detail
    values = content(admitted)[3]
    assert list(values) == list(good)
    assert all(same(values[channel], good[channel]) for channel in good)


def test_validator_admits_markers() -> None:
    """A batch-complete marker is admitted with the broker time at which Kafka took it."""
    admitted, rejection = Validator(MISSIONS).check(message(end(1080), BatchEnd, broker_time=START + 7), BOUNDS)
    assert rejection is None
    assert isinstance(admitted, BatchMarker)
    assert (admitted.marker.records, admitted.marker.broker_time) == (1080, START + 7)


def test_validator_admits_recorded_channels() -> None:
    """Channels and satellites that a mission knows by pattern are admitted like listed ones."""
    body = fields(mission="nasa-smap-msl", satellite_id="NASA-A-1", channels={"A-1": [1, 2], "cmd_3": [0, 1]})
    admitted, rejection = Validator(MISSIONS).check(message(body, raw_key=b"NASA-A-1"), BOUNDS)
    assert rejection is None
    assert b"satellite_a_1" in admitted.layout.prefixes(0)[0]  # type: ignore[union-attr]


def test_admission_is_checked_for_each_key() -> None:
    """A satellite that was admitted once is still rejected under another key or with another batch id."""
    validator = Validator(MISSIONS)
    assert validator.check(message(fields()), BOUNDS)[1] is None
    assert validator.check(message(fields(), raw_key=b"SAT-009"), BOUNDS)[0] is None
    assert validator.check(message(fields(batch_id="a b")), BOUNDS)[0] is None
    times = [BOUNDS.newest - CADENCE_MS, BOUNDS.newest]
    assert validator.check(message(fields(timestamps=times), raw_key=SATELLITE.encode()), BOUNDS)[1] is None


@pytest.mark.parametrize("records", [1, 2])
def test_a_batch_that_cannot_be_judged_at_once_is_refused(records: int) -> None:
    """The last record that a batch may have is taken; the next one, and a marker of more, are not, with the figures."""
    most = MISSIONS["default"].most_records()
    assert most == MAX_BATCH_SAMPLES // 12
    times = [START + i * CADENCE_MS for i in range(records)]
    validator = Validator(MISSIONS)
    last = message(fields(most - records, records, timestamps=times))
    assert validator.check(last, BOUNDS)[1] is None
    for refused in (
        message(fields(most - records + 1, records, timestamps=times)),
        message(end(most + 1), BatchEnd),
    ):
        admitted, rejection = validator.check(refused, BOUNDS)
        assert admitted is None
        assert rejection is not None
        assert rejection.reason == "batch-too-large"
        assert f"{most + 1:,} records" in rejection.detail
        assert f"may have {most:,} in one batch" in rejection.detail
    assert validator.check(message(end(most), BatchEnd), BOUNDS)[1] is None
