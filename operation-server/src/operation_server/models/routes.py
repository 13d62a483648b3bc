"""Versions of the models: added as candidates, promoted, rolled back; Triton is never restarted for it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from sqlalchemy import Connection, Engine

from operation_server.calibrations import queries as calibrations
from operation_server.calibrations.activate import Changes
from operation_server.calibrations.queries import Scope
from operation_server.calibrations.routes import ActivatorDep, changed
from operation_server.calibrations.schemas import Changed, ScopeItem
from operation_server.models.schemas import NewVersion, PromoteRequest, VersionDetail, VersionItem, VersionList
from operation_server.services import ReaderDep, provided
from operation_server.serving.repository import ModelRepository, RepositoryError, Version, Weights
from operation_server.serving.triton import Serving, TritonDown
from operation_server.serving.versions import wanted_numbers
from operation_server.web.problems import InvalidRequest, NotFound
from operation_server.web.responses import problems

router = APIRouter(prefix="/models", tags=["models"])
ServingDep = Annotated[Serving, provided(Serving)]
Number = Annotated[int, Path(ge=1)]


@router.get("/versions", responses=problems(409))
def list_versions(reader: ReaderDep, activator: ActivatorDep, serving: ServingDep) -> VersionList:
    """List the versions of the model repository, by number: which are served, and what is judged by them."""
    repository = activator.repository
    served = _served(repository, serving)
    with reader.connect() as connection:
        items = [VersionItem(**_fields(connection, repository, served, v)) for v in repository.versions()]
    return VersionList(items=items)


@router.post("/versions", status_code=201, responses=problems(409, 413))
def add_version(
    *, reader: ReaderDep, activator: ActivatorDep, serving: ServingDep, request: NewVersion, response: Response
) -> VersionDetail:
    """Add a version beside the others, with the calibrations that were fitted with it; nothing is judged by it yet."""
    scopes = [Scope(c.mission, c.satellite_id) for c in request.calibrations]
    if len(set(scopes)) < len(scopes):
        raise InvalidRequest.of("body.calibrations", "two are for the same mission or satellite")
    weights = {name: Weights(w.onnx, w.manifest) for name, w in request.models.items()}
    for index, item in enumerate(request.calibrations):
        if missing := [n for n in ("revision", "source", "models", "channels") if n not in item.calibration]:
            raise InvalidRequest.of(f"body.calibrations.{index}.calibration", f"has no {missing[0]}")
        if item.calibration.get("mission") != item.mission:
            raise InvalidRequest.of(f"body.calibrations.{index}.calibration", f"is not of mission {item.mission}")
    fitted = {scope: item.calibration for scope, item in zip(scopes, request.calibrations, strict=True)}
    version = activator.add(weights, fitted)
    response.headers["Location"] = f"/api/v1/models/versions/{version.number}"
    return _detail(reader, activator.repository, serving, version)


@router.get("/versions/{number}", responses=problems(404, 409))
def get_version(*, reader: ReaderDep, activator: ActivatorDep, serving: ServingDep, number: Number) -> VersionDetail:
    """One version, with the manifests of its weights."""
    repository = activator.repository
    return _detail(reader, repository, serving, _version(repository, number))


@router.get(
    "/versions/{number}/weights/{model}",
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {"example": "ONNX"}}, "description": "The ONNX file."},
        **problems(404, 409),
    },
)
def get_weights(*, activator: ActivatorDep, number: Number, model: Annotated[str, Path(max_length=64)]) -> Response:
    """A model's weights as ONNX."""
    try:
        content = activator.repository.weights(number, model)
    except RepositoryError as error:
        raise NotFound(str(error)) from error
    return Response(content, media_type="application/octet-stream")


@router.post("/versions/{number}/promote", responses=problems(404, 409))
def promote(*, activator: ActivatorDep, number: Number, request: PromoteRequest) -> Changed:
    """Judge by this version from now on: everything in force by the newest calibration that was fitted with it.

    Triton serves it beside the present one before anything changes, and lets the present one go when the workers know.
    """
    return changed(activator.promote(number, partial=request.partial))


@router.post("/rollback", responses=problems(409))
def roll_back(activator: ActivatorDep) -> Changed:
    """Judge as before the last promotion."""
    changes: Changes = activator.roll_back()
    return changed(changes)


def _version(repository: ModelRepository, number: int) -> Version:
    try:
        return repository.version(number)
    except RepositoryError as error:
        raise NotFound(str(error)) from error


def _detail(reader: Engine, repository: ModelRepository, serving: Serving, version: Version) -> VersionDetail:
    with reader.connect() as connection:
        fields = _fields(connection, repository, _served(repository, serving), version)
    return VersionDetail(**fields, manifests=repository.manifests(version.number))


def _served(repository: ModelRepository, serving: Serving) -> set[int] | None:
    """The versions that Triton serves of every model; None if it does not answer."""
    try:
        found = [serving.versions(model) for model in repository.models]
    except TritonDown:
        return None
    return set.intersection(*found) if found else set()


def _fields(
    connection: Connection, repository: ModelRepository, served: set[int] | None, version: Version
) -> dict[str, Any]:
    active = [a for a in calibrations.in_force(connection) if a.revision]
    versions = repository.versions()
    newest = {a.scope: calibrations.newest_of(connection, a.scope, version.models) for a in active}
    errors = {
        model: manifest.get("held_out", {}).get("mean_absolute_error", {}).get("network")
        for model, manifest in repository.manifests(version.number).items()
    }
    return {
        "number": version.number,
        "models": dict(version.models),
        "created_at": version.created_at,
        "chosen": version.number in (repository.chosen() or ()),
        "served": None if served is None else version.number in served,
        "in_force": [
            _scope(a.scope, a.revision) for a in active if version.number in wanted_numbers(versions, [a.models])
        ],
        "calibrated": [_scope(scope, revision) for scope, revision in newest.items() if revision],
        "held_out_error": {model: error for model, error in errors.items() if error is not None},
    }


def _scope(scope: Scope, revision: str | None) -> ScopeItem:
    return ScopeItem(mission=scope.mission, satellite_id=scope.satellite_id, revision=revision)
