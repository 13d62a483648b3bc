"""Ends the process when one of its Kafka clients stays away from a Kafka that answers others.

librdkafka forgets all brokers when it reads metadata in which there is none, as a broker tells it that is alone and was
too busy to keep itself alive; sometimes it then never asks again (https://github.com/confluentinc/librdkafka/issues/5301).
Nothing in its configuration prevents that, and only a new client helps. What starts the process again makes all its
clients anew; what was in hand is done again, as after any other death.
"""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import dataclass
from typing import NoReturn

import structlog
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from passwatch.health import Check
from passwatch.kafka import ConfigValue
from passwatch.kafka_absence import Absence
from passwatch.metrics import KAFKA_AWAY

EX_SOFTWARE = 70
"""The exit status of a process one of whose Kafka clients is lost (sysexits.h)."""
CLIENT_ID = "passwatch-watchdog"
METADATA_EVERY_S = 10.0
"""So often a watched client asks for metadata: one that has nothing else to ask has reason to be connected."""
STEPS = 6
"""Observations of a client within the patience."""
LONGEST_STEP_S = 10.0
STALE_STEPS = 3
"""A report is older than so many steps only if nobody polls the client: that says nothing of its connections."""
ANSWER_S = 5.0

log = structlog.get_logger()


@dataclass(slots=True)
class _Watched:
    absence: Absence
    connected: bool = True
    reported_at: float = 0.0


class KafkaWatchdog:
    """A thread that watches the clients which were made with what :meth:`settings` gives."""

    def __init__(self, bootstrap: str, patience_s: float) -> None:
        """End the process after ``patience_s`` seconds in which a client had no broker, but a new one would have."""
        self._bootstrap = bootstrap
        self._patience_s = patience_s
        self._step_s = min(patience_s / STEPS, LONGEST_STEP_S)
        self._watched: dict[str, _Watched] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kafka-watchdog", daemon=True)

    def settings(self, name: str) -> dict[str, ConfigValue]:
        """What ``make_consumer`` or ``make_producer`` must be given besides; the client must be polled.

        A client made anew under the same name takes the place of the former one.
        """
        watched = _Watched(Absence(self._patience_s, 2 * self._step_s))
        self._watched[name] = watched

        def report(statistics: str) -> None:
            watched.connected = has_broker(statistics)
            watched.reported_at = time.monotonic()

        return {
            "stats_cb": report,
            "statistics_interval_ms": round(self._step_s * 1000),
            "topic_metadata_refresh_interval_ms": round(METADATA_EVERY_S * 1000),
        }

    def check(self) -> Check:
        """Whether no client is away from a Kafka that answers others: one that is raises nothing, it hears nothing."""
        away = {name: watched.absence.seconds for name, watched in dict(self._watched).items()}
        said = [f"{name}: no broker for {seconds:.0f} s" for name, seconds in away.items() if seconds]
        return Check(ok=not said, detail="; ".join(said) or "ok")

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no more: the clients are about to be closed."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(self._step_s):
            now = time.monotonic()
            heard = {
                name: watched
                for name, watched in dict(self._watched).items()
                if now - watched.reported_at < STALE_STEPS * self._step_s
            }
            away = not all(watched.connected for watched in heard.values())
            answers = away and kafka_answers(self._bootstrap)
            for name, watched in heard.items():
                watched.absence.observe(time.monotonic(), connected=watched.connected, kafka_answers=answers)
                KAFKA_AWAY.labels(name).set(watched.absence.seconds)
                if watched.absence.is_too_long and not self._stop.is_set():
                    _end(name, watched.absence.seconds)


def has_broker(statistics: str) -> bool:
    """Whether a client that tells these statistics has a connection to a broker.

    Its group's coordinator, which it may still be connected to, is a broker by another name and gives no messages. See
    https://github.com/confluentinc/librdkafka/blob/master/STATISTICS.md
    """
    brokers = json.loads(statistics)["brokers"].values()
    return any(b["state"] in ("UP", "UPDATE") and b["source"] in ("learned", "configured") for b in brokers)


def kafka_answers(bootstrap: str) -> bool:
    """Whether a client made now is told of a broker."""
    client = AdminClient({"bootstrap.servers": bootstrap, "client.id": CLIENT_ID, "log_level": 0})
    try:
        return bool(client.list_topics(timeout=ANSWER_S).brokers)
    except KafkaException:
        return False


def _end(name: str, seconds: float) -> NoReturn:
    """End without further ado: an orderly stop would ask Kafka for what the lost client cannot get."""
    log.error(
        "a kafka client has lost its brokers for good; ending to be started again",
        client=name,
        away_s=round(seconds, 1),
        exit_status=EX_SOFTWARE,
    )
    os._exit(EX_SOFTWARE)
