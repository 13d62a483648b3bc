"""One process of the service: its services and threads, started and stopped in order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine
from svcs import Registry

from operation_server.alarms.schemas import AlarmItem
from operation_server.alarms.verbs import Verbs
from operation_server.calibrations.activate import Activator
from operation_server.calibrations.publisher import CalibrationPublisher
from operation_server.calibrations.shipped import read_shipped
from operation_server.calibrations.submit import FitSubmitter
from operation_server.consume.fits import fits_handler
from operation_server.consume.limits import limits_handler
from operation_server.consume.progress import progress_handler
from operation_server.consume.results import ResultStore
from operation_server.db.engine import make_engine, reading
from operation_server.db.gate import SchemaGate
from operation_server.dispatch import Dispatcher
from operation_server.health.postgres import PostgresProbe
from operation_server.health.readiness import Probes, ReadinessChecker
from operation_server.jobs.submit import Submitter
from operation_server.live import queries as live
from operation_server.live.hub import LiveHub
from operation_server.live.queries import LiveEvent
from operation_server.live.tail import LiveTail
from operation_server.maintenance import Maintenance
from operation_server.missions_in_use import Missions
from operation_server.models.keeper import ModelKeeper
from operation_server.search.elastic import ElasticClient
from operation_server.search.engines import PostgresOnly, WithElastic
from operation_server.search.index import SearchIndex
from operation_server.search.indexer import Indexer
from operation_server.serving.repository import ModelRepository
from operation_server.serving.triton import Serving
from operation_server.settings import Settings
from operation_server.telemetry.samples import Samples
from operation_server.trends.answers import Trends
from operation_server.trends.cache import TrendCache
from passwatch import engine_probes
from passwatch.health import Probe
from passwatch.kafka import group_name, make_producer, topic_name
from passwatch.kafka_watchdog import KafkaWatchdog
from passwatch.mission import load_missions
from passwatch.repeat import Repeated
from passwatch.signals import StopSignal
from passwatch.streaming.handler import Handler
from passwatch.streaming.loop import ConsumerLoop, Subscription
from passwatch.tasks import make_celery
from passwatch.topics import CALIBRATIONS, FITS, LIMIT_FINDINGS, PROGRESS, RESULTS, Topic

REQUEST_TIMEOUT_S = 15
BACKGROUND_TIMEOUT_S = 60
BACKGROUND_CONNECTIONS = 8
DISPATCH_EVERY_S = 5.0
MAINTAIN_EVERY_S = 3600.0
RELEASE_EVERY_S = 60.0
KEEP_EVERY_S = 5.0
SWEEP_EVERY_S = 1.0
PUBLISH_EVERY_S = 2.0
FLUSH_S = 5.0

T = TypeVar("T")


class Worker(Protocol):
    """A thread beside the requests."""

    def start(self) -> None:
        """Begin."""

    def join(self) -> None:
        """Wait until it has ended; the stop signal must be set."""


class Runtime:
    """The services of a process, and the threads that work beside its requests."""

    def __init__(self, settings: Settings, loop: asyncio.AbstractEventLoop) -> None:
        dsn = settings.postgres_dsn.get_secret_value()
        self._missions = load_missions(settings.missions_dir)
        self._engine = make_engine(
            dsn,
            "operation-server",
            pool_size=settings.database_connections,
            statement_timeout_s=REQUEST_TIMEOUT_S,
        )
        self._background = make_engine(
            dsn,
            "operation-server-background",
            pool_size=BACKGROUND_CONNECTIONS,
            statement_timeout_s=BACKGROUND_TIMEOUT_S,
        )
        gate = self._gate = SchemaGate(self._background)
        self._stop = StopSignal()
        self._settings = settings
        self._hub = LiveHub(self._older_events)
        self._tail = LiveTail(self._background, gate, self._hub, loop, self._stop)
        prefix = settings.topic_prefix
        self._watchdog = KafkaWatchdog(settings.kafka_bootstrap, settings.kafka_patience_s)
        self._producer = make_producer(settings.kafka_bootstrap, **self._watchdog.settings("dead-letters"))
        results = ResultStore(self._background, gate, self._missions, settings.alarm_policy)
        self._results = self._consume(RESULTS, "", results.handler())
        self._release = Repeated("release-results", results.release, self._stop, every_s=RELEASE_EVERY_S)
        self._limits = self._consume(
            LIMIT_FINDINGS, "-limits", limits_handler(self._background, gate, self._missions, settings.alarm_policy)
        )
        self._progress = self._consume(PROGRESS, "-progress", progress_handler(self._background, gate))
        celery = make_celery(settings.rabbitmq_url.get_secret_value(), prefix)
        dispatcher = Dispatcher(self._background, celery, prefix)
        self._dispatcher = Repeated(
            "dispatch-jobs", dispatcher.step, self._stop, every_s=DISPATCH_EVERY_S, well="no job is waiting to be sent"
        )
        maintenance = Maintenance(self._background, gate, settings.series_retention_days, settings.live_retention_days)
        self._maintenance = Repeated("maintenance", maintenance.step, self._stop, every_s=MAINTAIN_EVERY_S)
        self._serving = Serving(settings.triton_http_url, settings.triton_key.get_secret_value())
        self._repository = ModelRepository(settings.model_repository) if settings.model_repository else None
        self._alarms = Verbs(self._background, self._missions, settings.alarm_policy, _publish_alarms)
        self._sweeper = Repeated(
            "sweep-alarms",
            self._sweep,
            self._stop,
            every_s=SWEEP_EVERY_S,
            well="no shelving or delay is overdue",
        )
        keeper = ModelKeeper(self._background, gate, self._repository, self._serving)
        self._keeper = Repeated(
            "keep-models", keeper.step, self._stop, every_s=KEEP_EVERY_S, well="the wanted versions are served"
        )
        publisher = CalibrationPublisher(
            self._background,
            gate,
            settings.kafka_bootstrap,
            topic_name(prefix, CALIBRATIONS),
            read_shipped(settings.missions_dir, self._missions),
            self._keeper.wake,
        )
        self._publisher = Repeated(
            "publish-calibrations",
            publisher.step,
            self._stop,
            every_s=PUBLISH_EVERY_S,
            well="the workers know what is in force",
        )
        self._fits = self._consume(FITS, "-fits", fits_handler(self._background, gate, self._publisher.wake))
        url = settings.elasticsearch_url.get_secret_value()
        self._elastic = ElasticClient(url) if url else None
        self._indexer = Indexer(self._background, gate, self._elastic, self._stop) if self._elastic else None
        self._cache = TrendCache(settings.redis_url.get_secret_value(), prefix, settings.trend_cache_s)
        self._samples = Samples(settings.victoria_url)
        self._readiness = ReadinessChecker(self._probes())

    @property
    def hub(self) -> LiveHub:
        """Where the live streams hang."""
        return self._hub

    def register(self, registry: Registry) -> None:
        """Put what requests may use into the registry, each under its type."""
        settings, reader = self._settings, reading(self._engine)
        submitter = Submitter(
            self._engine,
            self._samples,
            self._missions,
            settings.job_max_days,
            settings.job_max_open,
            self._dispatcher.wake,
        )
        fits = FitSubmitter(self._engine, self._missions, settings.fit_max_days, self._dispatcher.wake)
        activator = Activator(self._engine, self._missions, self._repository, self._serving, self._publisher.wake)
        services: dict[Any, object] = {
            Settings: settings,
            Missions: self._missions,
            Engine: reader,
            Samples: self._samples,
            TrendCache: self._cache,
            Trends: Trends(reader, self._samples, self._missions),
            LiveHub: self._hub,
            Submitter: submitter,
            FitSubmitter: fits,
            Activator: activator,
            Verbs: self._alarms,
            Serving: self._serving,
            SearchIndex: self._search(reader),
            ReadinessChecker: self._readiness,
        }
        for kind, service in services.items():
            registry.register_value(kind, service)

    def start(self) -> None:
        """Start the threads; each waits for what it needs."""
        for thread in self._threads():
            thread.start()
        self._watchdog.start()

    def stop(self) -> None:
        """Finish the work in hand, and close everything."""
        self._watchdog.stop()
        self._stop.set()
        for thread in self._threads():
            thread.join()
        self._producer.flush(FLUSH_S)
        self._readiness.close()
        self._cache.close()
        self._engine.dispose()
        self._background.dispose()

    def _sweep(self) -> None:
        self._gate.require()
        self._alarms.sweep()

    def _consume(self, topic: Topic, group: str, handler: Handler[T]) -> ConsumerLoop[T]:
        prefix = self._settings.topic_prefix
        return ConsumerLoop(
            self._settings.kafka_bootstrap,
            prefix,
            Subscription(topic, group_name(prefix, f"operation-server{group}")),
            handler,
            self._producer,
            self._stop,
            lambda: self._watchdog.settings(topic.name),
        )

    def _probes(self) -> Probes:
        required = {
            "postgres": PostgresProbe(self._engine).check,
            "kafka": engine_probes.kafka(self._settings.kafka_bootstrap),
            "kafka_clients": self._watchdog.check,
            "results": self._results.check,
            "progress": self._progress.check,
            "fits": self._fits.check,
            "limits": self._limits.check,
            "live": self._tail.check,
            "victoria": self._samples.check,
        }
        optional: dict[str, Probe] = {
            "redis": self._cache.check,
            "jobs": self._dispatcher.check,
            "alarms": self._sweeper.check,
            "triton": self._serving.check,
            "calibrations": self._publisher.check,
            "models": self._keeper.check,
        }
        if self._indexer:
            optional["search"] = self._indexer.check
        return Probes(required, optional)

    def _threads(self) -> list[Worker]:
        """In the order of their start and end; the live tail tells of what the others write."""
        threads: list[Worker] = [self._tail, self._results, self._progress, self._dispatcher, self._maintenance]
        threads += [self._limits, self._fits, self._publisher, self._keeper, self._sweeper, self._release]
        return [*threads, self._indexer] if self._indexer else threads

    def _search(self, reader: Engine) -> SearchIndex:
        if self._elastic is None or self._indexer is None:
            return PostgresOnly(reader)
        return WithElastic(reader, self._elastic, self._indexer)

    def _older_events(self, position: int, limit: int) -> list[LiveEvent]:
        with self._engine.connect() as connection:
            return live.after(connection, position, limit)


def _publish_alarms(connection: Connection, changed: Sequence[AlarmItem]) -> None:
    live.lock(connection)
    live.append(connection, [("alarm", item.model_dump_json()) for item in changed])
