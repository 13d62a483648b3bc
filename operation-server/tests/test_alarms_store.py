"""Verdicts become incidents, and people act on their alarms: on the real database."""

from __future__ import annotations

import threading
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from operation_server.live.queries import LiveEvent, after

pytestmark = pytest.mark.engines

RUNAWAY = [("battery_temp", 30, 90), ("battery_soc", 45, 80), ("battery_temp", 95, 100), ("temp_obc", 60, 110)]


def listed(server: Any, data: Any, **params: Any) -> list[dict[str, Any]]:
    """The incidents of the pass's satellite."""
    items: list[dict[str, Any]] = server.json("/alarms", satellite_id=data.satellite_id, **params)["items"]
    return items


def judged(server: Any, sender: Any, data: Any, channels: list[tuple[str, int, int]], **other: Any) -> None:
    """Send a pass's verdicts with these events, and wait until they are stored."""
    sender.results(*data.results(events=[data.event(*c, score=8.0 - c[1] / 20) for c in channels], **other))
    server.judged(data.uid, other.get("revision", 1))


def act(server: Any, item: dict[str, Any], verb: str, expect: int = 200, **body: Any) -> dict[str, Any]:
    """Do something about an incident."""
    sent = {"user": "ada", "version": item["version"], **body}
    answer = server.client.post(f"/api/v1/alarms/{item['incident_id']}/{verb}", json=sent)
    assert answer.status_code == expect, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_one_fault_on_many_channels_is_one_incident(server: Any, sender: Any, a_pass: Any) -> None:
    """Events of two subsystems that overlap are one incident; its cause is what began first and deviates most."""
    data = a_pass()
    judged(server, sender, data, RUNAWAY)
    (item,) = listed(server, data)
    assert (item["channel"], item["subsystem"], item["severity"]) == ("battery_temp", "eps", "critical")
    assert (item["findings"], item["affected"], item["state"]) == (4, 3, "returned-unacknowledged")
    assert item["annunciated"]
    detail = server.json(f"/alarms/{item['incident_id']}")
    assert detail["channels"][0]["channel"] == "battery_temp"
    assert sum(c["share"] for c in detail["channels"]) == pytest.approx(1, abs=1e-3)
    assert {a["act"] for a in detail["history"]} <= {"raised", "grew"}
    assert listed(server, data, channel="temp_obc") == [item]
    assert listed(server, data, channel="gyro_x") == []


def test_a_nominal_pass_raises_nothing(server: Any, sender: Any, a_pass: Any) -> None:
    """Without an event there is no incident, and too little data is none either."""
    data = a_pass()
    judged(server, sender, data, [])
    other = a_pass(batch_id="pass-2", start_ms=data.end_ms + 30_000)
    judged(server, sender, other, [], verdict="INSUFFICIENT_DATA")
    assert listed(server, data) == []


def test_a_fault_goes_on_into_the_next_pass_and_ends(server: Any, sender: Any, a_pass: Any) -> None:
    """A fault at a pass's end is ongoing; the next pass's events join it, and a nominal pass ends it."""
    data = a_pass()
    judged(server, sender, data, [("battery_temp", 100, 119)])
    (item,) = listed(server, data)
    assert (item["ongoing"], item["state"]) == (True, "unacknowledged")
    gap = 5 * 3_600_000
    second = a_pass(batch_id="pass-2", start_ms=data.end_ms + gap)
    judged(server, sender, second, [("battery_temp", 0, 119)])
    (grown,) = listed(server, data)
    assert (grown["incident_id"], grown["findings"], grown["ongoing"]) == (item["incident_id"], 2, True)
    third = a_pass(batch_id="pass-3", start_ms=second.end_ms + gap)
    judged(server, sender, third, [])
    (over,) = listed(server, data)
    assert (over["ongoing"], over["state"]) == (False, "returned-unacknowledged")
    acked = act(server, over, "acknowledge")
    assert acked["state"] == "returned"
    assert act(server, acked, "clear")["state"] == "cleared"
    assert listed(server, data, standing=True) == []
    assert len(listed(server, data, standing=False)) == 1


def test_a_later_revision_corrects_the_incident(server: Any, sender: Any, a_pass: Any) -> None:
    """What a later revision no longer finds is taken out; what nobody has acknowledged stays until somebody has."""
    data = a_pass()
    judged(server, sender, data, RUNAWAY, records=115)
    (item,) = listed(server, data)
    judged(server, sender, data, [RUNAWAY[0]], revision=2)
    (less,) = listed(server, data)
    assert (less["incident_id"], less["findings"], less["affected"]) == (item["incident_id"], 1, 1)
    third = a_pass()
    judged(server, sender, third, [], revision=3, records=119)
    (none,) = listed(server, data)
    assert (none["findings"], none["ongoing"], none["annunciated"]) == (0, False, True)


def test_incidents_that_turn_out_to_be_one_are_merged(server: Any, sender: Any, a_pass: Any) -> None:
    """What lies between two incidents makes them one; neither an acknowledgement too few nor a history is lost."""
    data = a_pass(records=600)
    judged(server, sender, data, [("battery_temp", 30, 40), ("battery_temp", 300, 310)])
    first, second = sorted(listed(server, data), key=lambda i: i["onset"])
    act(server, first, "acknowledge")
    middle = [("battery_temp", 30, 40), ("battery_temp", 90, 250), ("battery_temp", 300, 310)]
    judged(server, sender, data, middle, revision=2)
    (item,) = listed(server, data)
    assert item["findings"] == 3
    assert item["annunciated"], "the one that nobody had acknowledged still asks for attention"
    assert item["incident_id"] in {first["incident_id"], second["incident_id"]}
    gone = ({first["incident_id"], second["incident_id"]} - {item["incident_id"]}).pop()
    assert server.json(f"/alarms/{gone}")["merged_into"] == item["incident_id"]


@pytest.mark.parametrize(("stream", "state"), [("dump", "logged"), ("import", "logged"), ("test", None)])
def test_other_streams_raise_no_alarm(server: Any, sender: Any, a_pass: Any, stream: str, state: str | None) -> None:
    """A dump is put on record and asks for nobody; a test leaves nothing."""
    data = a_pass()
    results = data.results(events=[data.event("battery_temp", 30, 40)], stream=stream)
    sender.results(*results)
    server.judged(data.uid)
    assert [i["state"] for i in listed(server, data)] == ([state] if state else [])
    assert listed(server, data, standing=True) == []


def test_old_data_raises_no_alarm(server: Any, sender: Any, a_pass: Any) -> None:
    """A pass that comes days after newer telemetry is put on record, and annunciated to nobody."""
    data = a_pass()
    judged(server, sender, data, [])
    old = a_pass(batch_id="late", start_ms=data.start_ms - 5 * 86_400_000)
    judged(server, sender, old, RUNAWAY)
    (item,) = listed(server, data)
    assert (item["state"], item["annunciated"]) == ("logged", False)


def test_growing_worse_raises_it_again(server: Any, sender: Any, a_pass: Any) -> None:
    """An acknowledged warning that becomes critical asks for attention again; more of the same does not."""
    data = a_pass()
    warning = data.event("battery_temp", 100, 119, "warning")
    sender.results(*data.results(events=[warning]))
    server.judged(data.uid)
    (item,) = listed(server, data)
    acked = act(server, item, "acknowledge")
    second = a_pass(batch_id="pass-2", start_ms=data.end_ms + 30_000)
    sender.results(*second.results(events=[second.event("battery_temp", 0, 119, "warning")]))
    server.judged(second.uid)
    (same,) = listed(server, data)
    assert (same["state"], same["raised"], same["findings"]) == ("acknowledged", 1, 2)
    assert same["version"] > acked["version"]
    third = a_pass(batch_id="pass-3", start_ms=second.end_ms + 30_000)
    sender.results(*third.results(events=[third.event("battery_temp", 0, 119, "critical")]))
    server.judged(third.uid)
    (worse,) = listed(server, data)
    assert (worse["state"], worse["raised"], worse["severity"]) == ("unacknowledged", 2, "critical")
    assert worse["acknowledged_by"] is None


def test_of_two_operators_one_is_told(server: Any, sender: Any, a_pass: Any) -> None:
    """Two who act on the same version at once: one does, the other gets 409 with the incident as it is now."""
    data = a_pass()
    judged(server, sender, data, RUNAWAY)
    (item,) = listed(server, data)
    barrier, answers = threading.Barrier(2), []

    def acts(user: str) -> None:
        barrier.wait(10)
        path = f"/api/v1/alarms/{item['incident_id']}/acknowledge"
        answers.append(server.client.post(path, json={"user": user, "version": item["version"]}))

    threads = [threading.Thread(target=acts, args=(user,)) for user in ("ada", "bob")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won, lost = sorted(answers, key=lambda a: a.status_code)
    assert (won.status_code, lost.status_code) == (200, 409)
    assert lost.headers["content-type"] == "application/problem+json"
    assert lost.json()["current"] == won.json()
    history = server.json(f"/alarms/{item['incident_id']}")["history"]
    assert [a["user"] for a in history if a["act"] == "acknowledged"] == [won.json()["acknowledged_by"]]


def test_acts_that_do_not_fit_are_refused(server: Any, sender: Any, a_pass: Any) -> None:
    """An alarm is not cleared before it is acknowledged and normal, not shelved for longer than allowed."""
    data = a_pass()
    judged(server, sender, data, [("battery_temp", 100, 119)])
    (item,) = listed(server, data)
    assert "not acknowledged" in act(server, item, "clear", 409)["detail"]
    assert act(server, item, "shelve", 409, minutes=60 * 24 + 1)["current"]["state"] == "unacknowledged"
    acked = act(server, item, "acknowledge", comment="seen")
    assert "still present" in act(server, acked, "clear", 409)["detail"]
    assert "no acknowledgement" in act(server, acked, "acknowledge", 409)["detail"]
    assert act(server, acked, "comment", 422)["errors"][0]["field"] == "body.comment"
    act(server, {**acked, "incident_id": str(uuid4())}, "acknowledge", 404)
    assert act(server, acked, "label", label="nuisance")["label"] == "nuisance"


def test_a_shelved_alarm_comes_back_by_itself(
    server: Any, sender: Any, a_pass: Any, database: Any, eventually: Any
) -> None:
    """When its time is over a shelved alarm is annunciated again, and its history says so."""
    data = a_pass()
    judged(server, sender, data, RUNAWAY)
    (item,) = listed(server, data)
    shelved = act(server, item, "shelve", minutes=1)
    assert (shelved["annunciated"], shelved["state"]) == (False, item["state"])
    with database.begin() as connection:
        over = text("UPDATE operation.incident SET shelved_until = clock_timestamp() WHERE incident_id = :id")
        connection.execute(over, {"id": item["incident_id"]})
    eventually(lambda: listed(server, data)[0]["annunciated"], "the end of the shelving")
    history = server.json(f"/alarms/{item['incident_id']}")["history"]
    assert [(a["act"], a["user"]) for a in history[:2]] == [("shelving ended", None), ("shelved", "ada")]


def test_what_is_out_of_service_is_quiet_and_not_forgotten(server: Any, sender: Any, a_pass: Any) -> None:
    """Alarms of a channel out of service are kept, listed, and annunciated when it returns."""
    data = a_pass()
    body = {"mission": "default", "satellite_id": data.satellite_id, "channel": "battery_temp", "user": "ada"}
    answer = server.client.post("/api/v1/alarms/out-of-service", json=body | {"comment": "recalibrated"})
    assert answer.status_code == 201, answer.text
    entry = answer.json()["entry_id"]
    again = server.client.post("/api/v1/alarms/out-of-service", json=body | {"comment": "recalibrated"})
    assert again.status_code == 409
    judged(server, sender, data, RUNAWAY)
    (item,) = listed(server, data, standing=True)
    assert (item["out_of_service"], item["annunciated"]) == (True, False)
    back = server.client.post(f"/api/v1/alarms/out-of-service/{entry}/return", json={"user": "bob"})
    assert back.status_code == 200, back.text
    (item,) = listed(server, data)
    assert (item["out_of_service"], item["annunciated"]) == (False, True)


@pytest.mark.usefixtures("own_corner")
def test_the_stream_tells_of_every_change(server: Any, sender: Any, a_pass: Any, database: Any) -> None:
    """Each version of an incident comes on the live stream once, in order; the history holds as many."""
    data = a_pass()
    judged(server, sender, data, RUNAWAY)
    (item,) = listed(server, data)
    act(server, item, "acknowledge")
    with database.connect() as connection:
        events: list[LiveEvent] = [e for e in after(connection, 0, 1000) if e.kind == "alarm"]
        versions = list(
            connection.execute(text("SELECT version FROM operation.incident_act ORDER BY act_id")).scalars()
        )
    assert [f'"version":{n},' in e.data for n, e in enumerate(events, 1)] == [True] * len(events)
    assert sorted(set(versions)) == list(range(1, len(events) + 1))


def test_history_cannot_be_changed(server: Any, sender: Any, a_pass: Any, database: Any) -> None:
    """The database itself refuses to change or remove what was done."""
    data = a_pass()
    judged(server, sender, data, RUNAWAY)
    for statement in ("UPDATE operation.incident_act SET act = ''", "DELETE FROM operation.incident_act"):
        with pytest.raises(DBAPIError, match="append-only"), database.begin() as connection:
            connection.execute(text(statement))


@pytest.mark.usefixtures("own_corner")
def test_pages_of_alarms_have_each_once(server: Any, sender: Any, a_pass: Any) -> None:
    """Following `next` gives every incident once, whatever the page's size."""
    passes = [a_pass(satellite_id=f"SAT-{n}-{a_pass().satellite_id}") for n in range(7)]
    for data in passes:
        sender.results(*data.results(events=[data.event("battery_temp", 30, 40)]))
    for data in passes:
        server.judged(data.uid)
    seen, cursor = [], None
    while True:
        page = server.json("/alarms", limit=3, **({"cursor": cursor} if cursor else {}))
        seen += [i["satellite_id"] for i in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(p.satellite_id for p in passes)
    assert server.get("/alarms", cursor="nonsense").status_code == 422
