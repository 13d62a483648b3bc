"""The live stream with two operation-servers: every verdict once, and none missed across a reconnect."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial

import httpx
import pytest
from httpx_sse import connect_sse

from passwatch.mission import Mission
from passwatch_native.stack import Stack
from tests.support.console import Console
from tests.support.moment import CADENCE_MS
from tests.support.station import Pass, Station, simulated
from tests.support.wait import PATIENCE_S, wait_for

pytestmark = pytest.mark.system

RECORDS = 60
BATCHES = 8


class Listener:
    """A browser's ear: keeps the verdicts it hears, and reconnects from the last id after ``every`` messages."""

    def __init__(self, url: str, every: int | None = None) -> None:
        self._url = url + "/api/v1/stream"
        self._every = every
        self.heard: list[tuple[str, str, int]] = []
        self.connected = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        last: str | None = None
        while not self._stop.is_set():
            for number, (identity, message) in enumerate(self._session(last)):
                last = identity or last
                if message:
                    self.heard.append(message)
                if self._stop.is_set() or (self._every and number + 1 == self._every):
                    break

    def _session(self, last: str | None) -> Iterator[tuple[str, tuple[str, str, int] | None]]:
        headers = {"Last-Event-ID": last} if last else {}
        try:
            with (
                httpx.Client(timeout=httpx.Timeout(10, read=60)) as client,
                connect_sse(client, "GET", self._url, headers=headers) as source,
            ):
                source.response.raise_for_status()
                self.connected.set()
                for event in source.iter_sse():
                    body = json.loads(event.data) if event.event == "verdict" else None
                    yield event.id, (body["batch_uid"], body["subsystem"], body["revision"]) if body else None
        except httpx.TransportError:
            return

    def stop(self) -> None:
        """Hang up."""
        self._stop.set()


def has_heard(listener: Listener, wanted: set[tuple[str, str, int]]) -> bool:
    """Whether it has heard all of these."""
    return wanted <= set(listener.heard)


def test_every_listener_hears_every_verdict_once(
    stack: Stack, console: Console, station: Station, mission: Mission, unique: str, start_ms: int
) -> None:
    """Listeners at either server, through Nginx, and one that keeps reconnecting hear each verdict exactly once."""
    satellite = f"LIVE-{unique}"
    sent: list[Pass] = [
        simulated(mission, satellite, start_ms + n * RECORDS * CADENCE_MS, records=RECORDS, batch_id=f"{unique}-{n}")
        for n in range(BATCHES)
    ]
    listeners = {
        "first server": Listener(stack.urls["operation_server"]),
        "second server": Listener(stack.urls["operation_server_2"]),
        "through Nginx": Listener(stack.urls["base"]),
        "reconnecting": Listener(stack.urls["base"], every=3),
    }
    try:
        for listener in listeners.values():
            assert listener.connected.wait(PATIENCE_S)
        for one in sent:
            station.whole(one)
        station.flush()
        wanted = Counter((one.uid, name, 1) for one in sent for name in ("eps", "thermal", "aocs", "comm"))
        for one in sent:
            console.judged(one.uid)
        for listener in listeners.values():
            wait_for("all verdicts", partial(has_heard, listener, set(wanted)))
    finally:
        for listener in listeners.values():
            listener.stop()
    for name, listener in listeners.items():
        mine = Counter(heard for heard in listener.heard if heard in wanted)
        assert mine == wanted, name
