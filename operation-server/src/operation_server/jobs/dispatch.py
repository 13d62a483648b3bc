"""Hands stored jobs and fits to the task queue: none is lost if RabbitMQ is down, it waits."""

from __future__ import annotations

import threading

import msgspec
import structlog
from celery import Celery
from kombu.exceptions import OperationalError as QueueDown
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from operation_server import metrics
from operation_server.store import calibrations, jobs
from passwatch.contracts import CalibrationTask, JudgeTask
from passwatch.health import Check
from passwatch.signals import StopSignal
from passwatch.tasks import declare_queues, send_calibrate, send_judge

EVERY_S = 5.0
AT_ONCE = 50
log = structlog.get_logger()


class Dispatcher:
    """A thread that sends the tasks of jobs and of fits.

    Of several servers one sends at a time; sending twice does no harm.
    """

    def __init__(self, engine: Engine, celery: Celery, prefix: str, stop: StopSignal) -> None:
        self._engine, self._celery, self._prefix, self._stop = engine, celery, prefix, stop
        self._wake = threading.Event()
        self._problem: str | None = None
        self._thread = threading.Thread(target=self._run, name="dispatch-jobs", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def wake(self) -> None:
        """Look for jobs now."""
        self._wake.set()

    def join(self) -> None:
        """Wait until the thread has ended; the stop signal must be set."""
        self._wake.set()
        self._thread.join()

    def check(self) -> Check:
        """Whether the last try to send went well."""
        return Check(ok=self._problem is None, detail=self._problem or "no job is waiting to be sent")

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                self._send()
                self._problem = None
            except (QueueDown, SQLAlchemyError, OSError) as error:
                self._problem = f"jobs wait: {type(error).__name__}: {str(error).splitlines()[0]}"
                log.warning("jobs_wait", problem=self._problem)
            self._wake.wait(EVERY_S)

    def _send(self) -> None:
        with self._engine.connect() as connection:
            mine = connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": jobs.LOCK}).scalar_one()
            connection.commit()
            if not mine:
                return
            try:
                waiting = jobs.unsent(connection, AT_ONCE)
                fits = calibrations.unsent_fits(connection, AT_ONCE)
                connection.commit()
                if waiting or fits:
                    declare_queues(self._celery, self._prefix)
                for job_id, tasks in waiting:
                    for task in tasks:
                        send_judge(self._celery, msgspec.convert(task, JudgeTask))
                    jobs.mark_sent(connection, job_id)
                    connection.commit()
                    metrics.JOBS_SENT.inc()
                    log.info("job_sent", job_id=job_id, tasks=len(tasks))
                for fit_id, task in fits:
                    send_calibrate(self._celery, msgspec.convert(task, CalibrationTask))
                    calibrations.mark_fit_sent(connection, fit_id)
                    connection.commit()
                    log.info("fit_sent", fit_id=fit_id)
            finally:
                connection.rollback()
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": jobs.LOCK})
                connection.commit()
