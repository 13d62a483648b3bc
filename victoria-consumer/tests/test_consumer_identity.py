"""Takes on real engines: remembered over a restart, waited for while PostgreSQL is away, and bounded."""

from __future__ import annotations

import math
from typing import Any

import pytest
from consumer_batches import await_marker, batch, begin, end_of, wanted
from consumer_engines import Station

from passwatch.contracts import BatchProgress
from passwatch.victoria import VictoriaClient
from tests.support.wait import wait_for

pytestmark = pytest.mark.engines

NOWHERE = "postgresql+psycopg2://nobody@127.0.0.1:9/none"
RECORDS = 60


def takes_of(progress: list[BatchProgress], batch_id: str) -> set[int]:
    return {stored.take for reported in progress if reported.batch_id == batch_id for stored in reported.ranges}


def assert_in_take(station: Station, satellite: str, take: int, chunks: list[dict[str, Any]]) -> None:
    """Exactly the samples of these chunks are in the take."""
    times = [time for chunk in chunks for time in chunk["timestamps"]]
    client = VictoriaClient(station.victoria_url)
    selector = f'{{satellite_id="{satellite}",stream="realtime",take="{take}"}}'
    found = client.export(selector, min(times) - 10**8, max(times) + 10**8)
    client.close()
    stored = {s.metric["__name__"]: dict(zip(s.timestamps, s.values, strict=True)) for s in found}
    expected = wanted(chunks)
    assert stored.keys() == expected.keys()
    for name, series in expected.items():
        assert stored[name].keys() == series.keys(), name
        assert all(math.isclose(stored[name][t], v, rel_tol=1e-11, abs_tol=1e-300) for t, v in series.items()), name


def test_takes_are_remembered_over_a_restart(station: Station, unique: str) -> None:
    """Other values under another id go beside the first ones, and what is sent again goes where it went."""
    start = begin(RECORDS)
    first = batch(unique, start, RECORDS, 20, batch_id="first")
    second = batch(unique, start + 7, RECORDS, 20, batch_id="second")
    with station.consumer():
        station.send_chunks(*first)
        station.send_end(end_of(first))
        await_marker(station, unique)
    with station.consumer():
        station.send_chunks(*second, *first)
        station.send_end(end_of(second))
        ended = {"first", "second"}  # the first may be reported again: what the restart left uncommitted is read again
        wait_for("both ended", lambda: {m.batch_id for m in station.progress(unique) if m.marker is not None} == ended)
    progress = station.progress(unique)
    assert (takes_of(progress, "first"), takes_of(progress, "second")) == ({0}, {1})
    assert_in_take(station, unique, 0, first)
    assert_in_take(station, unique, 1, second)


def test_telemetry_waits_while_postgresql_is_away(station: Station, unique: str) -> None:
    """Nothing is stored or reported without it, readiness says so, and everything comes when it is back."""
    chunks = batch(unique, begin(RECORDS), RECORDS, 20)
    with station.consumer(postgres_dsn=NOWHERE) as consumer:
        station.send_chunks(*chunks)
        station.send_end(end_of(chunks))
        check = wait_for("readiness says so", lambda: not (c := consumer.service.probes()["takes"]()).ok and c)
        assert "telemetry waits for PostgreSQL" in check.detail
        assert station.progress(unique) == []
    assert station.committed() == {}
    with station.consumer() as consumer:
        await_marker(station, unique)
        assert consumer.service.probes()["takes"]().ok
    assert_in_take(station, unique, 0, chunks)
