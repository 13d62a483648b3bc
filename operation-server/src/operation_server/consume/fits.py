"""`calibration.fits` into the database: what the workers fitted, put in force where that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog
from confluent_kafka import Message
from sqlalchemy import Connection, Engine

from operation_server import metrics
from operation_server.consume.decode import Decoded, decode
from operation_server.consume.intake import Intake, Refuse
from operation_server.store import calibrations
from operation_server.store.calibrations import Scope
from operation_server.store.gate import SchemaGate
from passwatch.contracts import CalibrationFit
from passwatch.topics import FITS

log = structlog.get_logger()


class FitsHandler:
    """Stores fits; ``activated`` is called when one of them was put in force."""

    def __init__(self, engine: Engine, gate: SchemaGate, activated: Callable[[], None]) -> None:
        self._intake, self._activated = Intake(engine, gate, FITS.name, "fit_rejected"), activated

    def __call__(self, messages: Sequence[Message]) -> None:
        """Store the messages.

        Raises:
            sqlalchemy.exc.OperationalError: the database cannot take them now.
            SchemaNotReady: it is not migrated.
        """
        taken = self._intake.take(messages, lambda message: decode(message, CalibrationFit), _write)
        if any(taken.written):
            self._activated()


def _write(connection: Connection, items: Sequence[Decoded[CalibrationFit]], _refuse: Refuse[CalibrationFit]) -> bool:
    """Store fits; whether one was put in force."""
    activated = False
    if items:
        calibrations.lock(connection)
    for fit in (item.value for item in items):
        row = calibrations.finish_fit(connection, fit)
        if row is None:
            continue
        metrics.FITS.labels("failed" if fit.calibration is None else "fitted").inc()
        log.info("calibration_kept", fit_id=fit.fit_id, error=fit.error, activate=row["activate"])
        if row["activate"] and fit.calibration is not None:
            scope = Scope(row["mission"], row["satellite_id"])
            calibrations.activate(connection, {scope: fit.calibration["revision"]}, "fit", fit.fit_id)
            activated = True
    return activated
