"""What one process of the pool holds: connections and models, made once after the fork and used for every task."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

import structlog
from confluent_kafka import Consumer, Producer

from analysis_worker.calibrations import CalibrationBook
from analysis_worker.clock import wall_clock_ms
from analysis_worker.execute import Executor, Patience
from analysis_worker.fit import Fitter
from analysis_worker.follow import CalibrationFollower
from analysis_worker.judge import Judge
from analysis_worker.models import ServedModels
from analysis_worker.publish import DELIVERY_TIMEOUT_MS, ResultPublisher
from analysis_worker.read import SamplesReader
from analysis_worker.settings import WorkerSettings
from analysis_worker.stopping import SharedFlag
from analysis_worker.tally import Tally, Waits
from detection.api import MODELS, Calibration
from detection.forecasters.triton import TritonForecaster
from passwatch.contracts import CalibrationFit, SubsystemResult
from passwatch.kafka import group_name, make_consumer, make_producer, topic_name
from passwatch.metrics import DEAD_LETTERS
from passwatch.mission import Mission
from passwatch.streaming.dead_letters import DeadLetter, outgoing
from passwatch.streaming.outgoing import Sender
from passwatch.topics import CALIBRATIONS, FITS, RESULTS
from passwatch.victoria import VictoriaClient

REJECT_S = 10.0
"""So long a process waits for Kafka to take a dead letter; the next process to start sends it again."""
log = structlog.get_logger()


def make_publisher(settings: WorkerSettings) -> ResultPublisher:
    """A publisher of results with a producer of its own."""

    def make() -> Producer:
        return make_producer(settings.kafka_bootstrap, delivery_timeout_ms=DELIVERY_TIMEOUT_MS, linger_ms=0)

    results, fits = (topic_name(settings.topic_prefix, topic) for topic in (RESULTS, FITS))
    return ResultPublisher(make, {SubsystemResult: results, CalibrationFit: fits})


def make_executor(
    settings: WorkerSettings,
    missions: Mapping[str, Mission],
    calibrations: Mapping[str, Calibration],
    stopping: SharedFlag,
    tally: Tally,
) -> Executor:
    """Everything that a process needs to execute tasks; ``calibrations`` are those that the missions ship.

    Only the calibrations are fetched at once, in the background; nothing else is connected before the first task.
    """
    limit_s = settings.forecast_limit_s
    models = ServedModels([TritonForecaster(settings.triton_url, model, timeout_s=limit_s) for model in MODELS])
    victoria = VictoriaClient(settings.victoria_url)
    follower = make_follower(settings, calibrations)
    judge = Judge(missions, follower, models, SamplesReader(victoria, settings.settle_s), wall_clock_ms)
    fitter = Fitter(missions, models, victoria, wall_clock_ms)
    patience = Patience(
        limit_s=settings.wait_limit_s,
        stopping=stopping.is_set,
        waiting=lambda reason: _say_waiting(tally, reason),
    )
    return Executor(judge, fitter, make_publisher(settings), patience, wall_clock_ms)


def make_follower(settings: WorkerSettings, shipped: Mapping[str, Calibration]) -> CalibrationFollower:
    """A follower of the active calibrations with a consumer of its own."""

    def make() -> Consumer:
        return make_consumer(settings.kafka_bootstrap, group_name(settings.topic_prefix, "analysis-worker-reads"))

    def reject(letter: DeadLetter) -> None:
        """Every process reads the topic from its beginning, and readers of dead letters see each origin once."""
        DEAD_LETTERS.labels(CALIBRATIONS.name, letter.rejection.reason).inc()
        log.error(
            "message rejected",
            topic=letter.message.topic(),
            offset=letter.message.offset(),
            reason=letter.rejection.reason,
            detail=letter.rejection.detail,
        )
        until = time.monotonic() + REJECT_S
        sender = Sender(make_producer(settings.kafka_bootstrap))
        sender.send([outgoing(letter, settings.topic_prefix)], lambda: time.monotonic() > until)

    topic = topic_name(settings.topic_prefix, CALIBRATIONS)
    return CalibrationFollower(make, topic, CALIBRATIONS.partitions, CalibrationBook(shipped), reject)


def _say_waiting(tally: Tally, reason: str) -> None:
    log.info("waiting", pid=os.getpid(), reason=reason)
    tally.tell(Waits(pid=os.getpid(), reason=reason))
