"""Builds the running service from its parts."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine

from batch_inference_trigger.db.ledger import Ledger
from batch_inference_trigger.db.outbox import Outbox
from batch_inference_trigger.db.prune import prune
from batch_inference_trigger.db.schema import LEDGER
from batch_inference_trigger.handlers.progress import progress_handler
from batch_inference_trigger.handlers.results import results_handler
from batch_inference_trigger.settings import TriggerSettings
from passwatch import engine_probes
from passwatch.health import Check, HealthServer, Probe
from passwatch.kafka import group_name, make_producer, topic_name
from passwatch.kafka_watchdog import KafkaWatchdog
from passwatch.mission import load_missions
from passwatch.repeat import Repeated
from passwatch.signals import StopSignal
from passwatch.streaming.loop import ConsumerLoop, Subscription
from passwatch.tasks import make_celery
from passwatch.topics import PROGRESS, RESULTS

NAME = "batch-inference-trigger"
SEND_EVERY_S = 1.0
RECALL_EVERY_S = 30.0
PRUNE_EVERY_S = 3600.0
JOIN_S = 30.0


def make_engine(dsn: str) -> Engine:
    """The database, each use of it checked first, so that a restarted PostgreSQL costs one attempt and no more."""
    return create_engine(
        dsn, pool_pre_ping=True, pool_size=8, connect_args={"connect_timeout": 5, "application_name": NAME}
    )


def serve(settings: TriggerSettings, stop: StopSignal) -> None:
    """Run the trigger until it is asked to stop.

    Raises:
        passwatch.mission.MissionError: the missions folder cannot be used.
    """
    missions = load_missions(settings.missions_dir)
    engine = make_engine(settings.postgres_dsn.get_secret_value())
    app = make_celery(settings.rabbitmq_url.get_secret_value(), settings.topic_prefix)
    watchdog = KafkaWatchdog(settings.kafka_bootstrap, settings.kafka_patience_s)
    group = group_name(settings.topic_prefix, NAME)
    producer = make_producer(settings.kafka_bootstrap, **watchdog.settings("producer"))
    outbox = Outbox(engine, app, settings.topic_prefix)
    ended = StopSignal()  # of the threads beside the consumer, which ends before them
    sender = Repeated("send tasks", outbox.send, ended, every_s=SEND_EVERY_S)
    prefix = settings.topic_prefix
    follower = ConsumerLoop(
        settings.kafka_bootstrap,
        prefix,
        Subscription(RESULTS, f"{group}-results", at_most=200),
        results_handler(engine),
        producer,
        ended,
        lambda: watchdog.settings("results"),
    )

    def recall() -> None:
        if outbox.recall(settings.resend_after_s):
            sender.wake()

    recaller = Repeated("recall unfinished", recall, ended, every_s=RECALL_EVERY_S)
    pruner = Repeated("prune the ledger", lambda: prune(engine, settings.retention_days), ended, every_s=PRUNE_EVERY_S)
    consumer = ConsumerLoop(
        settings.kafka_bootstrap,
        prefix,
        Subscription(PROGRESS, group, at_most=500),
        progress_handler(Ledger(engine, settings.policy, missions), sender.wake),
        producer,
        stop,
        lambda: watchdog.settings("progress"),
    )
    checks: dict[str, Probe] = {
        "kafka": engine_probes.kafka(settings.kafka_bootstrap, topic_name(prefix, PROGRESS)),
        "kafka_clients": watchdog.check,
        "postgres": lambda: _postgres(engine),
        "rabbitmq": engine_probes.rabbitmq(app),
        "ledger": consumer.check,
        "tasks": sender.check,
        "results": follower.check,
    }
    health = HealthServer(settings.health_host, settings.health_port, checks)
    background = (sender, follower, recaller, pruner)
    health.start()
    watchdog.start()
    for part in background:
        part.start()
    try:
        consumer.run()
    finally:
        watchdog.stop()
        ended.set()
        for part in background:
            part.join(JOIN_S)
        producer.flush(JOIN_S)
        health.stop()
        engine.dispose()


def _postgres(engine: Engine) -> Check:
    with engine.connect() as connection:
        found, wanted = LEDGER.current(connection), LEDGER.head
    if found != wanted:
        return Check(ok=False, detail=f"the ledger's schema is at {found}, not {wanted}: run `migrate`")
    return Check(ok=True, detail=f"schema {found}")
