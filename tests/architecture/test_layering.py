"""Who may import whom, read from the source, so that no engine and no installation matters."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.generate.packages import ROOT, Package, packages

LIBRARIES = {"passwatch", "detection"}
PACKAGES = {package.name: package for package in packages()}
SERVICES = sorted(set(PACKAGES) - LIBRARIES)
TRANSPORTS = {
    "celery",
    "confluent_kafka",
    "fastapi",
    "httpx",
    "kombu",
    "psycopg2",
    "redis",
    "requests",
    "sqlalchemy",
    "starlette",
}


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module


def _imported(package: Package) -> dict[str, set[str]]:
    """The top-level packages that each module imports."""
    modules = sorted(package.source.rglob("*.py"))
    return {str(m.relative_to(ROOT)): {name.partition(".")[0] for name in _imports(m)} for m in modules}


def _offenders(package: Package, forbidden: set[str]) -> dict[str, set[str]]:
    return {module: names & forbidden for module, names in _imported(package).items() if names & forbidden}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_imports_no_other_service(name: str) -> None:
    """Services meet in Kafka, RabbitMQ and their stores, never in one another's code."""
    assert _offenders(PACKAGES[name], set(SERVICES) - {name}) == {}


@pytest.mark.parametrize("name", sorted(LIBRARIES))
def test_a_library_imports_no_service(name: str) -> None:
    """What is shared does not know who shares it."""
    assert _offenders(PACKAGES[name], set(SERVICES)) == {}


def test_detection_knows_no_transport() -> None:
    """Turning samples into verdicts needs no broker, database or web framework; Triton is one forecaster of it."""
    assert _offenders(PACKAGES["detection"], TRANSPORTS) == {}


def test_only_the_triton_forecaster_knows_triton() -> None:
    """Everything else of the detection sees the interface alone."""
    offenders = _offenders(PACKAGES["detection"], {"tritonclient"})
    assert set(offenders) <= {"detection/src/detection/forecasters/triton.py"}


def test_the_shared_library_does_not_detect() -> None:
    """Contracts and clients stand below the detection, so that a consumer need not install it."""
    assert _offenders(PACKAGES["passwatch"], {"detection"}) == {}


def test_nothing_served_imports_torch() -> None:
    """Torch trains; what runs in production uses the exported weights and stays small."""
    assert [name for name, package in PACKAGES.items() if _offenders(package, {"torch"})] == []
