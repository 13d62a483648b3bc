"""Batches, revisions and verdicts, from Kafka to the API, on real engines."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from operation_server.times import from_ms
from operation_server.web.schemas import iso

pytestmark = pytest.mark.engines


def test_a_batch_is_judged_when_all_subsystems_are(
    server: Any, sender: Any, a_pass: Any, eventually: Any, unique: str
) -> None:
    """A batch stays PENDING until its last subsystem's verdict; then it has the worst of them, and its evidence."""
    data = a_pass(batch_id=f"pass-{unique}")
    eps, thermal = data.results(events=[data.event("battery_temp", 50, 60)])
    sender.results(eps)
    pending = eventually(lambda: server.json("/batches", satellite_id=data.satellite_id)["items"], "the batch")[0]
    assert (pending["status"], pending["verdict"], pending["revision"]) == ("JUDGING", "PENDING", None)
    sender.results(thermal)
    found = server.judged(data.uid)
    assert (found["status"], found["verdict"], found["rule"]) == ("JUDGED", "ANOMALY", "complete")
    assert (found["records"], found["expected"], found["completeness"]) == (120, 120, 1.0)
    assert 1.5 <= found["seconds_to_verdict"] < 60
    assert [c["channel"] for c in found["channels"]] == ["battery_soc", "battery_temp", "temp_obc"]
    assert [(s["subsystem"], s["verdict"]) for s in found["subsystems"]] == [("eps", "ANOMALY"), ("thermal", "NOMINAL")]
    assert found["worst_channels"][0]["channel"] == "battery_temp"
    assert found["worst_channels"][0]["severity"] == "critical"
    event = found["events"][0]
    assert (event["channel"], event["unit"], event["severity"]) == ("battery_temp", "°C", "critical")
    assert event["start"] == iso(from_ms(data.start_ms + 50 * 30_000))
    assert {p["calibration"]["revision"] for p in found["provenance"]} == {"default-1"}
    assert server.json(f"/batches/{data.batch_id}") == found


def test_first_write_wins(server: Any, sender: Any, a_pass: Any) -> None:
    """A result that comes again, even with another content, changes nothing and makes no second verdict."""
    data = a_pass()
    sender.results(*data.results())
    before = server.judged(data.uid)
    sender.results(*data.results(events=[data.event("battery_temp", 50, 60)]))
    marker = a_pass(batch_id="after")
    sender.results(*marker.results())
    server.judged(marker.uid)
    after = server.json(f"/batches/{data.uid}")
    assert [(o["batch_id"], o["batch_uid"]) for o in after["overlaps"]] == [("after", marker.uid)]
    assert after == before | {"overlaps": after["overlaps"]}
    recent = server.json("/inference/recent", satellite_id=data.satellite_id)["items"]
    assert len([j for j in recent if j["batch_uid"] == data.uid]) == 2


def test_late_data_makes_a_new_revision_with_its_diff(server: Any, sender: Any, a_pass: Any, eventually: Any) -> None:
    """The former revision stays current while the new one is incomplete; afterwards the diff says what changed."""
    data = a_pass()
    first = [data.event("battery_temp", 50, 60), data.event("battery_soc", 70, 71, "warning")]
    sender.results(*data.results(records=84, events=first))
    one = server.judged(data.uid)
    assert (one["rule"], one["completeness"], one["revisions"][0]["missing"]) == (
        "grace",
        0.7,
        [{"first": 84, "count": 36}],
    )
    second = [data.event("battery_temp", 50, 80), data.event("temp_obc", 100, 101)]
    eps, thermal = data.results(revision=2, events=second)
    sender.results(eps)
    meanwhile = eventually(
        lambda: (b := server.json(f"/batches/{data.uid}"))["status"] == "JUDGING" and b, "the second revision"
    )
    assert (meanwhile["revision"], meanwhile["verdict"], meanwhile["events"]) == (1, "ANOMALY", one["events"])
    sender.results(thermal)
    two = server.judged(data.uid, 2)
    assert (two["status"], two["completeness"]) == ("JUDGED", 1.0)
    newest, former = two["revisions"]
    assert (newest["current"], former["current"]) == (True, False)
    diff = newest["diff"]
    assert (diff["previous"], diff["records_added"]) == (1, 36)
    assert [e["channel"] for e in diff["gained"]] == ["temp_obc"]
    assert [e["channel"] for e in diff["lost"]] == ["battery_soc"]
    assert [m["before"]["channel"] for m in diff["moved"]] == ["battery_temp"]
    assert diff["verdicts"] == [{"subsystem": "thermal", "before": "NOMINAL", "after": "ANOMALY"}]
    for name in ("verdict", "verdict_time", "records", "missing", "subsystems"):
        assert former[name] == one["revisions"][0][name]


def test_progress_shows_a_batch_that_is_being_received(server: Any, sender: Any, a_pass: Any, eventually: Any) -> None:
    """Records are counted once however often and in whatever order they are told; marker and all records: JUDGING."""
    data = a_pass()
    sender.progress(data.progress(40, 40), data.progress(40, 40), data.progress(30, 20))
    found = eventually(
        lambda: next(iter(server.json("/batches", satellite_id=data.satellite_id)["items"]), None), "the batch"
    )
    assert (found["status"], found["records"], found["expected"], found["completeness"]) == (
        "RECEIVING",
        50,
        None,
        None,
    )
    sender.progress(data.progress(0, 40), data.progress(70, 50, marker=True))
    found = eventually(
        lambda: (b := server.json(f"/batches/{data.uid}"))["records"] == 120 and b["expected"] and b, "the rest"
    )
    assert (found["status"], found["completeness"], found["verdict"]) == ("JUDGING", 1.0, "PENDING")


@pytest.mark.usefixtures("own_corner")
def test_bad_results_are_dead_letters_and_stop_nothing(
    server: Any, sender: Any, a_pass: Any, server_env: Any, eventually: Any
) -> None:
    """Results that cannot be used are kept as they came with the reason; the good ones around them are stored."""
    from passwatch import headers  # noqa: PLC0415
    from passwatch.streaming.stored import StoredDeadLetter, read  # noqa: PLC0415

    data = a_pass()
    good = [(headers.TYPE, b"SubsystemResult"), (headers.SCHEMA, b"1")]
    eps, thermal = data.results()
    sender.results(eps)
    sender.raw_result(b"{", good)
    sender.raw_result(b"\xff\xfe", good)
    sender.raw_result(b"{}", [])
    sender.raw_result(b"{}", [(headers.TYPE, b"SubsystemResult"), (headers.SCHEMA, b"9")])
    other = a_pass(satellite_id=data.satellite_id + "-b")
    endless = "".join(str(i) for i in range(30_000))
    sender.results(
        other.result("eps", judgement_id="not-a-uuid", series=None),
        other.result("eps", reason="a\x00b"),
        of_no_job := other.result("eps", job_id="3f2b8a52-7f0c-4f0e-9c55-2f6f0a1b2c3d"),
        other.result("eps", revision=2**40),
        other.result("eps", subsystems=["thermal"]),
        msgspec.structs.replace(other.result("eps"), subsystem=endless, subsystems=[endless]),
    )
    sender.raw_result(msgspec.json.encode(other.result("eps", reason="!!")).replace(b"!!", b"\\ud800"), good)
    known = msgspec.to_builtins(other.progress(0, 1))
    for wrong in ({"count": 10**9}, {"first": 2**62}, {"first": 2**70}, {"last_time": 9 * 10**18}):
        sender.raw_progress(msgspec.json.encode(known | {"ranges": [known["ranges"][0] | wrong]}))
    sender.raw_progress(b'{"ranges":' + b"[" * 3_000 + b"]" * 3_000 + b"}")
    sender.progress(other.progress(0, 1))
    sender.results(thermal)
    server.judged(data.uid)

    def letters() -> list[StoredDeadLetter]:
        return list(read(server_env["kafka_bootstrap"], server_env["topic_prefix"]))

    rejected = eventually(lambda: len(found := letters()) == 16 and found, "all bad ones rejected")
    (kept,) = [letter.message.value() for letter in rejected if "no job" in letter.label.detail]
    assert kept == msgspec.json.encode(of_no_job)
    assert any("NUL" in letter.label.detail for letter in rejected)
    received = eventually(
        lambda: (a := server.get(f"/batches/{other.uid}")).status_code == 200 and a.json(), "progress"
    )
    assert (received["records"], received["subsystems"], received["revisions"]) == (1, [], [])


def test_events_of_one_channel_are_listed_apart(server: Any, sender: Any, a_pass: Any) -> None:
    """The list of anomalies can be asked for one channel, page by page."""
    data = a_pass()
    first, last = data.event("battery_temp", 50, 60), data.event("battery_temp", 80, 90)
    sender.results(*data.results(events=[first, data.event("temp_obc", 70, 71), last]))
    server.judged(data.uid)
    question = {"satellite_id": data.satellite_id, "channel": "battery_temp", "limit": 1}
    newest = server.json("/dashboard/anomalies", **question)
    older = server.json("/dashboard/anomalies", **question, cursor=newest["next"])
    starts = [iso(from_ms(e.start)) for e in (last, first)]
    assert [page["items"][0]["start"] for page in (newest, older)] == starts
    assert older["next"] is None
    assert server.json("/dashboard/anomalies", satellite_id=data.satellite_id, channel="gyro_x")["items"] == []


def test_pages_hold_every_batch_once(server: Any, sender: Any, a_pass: Any) -> None:
    """Following the cursors gives every batch that matches exactly once."""
    passes = [a_pass(batch_id=f"pass-{i}", start_ms=a_pass().start_ms + i * 3_600_000) for i in range(7)]
    sender.results(*(r for p in passes for r in p.results()))
    for p in passes:
        server.judged(p.uid)
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = server.json("/batches", satellite_id=passes[0].satellite_id, limit=3, **cursor)
        seen += [b["batch_id"] for b in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert sorted(seen) == sorted(p.batch_id for p in passes)
    wanted = server.json("/batches", satellite_id=passes[0].satellite_id, **{"from": passes[6].start_ms})
    assert [b["batch_id"] for b in wanted["items"]] == ["pass-6"]
