"""Has Triton serve the versions of the models that the calibrations in force were fitted with, and no others."""

from __future__ import annotations

from sqlalchemy import Engine

from operation_server.calibrations import queries as calibrations
from operation_server.db.gate import SchemaGate
from operation_server.serving.repository import ModelRepository
from operation_server.serving.triton import Serving
from operation_server.serving.versions import serve, wanted_numbers


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
