"""What the pool's processes tell the worker's main process, which serves health and metrics for all of them.

A pipe carries one JSON line per note. A write shorter than ``PIPE_BUF`` is atomic, so that processes share the pipe
without a lock that one of them could take into its grave; when it is full, notes are dropped.
"""

from __future__ import annotations

import os
import select
import threading
import time

import msgspec

from analysis_worker import metrics
from passwatch.health import Check

MAX_NOTE = select.PIPE_BUF
FORGET_S = 60.0
"""A process that said that it waits, and nothing since, is taken to be gone."""


class Done(msgspec.Struct, tag="done"):
    """A task was judged and its result published."""

    pid: int
    verdict: str
    queue_s: float
    total_s: float
    parts: dict[str, float]


class Waits(msgspec.Struct, tag="waits"):
    """A task waits for an engine."""

    pid: int
    reason: str


class Fitted(msgspec.Struct, tag="fitted"):
    """A calibration was fitted, or cannot be, and that was published."""

    pid: int
    ok: bool


class GaveBack(msgspec.Struct, tag="gave_back"):
    """A task went back into the queue."""

    pid: int


Note = Done | Fitted | Waits | GaveBack
_NOTE: msgspec.json.Decoder[Note] = msgspec.json.Decoder(Note)


class Tally:
    """The pipe and what came out of it. Make it before the pool starts, so that its processes inherit it."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        self._waiting: dict[int, tuple[float, str]] = {}
        self._lock = threading.Lock()

    def tell(self, note: Note) -> None:
        """Say something from a process of the pool."""
        if isinstance(note, Waits):
            note.reason = note.reason[:500]
        line = msgspec.json.encode(note) + b"\n"
        if len(line) <= MAX_NOTE:
            try:
                os.write(self._writer, line)
            except BlockingIOError:
                return

    def listen(self) -> None:
        """Take notes in a thread of the main process until it ends."""
        threading.Thread(target=self._listen, name="tally", daemon=True).start()

    def check(self) -> Check:
        """Whether no task waits for an engine."""
        reasons = self._waiting_reasons()
        return Check(ok=not reasons, detail="; ".join(sorted(set(reasons))) or "ok")

    def _listen(self) -> None:
        with os.fdopen(self._reader, "rb") as lines:
            for line in lines:
                self._take(_NOTE.decode(line))

    def _take(self, note: Note) -> None:
        with self._lock:
            if isinstance(note, Waits):
                self._waiting[note.pid] = (time.monotonic(), note.reason)
            else:
                self._waiting.pop(note.pid, None)
        metrics.WAITING.set(len(self._waiting_reasons()))
        if isinstance(note, GaveBack):
            metrics.GIVEN_BACK.inc()
        elif isinstance(note, Fitted):
            metrics.FITS.labels(outcome="fitted" if note.ok else "failed").inc()
        elif isinstance(note, Done):
            metrics.TASKS.labels(verdict=note.verdict).inc()
            metrics.TASK_SECONDS.observe(note.total_s)
            metrics.QUEUE_SECONDS.observe(note.queue_s)
            for part, seconds in note.parts.items():
                metrics.PART_SECONDS.labels(part=part).observe(seconds)

    def _waiting_reasons(self) -> list[str]:
        now = time.monotonic()
        with self._lock:
            self._waiting = {pid: w for pid, w in self._waiting.items() if now - w[0] < FORGET_S}
            return [reason for _, reason in self._waiting.values()]
