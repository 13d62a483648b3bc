"""Has Triton serve the versions of the models that the calibrations in force were fitted with, and no others."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from operation_server.models.repository import ModelRepository, RepositoryError, Version
from operation_server.serving import LoadRefused, Serving, TritonDown
from operation_server.store import calibrations
from operation_server.store.gate import SchemaGate, SchemaNotReady
from passwatch.health import Check
from passwatch.signals import StopSignal

EVERY_S = 5.0
log = structlog.get_logger()


def wanted_numbers(versions: Sequence[Version], fitted_with: Collection[Mapping[str, str]]) -> set[int]:
    """The versions that serve everything that these calibrations were fitted with, as far as there are any; pure.

    Of versions that share a model's weights the newest counts.
    """
    numbers = set()
    for models in fitted_with:
        whole = [v.number for v in versions if models and dict(v.models) == dict(models)]
        if whole:
            numbers.add(whole[-1])
            continue
        for model, weights in models.items():
            numbers |= set([v.number for v in versions if v.models.get(model) == weights][-1:])
    return numbers


class ModelKeeper:
    """A thread that compares what is wanted with what is served, now and then and when it is woken.

    Versions that are not wanted any more are let go only when the workers were told of what replaces them.
    """

    def __init__(
        self,
        engine: Engine,
        gate: SchemaGate,
        repository: ModelRepository | None,
        serving: Serving,
        stop: StopSignal,
    ) -> None:
        """Without a repository there is nothing to keep."""
        self._engine, self._gate, self._repository = engine, gate, repository
        self._serving, self._stop = serving, stop
        self._problem: str | None = None
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keep-models", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Compare now."""
        self._wake.set()

    def join(self) -> None:
        """Wait until the thread has ended; the stop signal must be set."""
        self._wake.set()
        self._thread.join()

    def check(self) -> Check:
        """Whether Triton serves what is wanted."""
        return Check(ok=self._problem is None, detail=self._problem or "the wanted versions are served")

    def _run(self) -> None:
        while self._repository is not None and not self._stop.is_set():
            self._wake.clear()
            try:
                self._round(self._repository)
                self._problem = None
            except (SQLAlchemyError, SchemaNotReady, TritonDown, LoadRefused, RepositoryError, OSError) as error:
                self._problem = f"{type(error).__name__}: {str(error).splitlines()[0]}"
                log.warning("models_wait", problem=self._problem)
            self._wake.wait(EVERY_S)

    def _round(self, repository: ModelRepository) -> None:
        self._gate.require()
        with self._engine.begin() as connection:
            calibrations.lock(connection)
            active = calibrations.in_force(connection)
            numbers = wanted_numbers(repository.versions(), [a.models for a in active if a.revision])
            if not numbers:
                return
            if calibrations.has_unpublished(connection):
                numbers |= repository.chosen() or set()
            serve(repository, self._serving, numbers)


def serve(repository: ModelRepository, serving: Serving, numbers: set[int]) -> None:
    """Have exactly these versions served, now and after a restart of the server.

    Raises:
        RepositoryError: there is no such version.
        TritonDown, LoadRefused: Triton does not serve them; it will when it is started anew.
    """
    changed = repository.choose(numbers)
    for model in repository.models:
        if changed or serving.versions(model) != numbers:
            serving.load(model)
            log.info("model_loaded", model=model, versions=sorted(numbers))
