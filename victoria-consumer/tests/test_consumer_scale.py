"""A value that the storage cannot hold beside its neighbours is rejected alone, and said; the others stay true."""

from __future__ import annotations

import math

import numpy as np
import pytest
import requests
from consumer_batches import await_marker, begin, end_of
from consumer_engines import Station
from consumer_support import BOUNDS, CADENCE_MS, MISSIONS, fields, message, nothing_remembered
from hypothesis import given
from hypothesis import strategies as st

from passwatch.contracts import BatchProgress
from passwatch.mission import Channel, Limits
from passwatch.scale import DEFAULT_LARGEST, largest_magnitude
from passwatch.streaming.rejects import RejectBudget
from tests.support.wait import wait_for
from victoria_consumer.domain.validator import Validator
from victoria_consumer.domain.write_batch import WriteBatch, WriteBatchBuilder

RECORDS = 240
ABSURD = [
    3.4028235e38,
    1.7976931348623157e308,
    18446744073709551615,
    -9223372036854775808,
    1e30,
    9.96921e36,
    1e15,
    4294967295,
    -2147483648,
    5e-324,
    -1e-300,
]
"""What fill values, overflows and broken decoders send."""


def channel(**given: object) -> Channel:
    return Channel(**({"name": "c", "subsystem": "s", "unit": "V"} | given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "largest"),
    [
        ({}, DEFAULT_LARGEST),
        ({"resolution": 0.01}, 1e8),
        ({"range": (-50.0, 20.0), "resolution": 1.0}, 500.0),
        ({"limits": Limits(critical_low=-9)}, 9e5),
        ({"range": (0.0, 1.0), "limits": Limits(critical_high=5)}, 50.0),
        ({"resolution": 1e-15}, 1e-5),
    ],
)
def test_the_bound_follows_from_the_mission(given: dict[str, object], largest: float) -> None:
    """From the range, otherwise the resolution, otherwise the limits; and never near a limit."""
    assert largest_magnitude(channel(**given)) == pytest.approx(largest)


def build(*bodies: dict[str, object]) -> WriteBatch:
    messages = [message(body, at_offset=offset) for offset, body in enumerate(bodies)]
    return WriteBatchBuilder(Validator(MISSIONS), RejectBudget(10_000, 1.0), nothing_remembered()).build(
        messages, BOUNDS
    )


def rejected(write_batch: WriteBatch) -> list[tuple[str, str, int, int]]:
    found = [r for reported in write_batch.progress for r in reported.progress.rejected]
    return [(r.channel, r.reason, r.first, r.count) for r in found]


@pytest.mark.parametrize("value", ABSURD)
@pytest.mark.parametrize("records", [1, 7])
def test_an_absurd_sample_is_rejected_alone(value: float, records: int) -> None:
    """Its record's other channels are stored, and so is every other record of its channel."""
    bodies = [
        fields(first, records, channels={"altitude": [420.5] * records, "battery_voltage": [28.1] * records})
        for first in range(0, 3 * records, records)
    ]
    bodies[1]["channels"]["battery_voltage"][0] = value
    write_batch = build(*bodies)
    assert write_batch.samples == 6 * records - 1
    assert rejected(write_batch) == [("battery_voltage", "beyond-scale", records, 1)]
    (letter,) = write_batch.dead_letters
    assert (letter.message.offset(), list(letter.rejection.channels)) == (1, ["battery_voltage"])
    assert f"in record {records}" in letter.rejection.detail


def test_channels_that_are_left_out_are_told_too() -> None:
    """A channel that the mission does not know, or whose column is too short, is named with its records."""
    write_batch = build(
        fields(0, 2, channels={"altitude": [1, 2], "warp": [1, 2]}),
        fields(2, 2, channels={"altitude": [1, 2], "warp": [1, 2], "rssi": [1]}),
    )
    assert rejected(write_batch) == [("warp", "unknown-channel", 0, 4), ("rssi", "column-length", 2, 2)]


@given(st.lists(st.floats(-1e40, 1e40) | st.sampled_from(ABSURD), min_size=1, max_size=30))
def test_what_is_stored_is_within_the_bound_and_the_rest_is_counted(values: list[float]) -> None:
    """Property: every sample is either stored or counted as rejected."""
    write_batch = build(fields(0, len(values), channels={"rssi": values}))
    bound = largest_magnitude(MISSIONS["default"].channel("rssi") or channel())
    bad = [i for i, value in enumerate(values) if abs(value) > bound or 0 < abs(value) < 1e-250]
    assert write_batch.samples == len(values) - len(bad)
    assert sorted(i for _, _, first, count in rejected(write_batch) for i in range(first, first + count)) == bad


@pytest.mark.engines
@pytest.mark.parametrize("value", [*ABSURD, 9.9e7, -9.9e7])
def test_neighbours_of_an_absurd_value_are_read_back_as_they_were_sent(
    station: Station, unique: str, value: float
) -> None:
    """In the real storage, after a merge of its parts: this pass, the one before and the one after, to 1e-11."""
    random = np.random.default_rng(11)
    start = begin(3 * RECORDS)
    columns = [random.uniform(20, 30, RECORDS) for _ in range(3)]
    columns[1][100] = value
    passes = [
        [
            fields(
                first,
                60,
                satellite_id=unique,
                batch_id=f"b{number}",
                timestamps=[start + (number * RECORDS + first + i) * CADENCE_MS for i in range(60)],
                channels={"battery_voltage": column[first : first + 60].tolist(), "altitude": [421.25] * 60},
            )
            for first in range(0, RECORDS, 60)
        ]
        for number, column in enumerate(columns)
    ]
    with station.consumer():
        for chunks in passes:
            station.send_chunks(*chunks)
            station.send_end(end_of(chunks))

            def reported(batch: str = chunks[0]["batch_id"]) -> list[BatchProgress]:
                return [p for p in station.progress(unique) if p.batch_id == batch and p.marker]

            wait_for("the marker is reported", reported)
        await_marker(station, unique)
    merge(station)
    found = station.stored(unique, start, start + 3 * RECORDS * CADENCE_MS)
    assert len(found["satellite_altitude"]) == 3 * RECORDS
    sent = {start + i * CADENCE_MS: v for i, v in enumerate(np.concatenate(columns))}
    if abs(value) < 1e8 and abs(value) > 1:
        assert found["satellite_battery_voltage"][start + (RECORDS + 100) * CADENCE_MS] == pytest.approx(value)
    else:
        del sent[start + (RECORDS + 100) * CADENCE_MS]
        (told_of,) = [r for p in station.progress(unique) for r in p.rejected]
        assert (told_of.channel, told_of.first, told_of.count) == ("battery_voltage", 100, 1)
    stored = found["satellite_battery_voltage"]
    assert stored.keys() == sent.keys()
    wrong = {t: (stored[t], v) for t, v in sent.items() if not math.isclose(stored[t], v, rel_tol=1e-11)}
    assert wrong == {}


def merge(station: Station) -> None:
    """Have the storage merge its parts, and wait until it has."""
    url = str(station.victoria_url).rstrip("/")
    assert requests.get(f"{url}/internal/force_flush", timeout=30).ok
    assert requests.get(f"{url}/internal/force_merge", timeout=30).ok

    def active() -> bool:
        lines = requests.get(f"{url}/metrics", timeout=30).text.splitlines()
        return all(float(line.rpartition(" ")[2]) == 0 for line in lines if line.startswith("vm_active_force_merges"))

    wait_for("the merge is done", active)
