"""The shape of the service: which feature builds on which."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import operation_server

PACKAGE = Path(operation_server.__file__).parent
FOUNDATIONS = ("db", "web")
"""Packages that every feature may use, and that know no feature."""
FEATURES = sorted(
    p.parent.name for p in PACKAGE.glob("*/__init__.py") if p.parent.name not in (*FOUNDATIONS, "migrations")
)


def imports_of(file: Path) -> Iterator[str]:
    """The modules of this service that a file imports, without the service's name: ``batches.queries``."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("operation_server"):
            inside = node.module.removeprefix("operation_server").removeprefix(".")
            for name in node.names:
                yield f"{inside}.{name.name}".removeprefix(".")


def test_features_do_not_import_each_other_in_circles() -> None:
    """There is an order in which the features build on one another."""
    graph: dict[str, set[str]] = defaultdict(set)
    for feature in FEATURES:
        for file in (PACKAGE / feature).rglob("*.py"):
            graph[feature] |= {used for module in imports_of(file) if (used := module.split(".")[0]) in FEATURES}
        graph[feature].discard(feature)
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"features import each other in a circle: {' -> '.join(error.args[1])}")
    assert set(order) == set(FEATURES)


@pytest.mark.parametrize("foundation", FOUNDATIONS)
def test_the_foundations_know_no_feature(foundation: str) -> None:
    """What every feature uses imports none of them."""
    for file in (PACKAGE / foundation).rglob("*.py"):
        known = [module for module in imports_of(file) if module.split(".")[0] in FEATURES]
        assert not known, f"{file.relative_to(PACKAGE)} imports {known[0]}"


def test_queries_return_rows() -> None:
    """No query knows how the API shows what it returns, or that there is an API."""
    queries = [*PACKAGE.glob("*/queries.py"), *(PACKAGE / "db").glob("*.py")]
    assert len(queries) > len(FEATURES) / 2
    for file in queries:
        shown = [m for m in imports_of(file) if {"schemas", "answers", "routes"} & set(m.split("."))]
        assert not shown, f"{file.relative_to(PACKAGE)} imports {shown[0]}"
        assert "fastapi" not in file.read_text(), file
