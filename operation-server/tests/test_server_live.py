"""The live stream: every event once, in the order of commit, whichever server a browser asks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import httpx_sse
import pytest
from sqlalchemy import Engine, text

from operation_server.batches.schemas import BatchSummary
from operation_server.live import queries as live
from operation_server.live.schemas import AnomalyNotice, VerdictNotice

pytestmark = pytest.mark.engines


@dataclass
class Browser:
    """What a browser has seen: ids, kinds and data, in order."""

    events: list[httpx_sse.ServerSentEvent] = field(default_factory=list)
    connected: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    start_id: str = ""

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """The data of the events of one kind."""
        return [json.loads(e.data) for e in list(self.events) if e.event == kind]

    @property
    def last_id(self) -> str:
        """The id that it would reconnect with."""
        return self.events[-1].id if self.events else self.start_id


@contextmanager
def browsing(base_url: str, last_event_id: str | None = None) -> Iterator[Browser]:
    """A browser that follows the stream until the block ends."""
    browser = Browser()
    client = httpx.Client(timeout=httpx.Timeout(5, read=60))
    sent = {"Last-Event-ID": last_event_id} if last_event_id is not None else {}
    response_box: list[httpx.Response] = []

    def follow() -> None:
        try:
            with httpx_sse.connect_sse(client, "GET", base_url + "/api/v1/stream", headers=sent) as source:
                response_box.append(source.response)
                for event in source.iter_sse():
                    if not browser.connected.is_set():
                        browser.start_id = event.id
                        browser.connected.set()
                    if event.data and event.event != "ping":
                        browser.events.append(event)
        except httpx.HTTPError:
            pass
        finally:
            browser.ended.set()

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    assert browser.connected.wait(20), "the stream did not begin"
    try:
        yield browser
    finally:
        stream = response_box[0].extensions["network_stream"]
        with suppress(OSError):
            stream.get_extra_info("socket").shutdown(2)
        thread.join(10)
        client.close()


def test_every_browser_sees_every_verdict_once(start_server: Any, sender: Any, a_pass: Any, eventually: Any) -> None:
    """With two servers that share the work, a browser at either sees all verdicts, once each, in the same order."""
    servers = [start_server(), start_server()]
    for server in servers:
        eventually(lambda s=server: s.client.get("/health/ready").json()["ready"], "readiness")
    passes = [a_pass(satellite_id=f"SAT-{i}-{a_pass().satellite_id}") for i in range(24)]
    with browsing(servers[0].base_url) as one, browsing(servers[1].base_url) as two:
        for data in passes:
            sender.results(*data.results(events=[data.event("battery_temp", 30, 40)]))
        expected = {(p.uid, s) for p in passes for s in ("eps", "thermal")}
        judged = {p.uid for p in passes}
        for browser in (one, two):
            eventually(
                lambda b=browser: judged == {i["batch_uid"] for i in b.of_kind("batch") if i["status"] == "JUDGED"},
                "all batches judged",
            )
            seen = [(v["batch_uid"], v["subsystem"]) for v in browser.of_kind("verdict")]
            assert len(seen) == len(expected)
            assert set(seen) == expected
            assert len(browser.of_kind("anomaly")) == len(passes)
        assert [e.id for e in one.events] == [e.id for e in two.events]
        assert [int(e.id) for e in one.events] == sorted({int(e.id) for e in one.events})


def test_a_reconnect_misses_and_repeats_nothing(start_server: Any, sender: Any, a_pass: Any, eventually: Any) -> None:
    """What was committed while a browser was away comes when it reconnects, at another server too; nothing twice."""
    first, second = start_server(), start_server()
    for server in (first, second):
        eventually(lambda s=server: s.client.get("/health/ready").json()["ready"], "readiness")
    passes = [a_pass(batch_id=f"pass-{i}") for i in range(3)]
    with browsing(first.base_url) as before:
        sender.results(*passes[0].results())
        eventually(lambda: len(before.of_kind("verdict")) == 2 and before.of_kind("batch")[-1]["revision"], "pass 0")
    sender.results(*passes[1].results())
    first.judged(passes[1].uid)
    with browsing(second.base_url, before.last_id) as after:
        sender.results(*passes[2].results())
        eventually(lambda: len(after.of_kind("verdict")) >= 4, "passes 1 and 2")
        seen = before.of_kind("verdict") + after.of_kind("verdict")
    assert [v["batch_id"] for v in seen] == ["pass-0"] * 2 + ["pass-1"] * 2 + ["pass-2"] * 2
    assert not {e.id for e in before.events} & {e.id for e in after.events}


def test_a_browser_that_saw_nothing_yet_resumes_too(server: Any, sender: Any, a_pass: Any, eventually: Any) -> None:
    """The stream tells its position at once, so a connection that breaks before its first event loses none."""
    with browsing(server.base_url) as before:
        pass
    data = a_pass()
    sender.results(*data.results())
    server.judged(data.uid)
    with browsing(server.base_url, before.start_id) as after:
        eventually(lambda: len(after.of_kind("verdict")) == 2, "both verdicts")


@pytest.mark.usefixtures("own_corner")
def test_numbers_rise_in_the_order_of_commit(database: Engine) -> None:
    """A transaction that has drawn its number first has committed first: a reader at number n has seen all before."""
    notice = BatchSummary.model_validate(BatchSummary.model_config["json_schema_extra"]["examples"][0])  # type: ignore[index]
    barrier = threading.Barrier(6)

    def write() -> None:
        barrier.wait(10)
        for _ in range(20):
            with database.begin() as connection:
                live.lock(connection)
                live.append(connection, [("batch", notice.model_dump_json())] * 3)

    writers = [threading.Thread(target=write) for _ in range(6)]
    for writer in writers:
        writer.start()
    seen: list[int] = []
    while any(w.is_alive() for w in writers) or len(seen) < 360:
        with database.connect() as connection:
            seen += [e.seq for e in live.after(connection, seen[-1] if seen else 0, 1000)]
    for writer in writers:
        writer.join()
    with database.connect() as connection:
        everything = list(connection.scalars(text("SELECT seq FROM operation.live_event ORDER BY seq")))
    assert seen == everything


def test_a_position_that_is_no_longer_kept_is_told(server: Any, sender: Any, a_pass: Any, eventually: Any) -> None:
    """Who asks for events that are pruned, or of another database, is told to load anew, and follows from now on."""
    data = a_pass()
    with browsing(server.base_url, "999999999") as browser:
        eventually(lambda: any(e.event == "reset" for e in browser.events), "the reset")
        sender.results(*data.results())
        eventually(lambda: len(browser.of_kind("verdict")) == 2, "both verdicts")


def test_a_late_revision_raises_only_what_is_new(server: Any, sender: Any, a_pass: Any, eventually: Any) -> None:
    """An anomaly that the former revision had is not raised again; the shapes are those that the document tells."""
    data = a_pass()
    known, new = data.event("battery_temp", 50, 60), data.event("temp_obc", 80, 81)
    with browsing(server.base_url) as browser:
        sender.results(*data.results(records=100, events=[known]))
        server.judged(data.uid)
        sender.results(*data.results(revision=2, events=[known, new]))
        server.judged(data.uid, 2)
        eventually(
            lambda: len(browser.of_kind("verdict")) == 4 and browser.of_kind("batch")[-1]["revision"] == 2, "all"
        )
        anomalies = browser.of_kind("anomaly")
        assert [(a["revision"], a["channel"], a["live"]) for a in anomalies] == [
            (1, "battery_temp", True),
            (2, "temp_obc", True),
        ]
        for kind, model in (("batch", BatchSummary), ("verdict", VerdictNotice), ("anomaly", AnomalyNotice)):
            for item in browser.of_kind(kind):
                model.model_validate(item)


def test_a_server_stops_while_streams_are_open(start_server: Any, eventually: Any) -> None:
    """Stopping ends the streams, so that a stop does not wait for browsers to leave."""
    server = start_server()
    eventually(lambda: server.client.get("/health/ready").json()["ready"], "readiness")
    with browsing(server.base_url) as browser:
        server.stop()
        assert browser.ended.wait(10), "the stream did not end"


@pytest.mark.parametrize("value", ["abc", "-1", "1.5", "9" * 19])
def test_a_position_that_is_none_is_refused(server: Any, value: str) -> None:
    """A Last-Event-ID that this stream cannot have sent is 422, before the stream begins."""
    answer = server.client.get("/api/v1/stream", headers={"Last-Event-ID": value})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "header.last-event-id"
