"""The OpenAPI document: valid, complete, current, and true to the answers."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from pydantic import BaseModel

from operation_server.app import create_app
from operation_server.web.openapi import openapi_text

ROOT = Path(__file__).resolve().parents[2]
APP = create_app()
DOCUMENT = APP.openapi()
OPERATIONS = [
    (method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
IDS = [f"{method} {path}" for method, path, _ in OPERATIONS]
REQUIRED = [
    "/health",
    "/health/ready",
    "/metrics",
    "/api/v1/alarms",
    "/api/v1/alarms/out-of-service",
    "/api/v1/alarms/out-of-service/{entry_id}/return",
    "/api/v1/alarms/{incident_id}",
    "/api/v1/alarms/{incident_id}/acknowledge",
    "/api/v1/alarms/{incident_id}/clear",
    "/api/v1/alarms/{incident_id}/comment",
    "/api/v1/alarms/{incident_id}/label",
    "/api/v1/alarms/{incident_id}/shelve",
    "/api/v1/alarms/{incident_id}/unshelve",
    "/api/v1/batches",
    "/api/v1/batches/{batch_uid}",
    "/api/v1/trends/satellites",
    "/api/v1/trends/metrics",
    "/api/v1/trends/raw",
    "/api/v1/trends/prediction",
    "/api/v1/trends/compare",
    "/api/v1/trends/statistics",
    "/api/v1/inference/submit",
    "/api/v1/inference/result/{job_id}",
    "/api/v1/inference/recent",
    "/api/v1/inference/statistics",
    "/api/v1/query/jobs",
    "/api/v1/query/stats",
    "/api/v1/search/results",
    "/api/v1/calibrations",
    "/api/v1/calibrations/fits",
    "/api/v1/calibrations/fits/{fit_id}",
    "/api/v1/calibrations/activations",
    "/api/v1/calibrations/release",
    "/api/v1/calibrations/{revision}",
    "/api/v1/calibrations/{revision}/activate",
    "/api/v1/models/versions",
    "/api/v1/models/versions/{number}",
    "/api/v1/models/versions/{number}/weights/{model}",
    "/api/v1/models/versions/{number}/promote",
    "/api/v1/models/rollback",
    "/api/v1/config/system",
    "/api/v1/config/satellites",
    "/api/v1/config/subsystems",
    "/api/v1/config/models",
    "/api/v1/dashboard/stats",
    "/api/v1/dashboard/features",
    "/api/v1/dashboard/anomalies",
    "/api/v1/stream",
]


def models(base: type[BaseModel] = BaseModel) -> list[type[BaseModel]]:
    """The API's models that have an example."""
    found = [m for s in base.__subclasses__() for m in [s, *models(s)]]
    return [
        m
        for m in dict.fromkeys(found)
        if m.__module__.startswith("operation_server.") and "json_schema_extra" in m.__dict__.get("model_config", {})
    ]


def test_the_document_is_valid() -> None:
    """It is valid OpenAPI, and has every route that the platform promises."""
    validate(DOCUMENT)
    assert sorted(DOCUMENT["paths"]) == sorted(REQUIRED)


def test_the_frontends_copy_is_current() -> None:
    """The copy that the frontend generates its client from is what the code says now."""
    assert (ROOT / "frontend" / "openapi.json").read_text(encoding="utf-8") == openapi_text(APP), (
        "run: python -m operation_server openapi --out frontend/openapi.json"
    )


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=IDS)
def test_every_operation_is_explained(method: str, path: str, operation: dict[str, Any]) -> None:
    """Every operation has a description, an example of its answer, and tells of its failures."""
    assert operation["description"], f"{method} {path}"
    success = next(r for status, r in operation["responses"].items() if status.startswith("2"))
    content = next(iter(success["content"].values()))
    reference = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    assert "example" in content or DOCUMENT["components"]["schemas"][reference]["examples"]
    if path.startswith("/api/"):
        assert {"422", "500", "503"} <= set(operation["responses"])
    for parameter in operation.get("parameters", []):
        assert parameter["schema"].get("description") or parameter["schema"].get("examples") or parameter["required"]


@pytest.mark.parametrize("model", models(), ids=lambda m: m.__name__)
def test_examples_are_true(model: type[BaseModel]) -> None:
    """Every example is what its model would answer, field by field."""
    extra = model.model_config["json_schema_extra"]
    assert isinstance(extra, dict)
    for value in extra["examples"]:  # type: ignore[union-attr]
        made = model.model_validate(value)
        assert json.loads(made.model_dump_json(exclude_unset=True)).keys() == value.keys()  # type: ignore[union-attr]


def test_operation_ids_are_unique() -> None:
    """Names that a client is generated from do not collide."""
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(names)) == len(names)


def test_the_version_is_the_packages() -> None:
    """The version that the API tells is the one of the package."""
    project = tomllib.loads((ROOT / "operation-server" / "pyproject.toml").read_text(encoding="utf-8"))
    assert DOCUMENT["info"]["version"] == project["project"]["version"]
