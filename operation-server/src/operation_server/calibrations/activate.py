"""Changes what is in force: calibrations, and with them the versions of the models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from uuid import uuid4

import structlog
from sqlalchemy import Connection, Engine

from operation_server.calibrations import queries as calibrations
from operation_server.calibrations.queries import Scope
from operation_server.serving.repository import ModelRepository, RepositoryError, Version, Weights
from operation_server.serving.triton import LoadRefused, Serving, TritonDown
from operation_server.serving.versions import serve, wanted_numbers
from operation_server.web.problems import Conflict, DependencyDown, InvalidRequest, NotFound
from passwatch.mission import Mission

PROMOTION, ROLLBACK, REQUEST = "promotion", "rollback", "request"
log = structlog.get_logger()

Changes = Mapping[Scope, str | None]


class Activator:
    """Puts calibrations in force, one change at a time.

    The versions of the models that a change needs are served beside the present ones before it is made, and those that
    it leaves without use go when the workers know of it. So there is no moment at which what a worker has been told
    cannot be served.
    """

    def __init__(
        self,
        engine: Engine,
        missions: Mapping[str, Mission],
        repository: ModelRepository | None,
        serving: Serving,
        changed: Callable[[], None],
    ) -> None:
        """``changed`` is called after every change."""
        self._engine, self._missions, self._repository, self._serving = engine, missions, repository, serving
        self._changed = changed

    @property
    def repository(self) -> ModelRepository:
        """The model repository.

        Raises:
            Conflict: this server was given none.
        """
        if self._repository is None:
            raise Conflict("this server has no model repository (PASSWATCH_MODEL_REPOSITORY)")
        return self._repository

    def activate(self, revision: str) -> Changes:
        """Put a revision in force for whom it was fitted.

        Raises:
            NotFound: there is no such revision.
            Conflict: it was fitted with weights that the repository does not have, or that Triton refuses.
            DependencyDown: Triton would have to load a version, and does not answer.
        """
        with self._changing() as connection:
            row = calibrations.find(connection, revision)
            if row is None:
                raise NotFound(f"there is no calibration {revision}")
            return self._make(connection, {Scope(row["mission"], row["satellite_id"]): revision}, REQUEST)

    def release(self, scope: Scope) -> Changes:
        """Judge a satellite by its mission's calibration again.

        Raises:
            NotFound: it has none of its own in force.
        """
        with self._changing() as connection:
            if not any(a.scope == scope and a.revision for a in calibrations.in_force(connection)):
                raise NotFound(f"{scope.satellite_id} has no calibration of its own in force in {scope.mission}")
            return self._make(connection, {scope: None}, REQUEST)

    def add(self, weights: Mapping[str, Weights], fitted: Mapping[Scope, Mapping[str, object]]) -> Version:
        """Add a version to the repository, and the calibrations that were fitted with it; nothing of it is in force.

        Raises:
            Conflict: there is no repository.
            InvalidRequest: weights are missing, or a calibration was fitted with others or is of no mission.
        """
        repository = self.repository
        with self._changing() as connection:
            for scope in fitted:
                if scope.mission not in self._missions:
                    raise InvalidRequest.of("body.calibrations", f"there is no mission {scope.mission}")
            try:
                version = repository.add(weights)
            except RepositoryError as error:
                raise InvalidRequest.of("body.models", str(error)) from error
            for scope, content in fitted.items():
                if content["models"] != dict(version.models):
                    raise InvalidRequest.of(
                        "body.calibrations", f"the one of {scope.mission} was not fitted with these weights"
                    )
                calibrations.put(connection, content, scope.satellite_id, "candidate")
            return version

    def promote(self, number: int, *, partial: bool) -> Changes:
        """Judge everything that is in force by this version and by the calibrations fitted with it.

        Raises:
            NotFound: there is no such version.
            Conflict: a scope in force has no calibration fitted with it, and ``partial`` does not allow that.
            DependencyDown: Triton would have to load it, and does not answer.
        """
        try:
            version = self.repository.version(number)
        except RepositoryError as error:
            raise NotFound(str(error)) from error
        with self._changing() as connection:
            scopes = [a.scope for a in calibrations.in_force(connection) if a.revision]
            found = {scope: calibrations.newest_of(connection, scope, version.models) for scope in scopes}
            missing = [_name(scope) for scope, revision in found.items() if revision is None]
            changes = {scope: revision for scope, revision in found.items() if revision is not None}
            if not changes or (missing and not partial):
                raise Conflict(f"version {number} has no calibration for {', '.join(missing)}")
            return self._make(connection, changes, PROMOTION)

    def roll_back(self) -> Changes:
        """Put in force again what was before the last promotion.

        Raises:
            Conflict: nothing was promoted, or it was rolled back already.
            DependencyDown: Triton would have to load a version, and does not answer.
        """
        with self._changing() as connection:
            last = calibrations.last_change(connection, (PROMOTION, ROLLBACK))
            if last is None or last[0] == ROLLBACK:
                raise Conflict("no promotion to roll back")
            return self._make(connection, calibrations.before_change(connection, last[1]), ROLLBACK)

    def _make(self, connection: Connection, changes: Changes, cause: str) -> Changes:
        self._serve(connection, changes)
        calibrations.activate(connection, changes, cause, str(uuid4()))
        for scope, revision in changes.items():
            log.info("calibration_activated", scope=_name(scope), revision=revision, cause=cause)
        return changes

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        """A transaction under the lock, after which is told that there may be a change."""
        with self._engine.begin() as connection:
            calibrations.lock(connection)
            yield connection
        self._changed()

    def _serve(self, connection: Connection, changes: Changes) -> None:
        """Have the versions that the changes need served beside the present ones."""
        if self._repository is None:
            return
        rows = {revision: calibrations.find(connection, revision) for revision in changes.values() if revision}
        versions = self._repository.versions()
        numbers: set[int] = set()
        for revision, row in rows.items():
            models = row["models"] if row else {}
            found = wanted_numbers(versions, [models])
            held = {(model, weights) for v in versions if v.number in found for model, weights in v.models.items()}
            if lacking := [f"{model} {weights}" for model, weights in models.items() if (model, weights) not in held]:
                raise Conflict(f"{revision} was fitted with {', '.join(lacking)}, which the repository does not have")
            numbers |= found
        present = self._repository.chosen() or {v.number for v in versions[-1:]}
        if numbers <= present:
            return
        try:
            serve(self._repository, self._serving, numbers | present)
        except TritonDown as error:
            self._repository.choose(present)
            raise DependencyDown("Triton") from error
        except LoadRefused as error:
            self._repository.choose(present)
            raise Conflict(f"Triton cannot serve it: {error}") from error


def _name(scope: Scope) -> str:
    return scope.mission if scope.satellite_id is None else f"{scope.mission}/{scope.satellite_id}"
