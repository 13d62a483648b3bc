"""Builds the running worker from its parts.

Celery's prefork pool: a process per task at a time, because a judgement is Python and NumPy that would share one
interpreter lock among threads, because a process that dies or hangs takes no other task with it, and because only a
process can be stopped by a time limit. Connections and models are made once per process.
"""

from __future__ import annotations

import logging
import socket
from typing import Any

from celery import Celery, bootsteps, signals
from celery.apps.worker import Worker

from analysis_worker.calibrations import load_calibrations
from analysis_worker.celery_consumer import PlainConsumer
from analysis_worker.clock import wall_clock_ms
from analysis_worker.code_version import code_version
from analysis_worker.dead_letters import DeadLetters
from analysis_worker.execute import Executor
from analysis_worker.process import make_executor, make_publisher
from analysis_worker.publish import Result
from analysis_worker.settings import WorkerSettings
from analysis_worker.stopping import SharedFlag
from analysis_worker.tally import Tally
from analysis_worker.task import register
from detection.api import Calibration
from passwatch import engine_probes
from passwatch.health import Check, HealthServer, Probe
from passwatch.kafka import topic_name
from passwatch.mission import Mission, load_missions
from passwatch.tasks import make_celery
from passwatch.topics import RESULTS

NAME = "analysis-worker"
CONNECT_S = 3.0


class WorkerProcess:
    """One worker: the pool, and beside it health, metrics and the dead letters."""

    def __init__(self, settings: WorkerSettings) -> None:
        """Load missions and calibrations, so that a mistake in them stops the start and not the tasks.

        Raises:
            passwatch.mission.MissionError: the missions folder cannot be used.
            detection.api.CalibrationError: a calibration cannot be used.
        """
        self._settings = settings
        self._missions: dict[str, Mission] = load_missions(settings.missions_dir)
        self._calibrations: dict[str, Calibration] = load_calibrations(
            self._missions, settings.missions_dir / "calibration"
        )
        code_version()  # computed here, every process of the pool has it
        self._stopping = SharedFlag()
        self._tally = Tally()
        self._executor: Executor | None = None
        self._app = make_celery(settings.rabbitmq_url.get_secret_value(), settings.topic_prefix)
        self._app.conf.update(task_time_limit=settings.task_limit_s, worker_redirect_stdouts=False)
        register(self._app, self._executor_here, self._tally)
        self._app.steps["worker"].add(_beside(self._start_beside, self._stop_beside))

    def run(self) -> int:
        """Work until SIGTERM, finish the tasks in hand; the exit status."""
        signals.setup_logging.connect(_keep_logging, weak=False)
        signals.worker_process_init.connect(self._on_process_init, weak=False)
        signals.worker_shutting_down.connect(self._on_shutting_down, weak=False)
        worker = Worker(
            app=self._app,
            hostname=f"{NAME}@{socket.gethostname()}-{self._settings.health_port}",
            concurrency=self._settings.concurrency,
            pool="prefork",
            optimization="fair",
            consumer_cls=PlainConsumer,
            without_mingle=True,
            without_gossip=True,
            quiet=True,
        )
        worker.start()
        return int(worker.exitcode or 0)

    def _executor_here(self) -> Executor:
        if self._executor is None:
            raise RuntimeError("a task outside the pool")
        return self._executor

    def _on_process_init(self, **_: object) -> None:
        self._executor = make_executor(self._settings, self._missions, self._calibrations, self._stopping, self._tally)

    def _on_shutting_down(self, **_: object) -> None:
        self._stopping.set()

    def _start_beside(self) -> None:
        settings = self._settings
        self._tally.listen()
        self._dead_letters = DeadLetters(self._app, settings.topic_prefix, self._publish_once, wall_clock_ms)
        self._dead_letters.start()
        checks: dict[str, Probe] = {
            "rabbitmq": engine_probes.rabbitmq(self._app),
            "kafka": engine_probes.kafka(settings.kafka_bootstrap, topic_name(settings.topic_prefix, RESULTS)),
            "victoria": engine_probes.victoria(settings.victoria_url),
            "triton": lambda: _triton(settings.triton_url),
            "tasks": self._tally.check,
        }
        self._health = HealthServer(settings.health_host, settings.health_port, checks)
        self._health.start()

    def _stop_beside(self) -> None:
        self._dead_letters.stop()
        self._health.stop()

    def _publish_once(self, result: Result) -> None:
        """A producer for one result: dead letters are rare, and the process that forks the pool should hold little."""
        make_publisher(self._settings).publish(result)


def _beside(start: Any, stop: Any) -> type[Any]:
    class Beside(bootsteps.StartStopStep):  # type: ignore[misc]
        """Starts after the pool was forked, and does not wait for RabbitMQ as what follows does."""

        requires = ("celery.worker.components:Pool",)

        def start(self, _worker: Celery) -> None:
            start()

        def stop(self, _worker: Celery) -> None:
            stop()

    return Beside


def _triton(url: str) -> Check:
    """Whether Triton's port is open; what it serves is told by the tasks. gRPC must not be used before a fork."""
    host, _, port = url.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=CONNECT_S):
        return Check(ok=True, detail="ok")


def _keep_logging(**_: object) -> None:
    """Celery leaves logging as it is if someone answers this signal; its two lines a task say less than ours."""
    for name in ("celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(name).setLevel(logging.WARNING)
