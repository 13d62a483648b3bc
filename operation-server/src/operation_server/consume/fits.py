"""`calibration.fits` into the database: what the workers fitted, put in force where that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import structlog
from confluent_kafka import Message
from sqlalchemy import Engine

from operation_server import metrics
from operation_server.consume.decode import Decoded, Rejected, decode
from operation_server.consume.pollful import store_all_or_each
from operation_server.store import calibrations, rejected
from operation_server.store.calibrations import Scope
from operation_server.store.gate import SchemaGate
from passwatch.contracts import CalibrationFit
from passwatch.topics import FITS

TOPIC = FITS.name
Item = Decoded[CalibrationFit] | Rejected
log = structlog.get_logger()


class FitsHandler:
    """Stores fits; ``activated`` is called when one of them was put in force."""

    def __init__(self, engine: Engine, gate: SchemaGate, activated: Callable[[], None]) -> None:
        self._engine, self._gate, self._activated = engine, gate, activated

    def __call__(self, messages: Sequence[Message]) -> None:
        """Store the messages.

        Raises:
            sqlalchemy.exc.OperationalError: the database cannot take them now.
            SchemaNotReady: it is not migrated.
        """
        self._gate.require()
        store_all_or_each([decode(message, CalibrationFit) for message in messages], self._store, self._reject)
        metrics.MESSAGES.labels(TOPIC).inc(len(messages))

    def _store(self, items: Sequence[Item]) -> None:
        activated = False
        with self._engine.begin() as connection:
            rejected.keep(connection, [item for item in items if isinstance(item, Rejected)])
            fits = [item.value for item in items if isinstance(item, Decoded)]
            if fits:
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
        for item in items:
            if isinstance(item, Rejected):
                metrics.REJECTED.labels(TOPIC).inc()
                log.error("fit_rejected", offset=item.source.offset, reason=item.reason)
        if activated:
            self._activated()

    def _reject(self, item: Item, reason: str) -> None:
        payload = item.payload if isinstance(item, Rejected) else msgspec.json.encode(item.value)
        self._store([Rejected(item.source, reason, payload)])
