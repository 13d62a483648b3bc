"""Search, dashboard, statistics and configuration on real engines."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.engines


@pytest.fixture
def two_passes(server: Any, sender: Any, a_pass: Any) -> Any:
    """A nominal and an anomalous batch."""
    bad, good = a_pass(batch_id="bad-1"), a_pass(batch_id="good-1", start_ms=a_pass().end_ms + 30_000)
    warning = bad.event("temp_obc", 30, 31, "warning", explanation="temp_obc drifts slowly upward")
    sender.results(*bad.results(events=[bad.event("battery_temp", 10, 20), warning]), *good.results())
    server.judged(bad.uid)
    server.judged(good.uid)
    return bad, good


def test_search_finds_words_phrases_and_filters(server: Any, two_passes: Any) -> None:
    """All words must occur, parts of names count, a phrase keeps its order, `-` excludes, filters narrow further."""
    bad, _ = two_passes

    def channels(**query: Any) -> list[str | None]:
        found = server.json("/search/results", satellite_id=bad.satellite_id, **query)
        assert found["engine"] == "postgresql"
        return [h["channel"] for h in found["items"]]

    assert channels(q="battery") == ["battery_temp"]
    assert channels(q="temp critical") == ["battery_temp"]
    assert channels(q='"drifts slowly"') == ["temp_obc"]
    assert channels(q='"slowly drifts"') == []
    assert channels(q="temp -battery", kind="event") == ["temp_obc"]
    assert channels(q="battery or drifts", kind="event") == ["temp_obc", "battery_temp"]
    assert channels(q="bad-1 anomaly", kind="batch") == [None]
    assert channels(severity="warning") == ["temp_obc"]
    assert len(channels(kind="verdict")) == 4
    assert len(channels(kind="verdict", verdict="NOMINAL")) == 2
    assert channels(q="bad-1", kind="verdict", subsystem="eps") == [None]
    page = server.json("/search/results", satellite_id=bad.satellite_id, limit=5)
    rest = server.json("/search/results", satellite_id=bad.satellite_id, limit=5, cursor=page["next"])
    assert len({h["id"] for h in page["items"] + rest["items"]}) == 8


def test_a_superseded_revision_is_not_found(server: Any, sender: Any, two_passes: Any) -> None:
    """Search and the list of anomalies speak of the current revisions only."""
    bad, _ = two_passes
    sender.results(*bad.results(revision=2))
    server.judged(bad.uid, 2)
    assert server.json("/search/results", satellite_id=bad.satellite_id, kind="event")["items"] == []
    assert server.json("/dashboard/anomalies", satellite_id=bad.satellite_id)["items"] == []


def test_a_batch_is_found_from_its_first_record_on(server: Any, sender: Any, a_pass: Any, eventually: Any) -> None:
    """A batch is found by its id while it is received, and by its verdict once it is judged; there is one of it."""
    data = a_pass(batch_id="new-7")

    def hits() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = server.json(
            "/search/results", satellite_id=data.satellite_id, q="new-7", kind="batch"
        )["items"]
        return found

    sender.progress(data.progress(0, 60))
    hit = eventually(hits, "the batch")[0]
    assert (hit["id"], hit["verdict"], hit["revision"], hit["subsystem"]) == (data.uid, "PENDING", 0, None)
    assert hit["text"] == "batch new-7: receiving"
    sender.results(*data.results())
    server.judged(data.uid)
    (hit,) = hits()
    assert (hit["verdict"], hit["revision"], hit["text"]) == ("NOMINAL", 1, "batch new-7: NOMINAL, 0 events")


@pytest.mark.usefixtures("own_corner")
def test_the_dashboard_counts_what_there_is(server: Any, sender: Any, two_passes: Any) -> None:
    """Counts add up: batches by status and verdict, events of current revisions by severity, verdicts of a day."""
    bad, good = two_passes
    found = server.json("/dashboard/stats")
    assert (found["satellites"], found["batches"], found["records"]) == (1, 2, bad.records + good.records)
    assert found["by_status"] == {"JUDGED": 2}
    assert found["by_verdict"] == {"ANOMALY": 1, "NOMINAL": 1}
    assert found["events"] == found["events_24h"] == {"warning": 1, "critical": 1}
    assert (found["verdicts_24h"], found["seconds_to_verdict_24h"]["count"]) == (4, 2)
    anomalies = server.json("/dashboard/anomalies", satellite_id=bad.satellite_id)["items"]
    assert [e["channel"] for e in anomalies] == ["temp_obc", "battery_temp"]
    worst = server.json("/dashboard/anomalies", satellite_id=bad.satellite_id, severity="critical")["items"]
    assert [e["channel"] for e in worst] == ["battery_temp"]
    satellites = server.json("/trends/satellites")["items"]
    assert [(s["satellite_id"], s["batches"], s["verdict"]) for s in satellites] == [(bad.satellite_id, 2, "NOMINAL")]
    late = bad.event("battery_temp", 10, 20)
    sender.results(*bad.results(revision=2, events=[late, bad.event("temp_obc", 30, 31)]))
    server.judged(bad.uid, 2)
    found = server.json("/dashboard/stats")
    assert found["events"] == found["events_24h"] == {"warning": 0, "critical": 2}


@pytest.mark.usefixtures("own_corner")
def test_inference_statistics_add_up(server: Any, two_passes: Any) -> None:
    """Judgements are counted by verdict, subsystem and model, and their parts timed."""
    assert two_passes
    found = server.json("/inference/statistics", hours=1)
    assert (found["judgements"], found["by_verdict"]) == (4, {"ANOMALY": 2, "NOMINAL": 2})
    assert [(s["subsystem"], s["judgements"], s["anomalies"]) for s in found["by_subsystem"]] == [
        ("eps", 2, 1),
        ("thermal", 2, 1),
    ]
    assert {(m["model"], m["version"], m["judgements"]) for m in found["by_model"]} == {
        ("vae_timeseries", "1", 4),
        ("transformer_timeseries", "1", 4),
    }
    assert found["judging_s"]["median"] == pytest.approx(0.8)
    recent = server.json("/inference/recent", verdict="ANOMALY")["items"]
    assert {j["subsystem"] for j in recent} == {"eps", "thermal"}


def test_configuration_names_missions_satellites_and_models(server: Any, two_passes: Any) -> None:
    """Listed and heard satellites, all subsystems, and the models that took part, with Triton or without."""
    bad, _ = two_passes
    missions = {m["id"]: m for m in server.json("/config/satellites")["items"]}
    satellites = {s["satellite_id"]: s for s in missions["default"]["satellites"]}
    assert (satellites["SAT-001"]["listed"], satellites["SAT-001"]["heard"]) == (True, False)
    assert (satellites[bad.satellite_id]["listed"], satellites[bad.satellite_id]["heard"]) == (False, True)
    subsystems = {(s["mission"], s["subsystem"]): s for s in server.json("/config/subsystems")["items"]}
    assert len(subsystems["default", "eps"]["channels"]) == 12
    assert subsystems["nasa-smap-msl", "recorded"]["channel_patterns"]
    models = server.json("/config/models")
    assert models["serving"]["detail"]
    used = {m["name"]: m["used_versions"] for m in models["items"]}
    assert used["vae_timeseries"] == ["1"]
