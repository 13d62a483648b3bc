"""`calibration.fits` into the database: what the workers fitted, put in force where that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog
from sqlalchemy import Connection, Engine

from operation_server import metrics
from operation_server.calibrations import queries as calibrations
from operation_server.calibrations.queries import Scope
from operation_server.consume.writing import Writer
from operation_server.db.gate import SchemaGate
from passwatch.contracts import CalibrationFit
from passwatch.streaming.handler import Handler
from passwatch.streaming.messages import RawMessage, decode, kind_of, read_headers
from passwatch.topics import FITS

log = structlog.get_logger()


def fits_handler(engine: Engine, gate: SchemaGate, activated: Callable[[], None]) -> Handler[CalibrationFit]:
    """Stores fits; ``activated`` is called when one of them was put in force."""
    writer = Writer(engine, gate, FITS)

    def write(fits: Sequence[CalibrationFit]) -> None:
        put_in_force, _ = writer.write(fits, _store)
        if put_in_force:
            activated()

    return Handler(_read, write)


def _read(message: RawMessage) -> CalibrationFit:
    kind_of(read_headers(message), CalibrationFit)
    return decode(message, CalibrationFit)


def _store(connection: Connection, fits: Sequence[CalibrationFit]) -> bool:
    """Store fits; whether one was put in force."""
    activated = False
    calibrations.lock(connection)
    for fit in fits:
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
