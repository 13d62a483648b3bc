import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passwatch import headers
from passwatch.contracts import (
    MAX_RECORDS,
    MAX_TIME_MS,
    MESSAGES,
    BatchEnd,
    BatchProgress,
    Marker,
    StoredRange,
    TelemetryChunk,
)
from passwatch.ids import batch_uid, event_id, job_judgement_id, judgement_id

times = st.integers(min_value=0, max_value=MAX_TIME_MS)
samples = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@given(
    index=st.integers(0, MAX_RECORDS),
    timestamps=st.lists(times, min_size=1, max_size=5),
    channels=st.dictionaries(st.text(min_size=1, max_size=8), st.lists(samples, max_size=5), max_size=3),
)
def test_a_chunk_survives_its_encoding(
    index: int, timestamps: list[int], channels: dict[str, list[float | None]]
) -> None:
    """Every value of a chunk, missing ones too, is the same after JSON and back."""
    chunk = TelemetryChunk(
        mission="m", satellite_id="S", batch_id="b", first_index=index, timestamps=timestamps, channels=channels
    )
    assert msgspec.json.decode(msgspec.json.encode(chunk), type=TelemetryChunk) == chunk


def test_progress_survives_its_encoding() -> None:
    """A progress message with its nested parts is the same after JSON and back."""
    progress = BatchProgress(
        mission="m",
        satellite_id="S",
        batch_id="b",
        ranges=[StoredRange(first=0, count=2, first_time=1, last_time=2, hashes="A" * 22 + "==")],
        marker=Marker(records=2, first_time=1, last_time=2, broker_time=3),
        broker_time=3,
    )
    assert msgspec.json.decode(msgspec.json.encode(progress), type=BatchProgress) == progress


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"mission": "No Good"}, r"\$\.mission"),
        ({"satellite_id": ""}, r"\$\.satellite_id"),
        ({"batch_id": "a/b"}, r"\$\.batch_id"),
        ({"batch_id": "a\n"}, r"\$\.batch_id"),
        ({"satellite_id": "S\n"}, r"\$\.satellite_id"),
        ({"mission": "m\n"}, r"\$\.mission"),
        ({"records": 10**10}, r"\$\.records"),
        ({"last_time": 9 * 10**15}, r"\$\.last_time"),
        ({"records": 0}, r"\$\.records"),
        ({"first_time": -1}, r"\$\.first_time"),
        ({"last_time": "now"}, r"\$\.last_time"),
    ],
)
def test_a_bad_field_is_named(change: dict[str, object], where: str) -> None:
    """A message that breaks its contract is refused with the place of the fault."""
    good = {"mission": "m", "satellite_id": "S", "batch_id": "b", "records": 1, "first_time": 0, "last_time": 0}
    with pytest.raises(msgspec.ValidationError, match=where):
        msgspec.json.decode(msgspec.json.encode(good | change), type=BatchEnd)


def test_unknown_fields_are_let_through() -> None:
    """A later version may add fields without breaking those who read today's."""
    good = {"mission": "m", "satellite_id": "S", "batch_id": "b", "records": 1, "first_time": 0, "last_time": 0}
    assert msgspec.json.decode(msgspec.json.encode(good | {"new": 1}), type=BatchEnd).records == 1


def test_headers_tell_type_and_version() -> None:
    """What a sender writes into the headers is what a receiver reads."""
    for message in MESSAGES:
        read = headers.read(headers.make(message))
        assert (read[headers.TYPE], read[headers.SCHEMA]) == (message.__name__, "1")


def test_odd_headers_do_no_harm() -> None:
    """Missing, empty and undecodable headers are read as text, never as an error."""
    assert headers.read(None) == {}
    assert headers.read([("a", None), ("b", b"\xff")]) == {"a": "", "b": "\ufffd"}


def test_ids_follow_what_they_are_about() -> None:
    """The same thing has the same id wherever it is computed, and two things have two."""
    uid = batch_uid("default", "SAT-001", "b1")
    assert uid == "6cbba9c8-d3dc-5895-a540-d61105eade1a"
    ids = [
        uid,
        batch_uid("default", "SAT-001", "b2"),
        batch_uid("default", "SAT-002", "b1"),
        batch_uid("other", "SAT-001", "b1"),
        batch_uid("default", "SAT-001", "b1", "test"),
        judgement_id(uid, 1, "eps"),
        judgement_id(uid, 2, "eps"),
        judgement_id(uid, 1, "aocs"),
        job_judgement_id(uid, "eps"),
        event_id(uid, "battery_temp", "limits", 1),
    ]
    assert len(set(ids)) == len(ids)
