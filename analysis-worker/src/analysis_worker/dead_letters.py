"""Tasks that were given up, because worker after worker died on them, get a verdict too: ERROR, with the reason."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import structlog
from celery import Celery
from kombu.message import Message

from analysis_worker import metrics
from analysis_worker.fit import failed_fit
from analysis_worker.give_up import error_result
from analysis_worker.publish import Result
from passwatch.contracts import CalibrationTask, JudgeTask
from passwatch.tasks import CALIBRATE_TASK, DELIVERY_LIMIT, JUDGE_TASK, dead_queue, declare_queues

LOOK_UP_S = 1.0
LONGEST_PAUSE_S = 10.0

REASONS = {
    "delivery_limit": f"given up: its worker died or hung on it more than {DELIVERY_LIMIT} times",
    "rejected": "given up: the worker could not run the task",
    "expired": "given up: the task waited too long",
    "maxlen": "given up: the queue was full",
}

log = structlog.get_logger()


class DeadLetters:
    """Empties the dead queue in a thread; ``publish`` returns when Kafka has the result, or raises."""

    def __init__(
        self, app: Celery, prefix: str, publish: Callable[[Result], object], now_ms: Callable[[], int]
    ) -> None:
        self._app = app
        self._prefix = prefix
        self._publish = publish
        self._now_ms = now_ms
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dead letters", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the letter in hand, and wait for it."""
        self._stop.set()
        self._thread.join(timeout=35.0)

    def _run(self) -> None:
        pause = 0.5
        while not self._stop.is_set():
            try:
                self._consume()
                pause = 0.5
            except Exception as error:  # RabbitMQ or Kafka is away: unacknowledged letters come again
                log.warning("dead letters: to be tried again", error=f"{type(error).__name__}: {error}", pause_s=pause)
                self._stop.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)

    def _consume(self) -> None:
        declare_queues(self._app, self._prefix)
        with self._app.connection_for_read() as connection, connection.channel() as channel:
            consumer = connection.Consumer(dead_queue(self._prefix), channel=channel, on_message=self._handle)
            consumer.qos(prefetch_count=1)
            with consumer:
                while not self._stop.is_set():
                    try:
                        connection.drain_events(timeout=LOOK_UP_S)
                    except TimeoutError:
                        connection.heartbeat_check()

    def _handle(self, message: Message) -> None:
        cause = _cause(message.headers)
        task = _task(message.headers, message.body)
        if task is None:
            metrics.DEAD.labels(reason="unreadable").inc()
            log.error("a dead letter is no task of this platform; dropped", cause=cause, body=str(message.body)[:500])
        else:
            metrics.DEAD.labels(reason=cause).inc()
            now = self._now_ms()
            reason = REASONS.get(cause, f"given up: {cause}")
            if isinstance(task, JudgeTask):
                self._publish(error_result(task, reason, now, now))
            else:
                self._publish(failed_fit(task, reason, now))
            log.error("task given up", cause=cause, **_named(task))
        message.ack()


def _cause(headers: Mapping[str, Any] | None) -> str:
    """Why RabbitMQ moved the message to the dead queue."""
    deaths = (headers or {}).get("x-death") or []
    return str(deaths[0].get("reason", "unknown")) if deaths else "unknown"


def _task(headers: Mapping[str, Any] | None, body: bytes | str | memoryview) -> JudgeTask | CalibrationTask | None:
    """The task in a Celery message (protocol 2: arguments, keyword arguments, options)."""
    kinds: dict[Any, type[JudgeTask | CalibrationTask]] = {JUDGE_TASK: JudgeTask, CALIBRATE_TASK: CalibrationTask}
    try:
        raw = body if isinstance(body, str) else bytes(body)
        return msgspec.convert(msgspec.json.decode(raw)[0][0], kinds[(headers or {}).get("task")])
    except (msgspec.MsgspecError, LookupError, TypeError):
        return None


def _named(task: JudgeTask | CalibrationTask) -> dict[str, Any]:
    names = ("judgement_id", "batch_uid", "revision", "subsystem", "fit_id", "mission", "satellite_id")
    return {name: getattr(task, name) for name in names if hasattr(task, name)}
