"""Hands stored jobs and fits to the task queue: none is lost if RabbitMQ is down, it waits."""

from __future__ import annotations

import msgspec
import structlog
from celery import Celery
from sqlalchemy import Connection, Engine, text

from operation_server import metrics
from operation_server.calibrations import queries as calibrations
from operation_server.jobs import queries as jobs
from passwatch.contracts import CalibrationTask, JudgeTask
from passwatch.tasks import declare_queues, send_calibrate, send_judge

AT_ONCE = 50
log = structlog.get_logger()


class Dispatcher:
    """Sends the tasks of jobs and of fits.

    Of several servers one sends at a time; sending twice does no harm.
    """

    def __init__(self, engine: Engine, celery: Celery, prefix: str) -> None:
        self._engine, self._celery, self._prefix = engine, celery, prefix

    def step(self) -> None:
        """Send what waits.

        Raises:
            kombu.exceptions.OperationalError, OSError: RabbitMQ cannot be reached.
            sqlalchemy.exc.SQLAlchemyError: PostgreSQL cannot be used now.
        """
        with self._engine.connect() as connection:
            mine = connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": jobs.LOCK}).scalar_one()
            connection.commit()
            if not mine:
                return
            try:
                self._send(connection)
            finally:
                connection.rollback()
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": jobs.LOCK})
                connection.commit()

    def _send(self, connection: Connection) -> None:
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
