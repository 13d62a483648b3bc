"""Trends on real engines: samples as stored, forecasts of the current revisions, ranges, and the cache."""

from __future__ import annotations

import math
import time
from typing import Any

import msgspec
import pytest
import redis
from pydantic import BaseModel
from sqlalchemy import text

from operation_server.calibrations import queries as calibrations
from operation_server.db import partitions
from operation_server.db.retention import prune
from operation_server.satellites.queries import Heard
from operation_server.times import from_ms
from operation_server.trends.cache import TrendCache
from operation_server.web.schemas import iso
from passwatch.names import metric_name

pytestmark = pytest.mark.engines


def heard(server: Any, sender: Any, data: Any, eventually: Any) -> None:
    """Have the server know that the whole pass is stored."""
    sender.progress(data.progress(0, data.records))
    eventually(
        lambda: any(
            s["newest_sample"] == iso(from_ms(data.end_ms))
            for s in server.json("/trends/satellites", limit=200)["items"]
            if s["satellite_id"] == data.satellite_id
        ),
        "the newest sample",
    )


def test_raw_samples_come_as_stored(server: Any, sender: Any, a_pass: Any, store_samples: Any, eventually: Any) -> None:
    """Every sample of the span is there, at its time, with its value; gaps are told, by either name of the metric."""
    data = a_pass(records=200)
    values = [24.0 + math.sin(i) if not 50 <= i < 60 else None for i in range(200)]
    store_samples(data, "battery_temp", values)
    heard(server, sender, data, eventually)
    span = {"from": data.start_ms, "to": iso(from_ms(data.end_ms))}
    found = server.json("/trends/raw", satellite_id=data.satellite_id, metric="battery_temp", **span)
    expected = [(data.start_ms + i * 30_000, v) for i, v in enumerate(values) if v is not None]
    assert found["raw"]["t"] == [t for t, _ in expected]
    assert found["raw"]["v"] == pytest.approx([v for _, v in expected], rel=1e-11)
    assert (found["decimated"], found["samples"], found["unit"], found["cadence_ms"]) == (False, 190, "°C", 30_000)
    assert (found["from"], found["to"], found["range"]) == (
        iso(from_ms(data.start_ms)),
        iso(from_ms(data.end_ms)),
        None,
    )
    assert found["gaps"] == [
        {"from": iso(from_ms(data.start_ms + 49 * 30_000)), "to": iso(from_ms(data.start_ms + 60 * 30_000))}
    ]
    by_series = server.json("/trends/raw", satellite_id=data.satellite_id, metric=metric_name("battery_temp"), **span)
    assert by_series == found


@pytest.mark.parametrize(("name", "records"), [("1h", 121), ("6h", 721), ("1d", 2881)])
def test_ranges_count_back_from_the_newest_sample(
    server: Any, sender: Any, a_pass: Any, store_samples: Any, eventually: Any, name: str, records: int
) -> None:
    """A range ends at the satellite's newest sample, not now; both of its bounds belong to it."""
    data = a_pass(records=2890)
    store_samples(data, "battery_temp", [float(i) for i in range(2890)])
    heard(server, sender, data, eventually)
    found = server.json("/trends/raw", satellite_id=data.satellite_id, metric="battery_temp", range=name, points=20_000)
    assert (found["to"], found["newest_sample"], found["range"]) == (*[iso(from_ms(data.end_ms))] * 2, name)
    assert found["samples"] == records
    assert found["raw"]["v"][-1] == 2889


def test_a_spike_survives_decimation(
    server: Any, sender: Any, a_pass: Any, store_samples: Any, eventually: Any
) -> None:
    """A week asked for in few points still shows a single sample that sticks out."""
    data = a_pass(records=5000)
    store_samples(data, "battery_temp", [99.0 if i == 3210 else 20.0 for i in range(5000)])
    heard(server, sender, data, eventually)
    found = server.json("/trends/raw", satellite_id=data.satellite_id, metric="battery_temp", range="1w", points=100)
    assert found["decimated"] is True
    assert found["samples"] == 5000
    assert len(found["raw"]["t"]) <= 100
    assert dict(zip(found["raw"]["t"], found["raw"]["v"], strict=True))[data.start_ms + 3210 * 30_000] == 99.0


def test_forecasts_are_those_of_the_current_revision(server: Any, sender: Any, a_pass: Any, store_samples: Any) -> None:
    """Forecasts stand at exactly their samples' times, never mixed between revisions; missing ones are left out."""
    data = a_pass()
    store_samples(data, "battery_temp", [20.0 + 0.01 * i for i in range(120)])
    event = data.event("battery_temp", 50, 60)
    sender.results(*data.results(records=100))
    server.judged(data.uid)
    sender.results(*data.results(revision=2, events=[event]))
    server.judged(data.uid, 2)
    question = {"satellite_id": data.satellite_id, "metric": "battery_temp", "range": "1h"}
    found = server.json("/trends/prediction", **question)
    vae, transformer = found["forecasts"]["vae_timeseries"], found["forecasts"]["transformer_timeseries"]
    assert vae["t"] == [data.start_ms + i * 30_000 for i in range(20, 120)]
    assert vae["v"] == pytest.approx([20.002 + 0.01 * i for i in range(100)])
    assert len(transformer["t"]) == 99
    assert len(found["scores"]["t"]) == 100
    assert [(j["revision"], j["verdict"]) for j in found["judgements"]] == [(2, "ANOMALY")]
    assert [e["explanation"] for e in found["events"]] == [event.explanation]
    both = server.json("/trends/compare", **question)
    assert both["forecasts"] == found["forecasts"]
    assert both["samples"] == 120
    assert both["limits"]["critical_high"] is not None
    figures = server.json("/trends/statistics", **question)
    assert (figures["count"], figures["expected"], figures["completeness"]) == (120, 120, 1.0)
    assert (figures["min"]["value"], figures["max"]["value"]) == (20.0, 21.19)
    assert figures["forecasts"]["vae_timeseries"]["count"] == 100
    assert figures["forecasts"]["vae_timeseries"]["bias"] == pytest.approx(-0.198)
    assert figures["events"] == {"warning": 0, "critical": 1}


def test_a_judgement_names_the_calibration_it_was_made_by(
    server: Any, sender: Any, a_pass: Any, database: Any, unique: str
) -> None:
    """Batch and trend name it alike: revision and scope are the judgement's own, the rest is there if it is stored."""
    data, revision = a_pass(), f"c-{unique}"
    content = {"revision": revision, "mission": data.mission, "source": "a week", "models": {}, "channels": {}}
    span = (from_ms(data.start_ms - 86_400_000), from_ms(data.start_ms))
    with database.begin() as connection:
        calibrations.put(connection, content, data.satellite_id, "fitted", span)
    judged = data.result("eps")
    own = msgspec.structs.replace(judged.provenance, calibration=revision, calibration_scope="satellite")
    sender.results(msgspec.structs.replace(judged, provenance=own), data.result("thermal"))
    batch = server.judged(data.uid)

    def calibration_of(channel: str) -> Any:
        question = {"satellite_id": data.satellite_id, "metric": channel, "range": "1h"}
        (judgement,) = server.json("/trends/compare", **question)["judgements"]
        return judgement["calibration"]

    known, unknown = calibration_of("battery_temp"), calibration_of("temp_obc")
    assert (known["revision"], known["scope"], known["origin"]) == (revision, "satellite", "fitted")
    assert (known["from"], known["to"]) == (iso(span[0]), iso(span[1]))
    assert (known["source"], bool(known["created_at"])) == ("a week", True)
    assert unknown == dict.fromkeys(known, None) | {"revision": "default-1", "scope": "mission"}
    assert {p["subsystem"]: p["calibration"] for p in batch["provenance"]} == {"eps": known, "thermal": unknown}


def test_a_judgement_says_what_limited_it(server: Any, sender: Any, a_pass: Any) -> None:
    """A channel that could not be judged is told as such with the reason, beside its telemetry."""
    data = a_pass()
    eps, thermal = data.results(verdict="INSUFFICIENT_DATA")
    note = "96 of 120 samples missing"
    channels = [msgspec.structs.replace(c, verdict="INSUFFICIENT_DATA", note=note) for c in eps.channels]
    sender.results(msgspec.structs.replace(eps, channels=channels), thermal)
    server.judged(data.uid)
    for channel, told in (("battery_temp", ("INSUFFICIENT_DATA", note)), ("temp_obc", ("NOMINAL", None))):
        question = {"satellite_id": data.satellite_id, "metric": channel, "range": "1h"}
        (judged,) = server.json("/trends/compare", **question)["judgements"]
        assert (judged["verdict"], judged["note"]) == told


def test_the_cache_is_never_older_than_the_latest_verdict(
    server: Any, sender: Any, a_pass: Any, store_samples: Any, server_env: dict[str, Any]
) -> None:
    """An answer is kept, and a new verdict makes it unreachable at once."""
    data = a_pass()
    store_samples(data, "battery_temp", [20.0] * 120)
    sender.results(*data.results(records=100))
    server.judged(data.uid)
    question = {"satellite_id": data.satellite_id, "metric": "battery_temp", "range": "1h"}
    former = server.json("/trends/prediction", **question)
    client = redis.Redis.from_url(server_env["redis_url"])
    keys = list(client.scan_iter(f"{server_env['topic_prefix']}trend:prediction:default:{data.satellite_id}:*"))
    assert len(keys) == 1
    assert server.json("/trends/prediction", **question) == former
    sender.results(*data.results(revision=2))
    server.judged(data.uid, 2)
    assert [j["revision"] for j in server.json("/trends/prediction", **question)["judgements"]] == [2]


def test_an_answer_of_another_form_is_not_given(a_pass: Any, server_env: dict[str, Any]) -> None:
    """What another release kept under the same question is not found: an answer has all that the API promises."""

    class Narrow(BaseModel):
        channel: str

    cache = TrendCache(server_env["redis_url"], server_env["topic_prefix"], 60)
    heard = Heard(a_pass().satellite_id, "default", None, 1)
    narrow = cache.get_or_make("compare", Narrow, heard, {}, lambda: Narrow(channel="battery_temp"))
    assert cache.get_or_make("compare", Narrow, heard, {}, lambda: Narrow(channel="another")) == narrow

    class Wide(Narrow):
        calibration: str

    wide = cache.get_or_make("compare", Wide, heard, {}, lambda: Wide(channel="battery_temp", calibration="c"))
    assert Wide.model_validate_json(wide).calibration == "c"
    cache.close()


def test_without_redis_answers_are_the_same(
    start_server: Any, sender: Any, a_pass: Any, store_samples: Any, eventually: Any
) -> None:
    """Redis down costs time, not truth: the service stays ready, says that it is worse off, and answers the same."""
    good, poor = start_server(), start_server(redis_url="redis://127.0.0.1:1/0")
    data = a_pass()
    store_samples(data, "battery_temp", [20.0] * 120)
    sender.results(*data.results())
    good.judged(data.uid)
    for kind in ("raw", "prediction", "compare", "statistics"):
        question = {"satellite_id": data.satellite_id, "metric": "battery_temp", "range": "1h"}
        assert poor.json(f"/trends/{kind}", **question) == good.json(f"/trends/{kind}", **question)
    state = eventually(lambda: (r := poor.client.get("/health/ready").json())["ready"] and r, "readiness")
    assert state["degraded"] is True
    assert state["checks"]["redis"]["ok"] is False
    assert state["checks"]["redis"]["required"] is False


def test_without_victoria_telemetry_is_503(start_server: Any, sender: Any, a_pass: Any) -> None:
    """What needs VictoriaMetrics fails as 503 while it is down; verdicts are served, and readiness says why not."""
    server = start_server(victoria_url="http://127.0.0.1:1")
    data = a_pass()
    sender.results(*data.results())
    server.judged(data.uid)
    question = {"satellite_id": data.satellite_id, "metric": "battery_temp"}
    answer = server.get("/trends/raw", **question)
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert "VictoriaMetrics" in answer.json()["detail"]
    assert server.get("/trends/prediction", **question).status_code == 200
    ready = server.client.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json()["checks"]["victoria"]["ok"] is False


def test_recorded_channels_are_listed_by_what_was_heard(
    server: Any, sender: Any, a_pass: Any, store_samples: Any, eventually: Any
) -> None:
    """A mission that knows its channels by pattern lists those that the satellite has, judged ones first."""
    data = a_pass(mission="nasa-smap-msl")
    store_samples(data, "A-1", [0.5] * 120)
    store_samples(data, "cmd_7", [1.0] * 120)
    heard(server, sender, data, eventually)
    items = server.json("/trends/metrics", satellite_id=data.satellite_id)["items"]
    assert [(m["channel"], m["series"], m["role"]) for m in items] == [
        ("A-1", "satellite_a_1", "judged"),
        ("cmd_7", "satellite_cmd_7", "context"),
    ]
    for metric in ("A-1", "satellite_a_1"):
        assert server.json("/trends/raw", satellite_id=data.satellite_id, metric=metric)["channel"] == "A-1"


def test_feature_cards_show_every_channel(server: Any, sender: Any, a_pass: Any, store_samples: Any) -> None:
    """Each channel has a card: latest value, extremes, verdict and events; a channel without samples has empty ones."""
    data = a_pass()
    store_samples(data, "battery_temp", [20.0] * 119 + [25.0])
    sender.results(*data.results(events=[data.event("battery_temp", 50, 60, "warning")]))
    server.judged(data.uid)
    found = server.json("/dashboard/features", satellite_id=data.satellite_id, range="1h")
    cards = {c["channel"]: c for c in found["items"]}
    assert len(cards) == 33
    card = cards["battery_temp"]
    assert card["latest"] == {"time": iso(from_ms(data.end_ms)), "value": 25.0}
    assert (card["min"], card["max"], card["verdict"], card["events"], card["severity"]) == (
        20.0,
        25.0,
        "ANOMALY",
        1,
        "warning",
    )
    assert cards["gyro_x"]["latest"] is None
    assert cards["gyro_x"]["sparkline"] == {"t": [], "v": []}


def test_every_gap_of_a_week_is_in_the_answer(
    server: Any, sender: Any, a_pass: Any, store_samples: Any, eventually: Any
) -> None:
    """A week in which two thousand times a sample is missing: each gap is listed, and their number is said."""
    data = a_pass(records=20_160, start_ms=a_pass().start_ms - 7 * 86_400_000)
    store_samples(data, "battery_temp", [None if i % 10 == 5 else 20.0 for i in range(data.records)])
    heard(server, sender, data, eventually)
    body = server.json("/trends/raw", satellite_id=data.satellite_id, metric="battery_temp", range="1w")
    assert body["gaps_total"] == len(body["gaps"]) == 2_016
    assert body["takes_total"] == len(body["takes"]) == 1


@pytest.mark.usefixtures("own_corner")
def test_old_series_go_and_verdicts_stay(server: Any, sender: Any, a_pass: Any, database: Any) -> None:
    """Retention drops the forecasts' partitions; the batch with its completeness and events stays as it was."""
    data = a_pass()
    sender.results(*data.results(events=[data.event("battery_temp", 50, 60)]))
    before = server.judged(data.uid)
    with database.begin() as connection:
        partitions.ensure(connection, [partitions.today() - 60 * partitions.WEEK])
        dropped, removed = prune(connection, 365, 1)
        assert dropped == [partitions.name_of(partitions.week_of(partitions.today() - 60 * partitions.WEEK))]
        assert removed == 0
        connection.execute(text("UPDATE operation.live_event SET at = at - interval '3 days'"))
        newest = connection.scalar(text("SELECT max(seq) FROM operation.live_event"))
        assert prune(connection, 365, 1)[1] > 0
        assert list(connection.scalars(text("SELECT seq FROM operation.live_event"))) == [newest]
        assert partitions.drop_older(connection, partitions.today() + 5 * partitions.WEEK)
        partitions.ensure_ahead(connection)
    assert server.json(f"/batches/{data.uid}") == before
    assert (
        server.json("/trends/prediction", satellite_id=data.satellite_id, metric="battery_temp", points=999)[
            "forecasts"
        ]
        == {}
    )


def test_a_burst_is_stored_at_the_pace_it_comes(server: Any, sender: Any, a_pass: Any, eventually: Any) -> None:
    """Results of many satellites at once are all stored, each with its series and its events."""
    passes = [a_pass(satellite_id=f"{a_pass().satellite_id}-{i}", records=1080) for i in range(40)]
    results = [r for p in passes for r in p.results(events=[p.event("battery_temp", 50, 60)])]
    began = time.perf_counter()
    sender.results(*results)
    mine = {p.uid for p in passes}

    def judged() -> bool:
        items = server.json("/batches", status="JUDGED", limit=200)["items"]
        return mine <= {b["batch_uid"] for b in items if b["events"] == 1}

    eventually(judged, "all verdicts", 60)
    print(f"{len(results)} results in {time.perf_counter() - began:.2f} s")  # noqa: T201 - a figure, no assertion
