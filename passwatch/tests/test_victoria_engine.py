import json
import time

import pytest

from passwatch.victoria import VictoriaClient, VictoriaRefused, VictoriaUnavailable

pytestmark = pytest.mark.engines


def line(name: str, satellite: str, timestamps: list[int], values: list[float]) -> bytes:
    metric = {"__name__": name, "satellite_id": satellite}
    return json.dumps({"metric": metric, "values": values, "timestamps": timestamps}).encode() + b"\n"


def test_samples_are_read_back_after_a_flush(victoria_url: str, unique: str) -> None:
    """What is imported and flushed is exported at once, equal in time and value, bounds inclusive."""
    client = VictoriaClient(victoria_url)
    now = int(time.time() * 1000) - 3_600_000
    timestamps = [now + 30_000 * i + i for i in range(50)]
    values = [20.125 + i * 0.1 for i in range(50)]
    client.import_lines(line("satellite_a", unique, timestamps, values) + line("satellite_b", unique, [now], [1.0]))
    client.force_flush()
    selector = f'{{__name__=~"satellite_(a|b)",satellite_id="{unique}"}}'
    series = {s.metric["__name__"]: s for s in client.export(selector, timestamps[0], timestamps[-1])}
    assert series["satellite_a"].timestamps == timestamps
    assert series["satellite_a"].values == pytest.approx(values, rel=1e-11)
    assert series["satellite_b"].values == [1.0]
    inner = client.export(f'satellite_a{{satellite_id="{unique}"}}', timestamps[1], timestamps[-2])
    assert inner[0].timestamps == timestamps[1:-1]
    assert client.query(f'count_over_time(satellite_a{{satellite_id="{unique}"}}[2h])', timestamps[-1])[0][1] == 50


def test_a_sample_sent_twice_is_stored_once(victoria_url: str, unique: str) -> None:
    """The storage removes repeated samples, so importing again is safe."""
    client = VictoriaClient(victoria_url)
    now = int(time.time() * 1000) - 3_600_000
    for _ in range(2):
        client.import_lines(line("satellite_a", unique, [now, now + 1], [1.0, 2.0]))
        client.force_flush()
    (series,) = client.export(f'{{satellite_id="{unique}"}}', now, now + 1)
    assert (series.timestamps, series.values) == ([now, now + 1], [1.0, 2.0])


def test_of_two_values_at_one_time_one_survives(victoria_url: str, unique: str) -> None:
    """A sample sent again with another value leaves one of the two; which one is the storage's choice."""
    client = VictoriaClient(victoria_url)
    now = int(time.time() * 1000) - 3_600_000
    for name, values in (("satellite_up", [1.0, 2.0]), ("satellite_down", [2.0, 1.0])):
        for value in values:
            client.import_lines(line(name, unique, [now], [value]))
            client.force_flush()
    found = {s.metric["__name__"]: s.values for s in client.export(f'{{satellite_id="{unique}"}}', now, now)}
    assert set(found) == {"satellite_up", "satellite_down"}
    assert all(values in ([1.0], [2.0]) for values in found.values())


def test_the_storage_tells_its_start_and_its_rejects(victoria_url: str) -> None:
    """The counters that reveal a restart and silent loss can be read."""
    counters = VictoriaClient(victoria_url).counters()
    assert 1_600_000_000 < counters.start_time <= time.time() + 1
    assert counters.rejected_rows >= 0


def test_a_wrong_request_is_told_apart(victoria_url: str) -> None:
    """A request that will never succeed is not taken for an outage."""
    with pytest.raises(VictoriaRefused, match="/api/v1/export: 4"):
        VictoriaClient(victoria_url).export("{", 0, 1)


def test_an_absent_storage_is_unavailable() -> None:
    """A storage that does not answer is an outage, to be tried again."""
    with pytest.raises(VictoriaUnavailable, match="/internal/force_flush"):
        VictoriaClient("http://127.0.0.1:9").force_flush()
