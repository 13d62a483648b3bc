"""The glossary has the terms of the API and of the metrics, each with its source."""

import json
import re
from collections.abc import Iterator
from typing import Any

from docs.generate.packages import ROOT

GLOSSARY = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (.+?) \| (.+) \| (.+?) \|$", GLOSSARY, re.MULTILINE)
ENUMERATED = ("verdict", "status", "rule", "severity", "role", "scope", "origin", "cause", "stream", "kind")
"""Properties of the API whose values are terms of the field."""
ALIVE = {"alive"}
"""What a health check answers."""
METRIC = re.compile(r"^\| `passwatch_([a-z_]+)` \|", re.MULTILINE)
PLAIN = {"messages", "bytes", "rows", "failures", "errors", "requests", "retries"}
PLAIN |= {"changes", "pruned", "sent", "streams", "cache"}
"""What is counted and needs no definition."""


def _values(node: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Each value of an enumeration in the API's description, and the property that has it."""
    if isinstance(node, dict):
        for value in (*node.get("enum", ()), *((node["const"],) if "const" in node else ())):
            yield name, str(value)
        for key, inner in node.items():
            yield from _values(inner, name if key in {"items", "schema", "anyOf", "properties", "enum"} else key)
    elif isinstance(node, list):
        for inner in node:
            yield from _values(inner, name)


def _defined(term: str) -> bool:
    """Whether the first column has the term, in singular or plural."""
    known = {word for name, _, _ in ROWS for word in re.findall(r"[a-z-]+", name.lower())}
    return bool({term, term.removesuffix("s"), term.removesuffix("es")} & known)


def test_every_term_has_a_meaning_and_a_source() -> None:
    """No cell is empty, and no term stands there twice."""
    terms = [name for name, _, _ in ROWS if name not in {"term", "---"}]
    assert len(terms) > 80
    assert len(terms) == len(set(terms))
    assert all(meaning.strip() and source.strip() for _, meaning, source in ROWS)


def test_values_of_the_api_are_explained() -> None:
    """Each verdict, rule, severity and the like that the API can answer is in the glossary as it is written."""
    described = json.loads((ROOT / "frontend/openapi.json").read_text(encoding="utf-8"))
    values = {value for name, value in _values(described) if name in ENUMERATED} - ALIVE
    assert {value for value in values if f"`{value}`" not in GLOSSARY} == set(), (
        "say what they mean in docs/glossary.md"
    )


def test_what_metrics_count_is_explained() -> None:
    """The things that a metric counts are terms of the glossary: tasks, records, dead letters."""
    names = METRIC.findall((ROOT / "docs/metrics.md").read_text(encoding="utf-8"))
    counted = {name.removesuffix("_total").split("_")[-1] for name in names if not name.endswith("_seconds")}
    assert len(counted) > 10
    assert {word for word in counted - PLAIN if not _defined(word)} == set(), "say what they are in docs/glossary.md"
