"""The dead-letter commands: list what was rejected, replay it."""

from __future__ import annotations

import json
import os

import pytest
from consumer_batches import begin
from consumer_engines import Station, records_told
from consumer_support import CHUNK_HEADERS, fields
from typer.testing import CliRunner, Result

from passwatch.streaming.stored import parse_places
from tests.support.wait import wait_for
from victoria_consumer.__main__ import app


def command(station: Station, *arguments: str) -> Result:
    """Run a command of the consumer with nothing but Kafka in its environment."""
    ours = {name: None for name in os.environ if name.startswith("PASSWATCH_")}
    env = ours | {"PASSWATCH_KAFKA_BOOTSTRAP": station.bootstrap, "PASSWATCH_TOPIC_PREFIX": station.prefix}
    return CliRunner().invoke(app, arguments, env=env)


@pytest.mark.engines
def test_dead_letters_are_listed_and_replayed(station: Station, unique: str) -> None:
    """What was rejected is listed with its reason and origin, and replayed as it was once it is admitted."""
    start = begin(2)
    early = fields(satellite_id=unique, timestamps=[start, start + 1])
    with station.consumer(oldest_days=1e-6):
        station.send_chunks(early)
        station.send((unique.encode(), b"{", CHUNK_HEADERS), (b"x", b"{", CHUNK_HEADERS))
        wait_for("the dead letters", lambda: len(station.dead_letters()) == 3)
    listed = command(station, "dead-letters", "list", "--json")
    letters = [json.loads(line) for line in listed.stdout.splitlines()]
    assert sorted(letter["reason"] for letter in letters) == ["malformed-json", "malformed-json", "time-out-of-range"]
    assert {letter["origin"]["topic"] for letter in letters} == {station.prefix + "satellite-telemetry"}
    old = next(letter for letter in letters if letter["reason"] == "time-out-of-range")
    assert (old["satellite_id"], "older" in old["detail"]) == (unique, True)
    limited = command(station, "dead-letters", "list", "--json", "--limit", "1", "--reason", "malformed-json")
    assert len(limited.stdout.splitlines()) == 1
    place = f"{old['partition']}:{old['offset']}"
    assert "1 would be sent again" in command(station, "dead-letters", "replay", "--offsets", place, "--dry-run").stdout
    with station.consumer():
        assert "1 sent again" in command(station, "dead-letters", "replay", "--reason", "time-out-of-range").stdout
        wait_for("the replayed chunk is reported", lambda: records_told(station.progress(unique)) == {0, 1})
    assert station.stored(unique, start, start + 1)["satellite_altitude"] == {start: 420, start + 1: 421}
    again = [json.loads(x) for x in command(station, "dead-letters", "list", "--json").stdout.splitlines()]
    assert len(again) == 3, "a message that is taken and rejected again is listed once"


@pytest.mark.engines
def test_unusable_offsets_are_explained(station: Station) -> None:
    """Offsets that cannot be read end the command with a message that says how to write them."""
    result = command(station, "dead-letters", "replay", "--offsets", "2-7")
    assert result.exit_code == 2
    assert "partition:offset" in result.stderr


def test_places_are_parsed() -> None:
    """A place is a partition and an offset or a span of them."""
    assert parse_places("2:17") == (2, 17, 17)
    assert parse_places("0:5-9") == (0, 5, 9)
    with pytest.raises(ValueError, match="partition:offset"):
        parse_places("all")
