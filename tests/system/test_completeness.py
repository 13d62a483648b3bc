"""What a verdict says of batches that are short, late, silent, repeated or contradictory."""

import pytest

from passwatch.mission import Mission
from tests.support.console import Console, Json
from tests.support.station import Pass, Station, simulated

pytestmark = pytest.mark.system

RECORDS = 400


@pytest.fixture
def sent(mission: Mission, unique: str, start_ms: int) -> Pass:
    """A pass of a satellite of its own."""
    return simulated(mission, f"SAT-{unique}", start_ms, records=RECORDS)


def revision(batch: Json, number: int) -> Json:
    """One revision of a batch."""
    (found,) = [r for r in batch["revisions"] if r["revision"] == number]
    return dict(found)


def test_the_marker_never_comes(console: Console, station: Station, sent: Pass) -> None:
    """Without a marker the batch is judged after silence, and the verdict says so and claims no completeness."""
    station.records(sent, range(RECORDS))
    station.flush()
    batch = console.judged(sent.uid)
    assert (batch["rule"], batch["records"], batch["expected"], batch["completeness"]) == ("quiet", RECORDS, None, None)


def test_the_marker_comes_before_the_last_chunks(console: Console, station: Station, sent: Pass) -> None:
    """A marker that overtakes chunks closes nothing while they arrive: one revision, judged whole."""
    station.records(sent, range(200))
    station.marker(sent)
    station.records(sent, range(200, RECORDS))
    station.flush()
    batch = console.judged(sent.uid)
    assert (batch["rule"], batch["records"], batch["completeness"]) == ("complete", RECORDS, 1.0)
    assert [r["revision"] for r in batch["revisions"]] == [1]


def test_a_third_of_the_records_is_missing_and_comes_late(console: Console, station: Station, sent: Pass) -> None:
    """A short batch is judged after the grace and says what is missing; late records make revision 2 with its diff."""
    first, late = range(280), range(280, RECORDS)
    station.records(sent, first)
    station.marker(sent)
    station.flush()
    batch = console.judged(sent.uid)
    assert (batch["rule"], batch["records"], batch["completeness"]) == ("grace", 280, 0.7)
    assert revision(batch, 1)["missing"] == [{"first": 280, "count": 120}]

    station.records(sent, late)
    station.flush()
    batch = console.judged(sent.uid, revision=2)
    assert (batch["rule"], batch["records"], batch["completeness"]) == ("complete", RECORDS, 1.0)
    assert revision(batch, 2)["diff"]["records_added"] == 120
    assert revision(batch, 2)["diff"]["previous"] == 1
    assert revision(batch, 1)["completeness"] == 0.7


def test_the_same_batch_twice_changes_nothing(console: Console, station: Station, sent: Pass) -> None:
    """A batch sent again, chunked otherwise, leaves one revision and no conflict."""
    station.whole(sent)
    station.flush()
    before = console.judged(sent.uid)
    station.whole(sent, size=37)
    following = simulated_after(sent)
    station.whole(following)
    station.flush()
    console.judged(following.uid)
    after = console.judged(sent.uid)
    assert [r["revision"] for r in after["revisions"]] == [1]
    assert after["verdict_time"] == before["verdict_time"]
    assert revision(after, 1)["conflicts"] == []


def test_a_changed_value_is_a_conflict(console: Console, station: Station, sent: Pass) -> None:
    """A record sent again with another value is listed as a conflict by a new revision."""
    station.whole(sent)
    station.flush()
    console.judged(sent.uid)
    sent.telemetry.channels["battery_temp"][123] += 1.0
    station.records(sent, range(100, 200))
    station.flush()
    batch = console.judged(sent.uid, revision=2)
    assert revision(batch, 2)["conflicts"] == [{"first": 123, "count": 1}]
    assert revision(batch, 2)["records"] == RECORDS
    assert revision(batch, 1)["conflicts"] == []


def simulated_after(sent: Pass) -> Pass:
    """A short batch of the same satellite that follows: once it is judged, all before it was handled."""
    last = int(sent.telemetry.timestamps[-1])
    rows = slice(0, 60)
    telemetry = type(sent.telemetry)(
        sent.telemetry.timestamps[rows] + (last - int(sent.telemetry.timestamps[0]) + 30_000),
        {name: values[rows].copy() for name, values in sent.telemetry.channels.items()},
        [],
        sent.telemetry.indices[rows],
    )
    return Pass(sent.mission, sent.satellite_id, sent.batch_id + "-next", telemetry)
