"""The consumer and a VictoriaMetrics that dies: what was readable and is lost is stored again."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from consumer_batches import assert_stored, await_marker, batch, begin, end_of
from consumer_engines import PrivateVictoria, Station

from passwatch.victoria import VictoriaClient
from tests.support.wait import wait_for

pytestmark = pytest.mark.engines


def test_killed_storage_gets_everything_again(
    private_station: Station, private_victoria: PrivateVictoria, unique: str
) -> None:
    """VictoriaMetrics is killed right after a report, and again midway: afterwards every sample is there."""
    chunks = batch(unique, begin(400), 400)
    with private_station.consumer() as running:
        private_station.send_chunks(*chunks[:2])
        wait_for("the first half is reported", lambda: private_station.progress(unique))
        private_victoria.kill()
        private_station.send_chunks(*chunks[2:])
        private_station.send_end(end_of(chunks))
        trouble = wait_for(
            "readiness says that the storage is away",
            lambda: None if (c := running.service.probes()["victoriametrics"]()).ok else c,
        )
        private_victoria.start()
        await_marker(private_station, unique)
        assert_stored(private_station, unique, chunks)
        reported = len(private_station.progress(unique))
        private_victoria.kill()
        private_victoria.start()
        wait_for("all is reported again", lambda: len(private_station.progress(unique)) > reported)
        wait_for("readiness is well again", lambda: running.service.probes()["victoriametrics"]().ok)
        wait_for("everything is stored", lambda: _is_stored(private_station, unique, chunks))
        assert private_station.committed() == {}
    assert trouble.detail


def test_restart_of_an_idle_storage_is_noticed(
    private_station: Station, private_victoria: PrivateVictoria, unique: str
) -> None:
    """A restart while nothing comes is noticed by the start time, before anything that it lost could be committed."""
    chunks = batch(unique, begin(100), 100)
    with private_station.consumer(commit_delay_s=6) as running:
        private_station.send_chunks(*chunks)
        private_station.send_end(end_of(chunks))
        await_marker(private_station, unique)
        private_victoria.kill()
        private_victoria.start()
        running.clock.shift_s = 3_600
        wait_for("the restart is noticed", lambda: running.service._writer.generation > 0)
        wait_for("everything is stored again", lambda: _is_stored(private_station, unique, chunks))
        running.clock.shift_s = 7_200
        wait_for("and committed", lambda: sum(private_station.committed().values()) == len(chunks) + 1)
        assert_stored(private_station, unique, chunks)


def test_consumer_waits_for_a_storage_that_is_not_there_yet(
    private_station: Station, private_victoria: PrivateVictoria, unique: str
) -> None:
    """A consumer that starts before its storage stays up, says so, and stores everything once it is there."""
    private_victoria.kill()
    chunks = batch(unique, begin(100), 100)
    with private_station.consumer() as running:
        private_station.send_chunks(*chunks)
        private_station.send_end(end_of(chunks))
        assert not running.service.probes()["victoriametrics"]().ok
        private_victoria.start()
        await_marker(private_station, unique)
        assert_stored(private_station, unique, chunks)


def test_slow_storage_pauses_the_partitions(
    private_station: Station, private_victoria: PrivateVictoria, unique: str
) -> None:
    """While the storage takes nothing, partitions are paused, membership stays, and afterwards everything is stored."""
    chunks = batch(unique, begin(200), 200, 10)
    with private_station.consumer(poll_messages=1) as running:
        wait_for("the storage is met", lambda: running.service.probes()["victoriametrics"]().ok)
        private_victoria.freeze()
        private_station.send_chunks(*chunks)
        private_station.send_end(end_of(chunks))
        wait_for("the partitions are paused", lambda: running.service._reader._paused)
        private_victoria.thaw()
        await_marker(private_station, unique)
        assert_stored(private_station, unique, chunks)
        wait_for("they go on", lambda: not running.service._reader._paused)
        assert len(running.service._ledger.partitions) == 6


def test_storage_that_refuses_is_tried_again_without_hurry(
    private_station: Station, private_victoria: PrivateVictoria, unique: str
) -> None:
    """A storage that answers but refuses imports is in trouble all the while, and is tried with growing pauses."""
    refusing = private_victoria.url + "/elsewhere"
    with private_station.consumer(victoria_url=private_victoria.url) as running:
        wait_for("the storage is met", lambda: running.service.probes()["victoriametrics"]().ok)
        importing = running.service._client
        importing._url, url = refusing, importing._url
        private_station.send_chunks(*batch(unique, begin(10), 10))
        wait_for("readiness says so", lambda: not running.service.probes()["victoriametrics"]().ok)
        wait_for("the pauses have grown", lambda: running.service._writer._pause_s >= 0.4)
        importing._url = url
        wait_for("the chunk is reported", lambda: private_station.progress(unique))
        wait_for("readiness is well", lambda: running.service.probes()["victoriametrics"]().ok)


def test_rows_that_the_storage_drops_are_an_error(private_station: Station, private_victoria: PrivateVictoria) -> None:
    """When VictoriaMetrics drops rows without an error, readiness says so."""
    with private_station.consumer() as running:
        probe = running.service.probes()["victoriametrics_rows"]
        wait_for("the storage is met", lambda: running.service.probes()["victoriametrics"]().ok)
        assert probe().ok
        body = b'{"metric":{"__name__":"x"},"values":[1],"timestamps":[1000]}\n'
        requests.post(private_victoria.url + "/api/v1/import", data=body, timeout=5).raise_for_status()
        VictoriaClient(private_victoria.url).force_flush()
        check = wait_for("readiness says so", lambda: None if (c := probe()).ok else c)
    assert "dropped rows" in check.detail


def _is_stored(station: Station, satellite: str, chunks: list[dict[str, Any]]) -> bool:
    try:
        assert_stored(station, satellite, chunks)
    except (AssertionError, KeyError):
        return False
    return True
