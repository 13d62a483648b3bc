"""Has Triton serve the versions of the models that the calibrations in force were fitted with, and no others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import structlog
from sqlalchemy import Engine

from operation_server.models.repository import ModelRepository, Version
from operation_server.serving import Serving
from operation_server.store import calibrations
from operation_server.store.gate import SchemaGate

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
    """Compares what is wanted with what is served.

    Versions that are not wanted any more are let go only when the workers were told of what replaces them.
    """

    def __init__(self, engine: Engine, gate: SchemaGate, repository: ModelRepository | None, serving: Serving) -> None:
        """Without a repository there is nothing to keep."""
        self._engine, self._gate, self._repository, self._serving = engine, gate, repository, serving

    def step(self) -> None:
        """Have Triton serve what is wanted.

        Raises:
            SchemaNotReady, sqlalchemy.exc.SQLAlchemyError: PostgreSQL cannot be used now.
            RepositoryError, OSError: the repository cannot.
            TritonDown, LoadRefused: Triton does not serve what is wanted.
        """
        repository = self._repository
        if repository is None:
            return
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
