"""An image holds the packages that its service may import, and the project's libraries that it names."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.deployment.compose_file import ROOT, runs, services

LIBRARIES = {"passwatch": ROOT / "passwatch/src", "detection": ROOT / "detection/src"}
PARTS = sorted({run.part for run in runs()})
DISTRIBUTIONS = packages_distributions()


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it; what is imported for types alone is not."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def file_of(module: str, source: Path) -> list[Path]:
    """The files of a module of ours: its own and its packages'; none if the name is no module."""
    steps = module.split(".")
    candidates = [source.joinpath(*steps).with_suffix(".py")]
    candidates += [source.joinpath(*steps[:n]) / "__init__.py" for n in range(1, len(steps) + 1)]
    return [path for path in candidates if path.is_file()]


def reached(part: str) -> tuple[set[str], set[str]]:
    """Third-party packages and libraries of ours that a part's package may import, directly or through a library."""
    own = {**LIBRARIES, part.replace("-", "_"): ROOT / part / "src"}
    to_read, read = sorted((ROOT / part / "src").rglob("*.py")), set[Path]()
    third, libraries = set[str](), set[str]()
    while to_read:
        path = to_read.pop()
        if path in read:
            continue
        read.add(path)
        for module in imports(path):
            top = module.partition(".")[0]
            if top in own:
                to_read += file_of(module, own[top])
                libraries |= {top} & set(LIBRARIES)
            elif top not in sys.stdlib_module_names:
                third.add(top)
    return third, libraries


def pinned(part: str) -> set[str]:
    """The packages of a part's requirements.txt, by their normalised names."""
    text = (ROOT / part / "requirements.txt").read_text()
    return {re.sub(r"[-_.]+", "-", name).lower() for name in re.findall(r"(?m)^([\w.-]+)==", text)}


@pytest.mark.parametrize("part", PARTS)
def test_what_a_service_may_import_is_in_its_image(part: str) -> None:
    """Each third-party package that is imported anywhere on the way from the service is pinned for it."""
    third, _ = reached(part)
    names = {package: {re.sub(r"[-_.]+", "-", d).lower() for d in DISTRIBUTIONS.get(package, ())} for package in third}
    assert {package for package, known in names.items() if not known & pinned(part)} == set()


@pytest.mark.parametrize("part", PARTS)
def test_an_image_holds_exactly_the_libraries_that_are_imported(part: str) -> None:
    """The build argument says what the sources say."""
    _, libraries = reached(part)
    for service in services().values():
        arguments = service.get("build", {}).get("args", {})
        if arguments.get("PART") == part:
            assert set(arguments.get("LIBRARIES", "passwatch").split()) == libraries


def test_the_worker_needs_no_weights_in_process() -> None:
    """It infers on Triton: ONNX Runtime is for files, and a third of the image."""
    assert "onnxruntime" not in reached("analysis-worker")[0]
    assert "onnxruntime" not in pinned("analysis-worker")
    assert not {"tritonclient", "grpcio"} & pinned("operation-server")
