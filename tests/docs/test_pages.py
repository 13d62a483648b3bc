"""What hand-written pages mention exists, what exists is mentioned, and links lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from docs.generate import api_page, commands_page, metrics_page, settings_page
from docs.generate.packages import ROOT
from operation_server.jobs.schemas import SubmitRequest
from passwatch.streaming import faults, messages
from passwatch.topics import ALL
from victoria_consumer.domain.reasons import Reason

_PATTERNS = ("*.md", "[a-z]*/README.md", "datasets/*/README.md", "docs/**/*.md")
PAGES = sorted({path for pattern in _PATTERNS for path in ROOT.glob(pattern)})
CONFIGURATION = [ROOT / ".pre-commit-config.yaml", ROOT / ".ci/run"]
PLACEHOLDER = re.compile(r"\b(TODO|FIXME|TBD|XXX|lorem ipsum|coming soon)\b", re.IGNORECASE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)

STREAMING_REASONS = {faults.UNREADABLE, faults.UNUSABLE, messages.UNREADABLE_HEADERS, messages.MISSING_TYPE} | {
    messages.UNKNOWN_TYPE,
    messages.WRONG_SCHEMA,
    messages.EMPTY,
    messages.MALFORMED_JSON,
    messages.INVALID_FIELD,
}
"""The reasons that hold for every topic."""


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _found(pattern: str, paths: list[Path]) -> Iterator[tuple[str, Any]]:
    """Where a pattern occurs: page and match."""
    for path in paths:
        for match in re.findall(pattern, _read(path)):
            yield _name(path), match


def _anchors(text: str) -> set[str]:
    """The anchors that forges give to headings."""
    slugs = (re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text))
    return set(slugs)


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_links_lead_somewhere(path: Path) -> None:
    """Each link to a file of the repository, and to a heading in it, resolves."""
    for target in LINK.findall(_read(path)):
        if target.startswith(("http://", "https://")):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), f"{target}: no such file"
        assert not anchor or anchor in _anchors(_read(there)), f"{target}: no such heading"


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_nothing_is_left_to_be_written(path: Path) -> None:
    """No page holds a placeholder."""
    assert PLACEHOLDER.search(_read(path)) is None


def test_every_page_can_be_reached() -> None:
    """A reader who begins at README.md and follows links comes to every page."""
    reached, to_follow = set(), [ROOT / "README.md"]
    while to_follow:
        page = to_follow.pop()
        if page in reached:
            continue
        reached.add(page)
        targets = (target.partition("#")[0] for target in LINK.findall(_read(page)))
        to_follow += [(page.parent / t).resolve() for t in targets if t.endswith(".md") and "://" not in t]
    assert set(PAGES) <= reached


def test_settings_that_are_mentioned_exist() -> None:
    """Each PASSWATCH_ variable on a page is declared by a service; PASSWATCH_* stands for all."""
    known = {name for fields in settings_page.variables().values() for name in fields}
    mentioned = set(_found(r"\bPASSWATCH_[A-Z][A-Z_]*[A-Z]\b", PAGES))
    assert {(page, name) for page, name in mentioned if name not in known} == set()


def test_every_setting_has_a_description() -> None:
    """The settings page leaves no variable unexplained."""
    fields = {name: field for service in settings_page.variables().values() for name, field in service.items()}
    assert [name for name, field in fields.items() if not field.description] == []


def test_metrics_that_are_mentioned_exist() -> None:
    """Each metric on a page is declared by a service."""
    known = {metric.name for metrics in metrics_page.by_service().values() for metric in metrics}
    pattern = r"\bpasswatch_\w+_(?:total|seconds|bytes|ratio|messages|tasks|streams)\b"
    assert {(page, name) for page, name in _found(pattern, PAGES) if name not in known} == set()


def test_every_metric_is_named_for_its_service_and_explained() -> None:
    """Metric names begin with passwatch_, are unique, and say what they count."""
    metrics = [metric for of_service in metrics_page.by_service().values() for metric in of_service]
    assert all(metric.name.startswith("passwatch_") and metric.meaning for metric in metrics)
    assert len({metric.name for metric in metrics}) == len(metrics)


def test_endpoints_that_are_mentioned_exist() -> None:
    """Each path of the API on a page is one of the OpenAPI document."""
    known = {path for _, path in api_page.endpoints()} | {"/api/v1/docs", "/api/v1/openapi.json"}
    mentioned = set(_found(r"(/api/v1/[\w/{}.-]*[\w}])", PAGES))
    assert {(page, path) for page, path in mentioned if path not in known} == set()


def test_queries_that_are_mentioned_are_understood() -> None:
    """Each `…/path?name=value` in an example uses parameters that the endpoint has."""
    known = {
        path.removeprefix("/api/v1"): {p["name"] for p in operation.get("parameters", ())}
        for (_, path), operation in api_page.endpoints().items()
    }
    for page, (path, query) in _found(r"(?:\$API|/api/v1)(/[\w/]+)\?([\w=&-]+)", PAGES):
        names = {pair.partition("=")[0] for pair in query.split("&")}
        assert names <= known[path], f"{page}: {path}?{query}"


def test_the_example_of_a_job_is_accepted() -> None:
    """The body that the API guide submits is a valid request."""
    (body,) = re.findall(r"-d '(.*)'", _read(ROOT / "docs/guides/api.md"))
    assert SubmitRequest.model_validate_json(body).satellite_id == "SAT-001"


def test_make_targets_that_are_mentioned_exist() -> None:
    """Each `make …` on a page, in the hooks and in what CI runs is a target that the Makefile explains."""
    known = set(commands_page.make_targets())
    text = r"(?:^|[`$ ]|entry: )make ((?:[a-z][a-z-]+)(?: [a-z][a-z-]+)*)"
    spans = [(page, span) for page, code in _found(r"(?m)`([^`\n]+)`|^(?:\$ )?(make [^\n#]+)", PAGES) for span in code]
    mentioned = {(page, word) for page, span in spans for words in re.findall(text, span) for word in words.split()}
    hooks = {(page, name) for page, name in _found(r"make ([a-z-]+)", CONFIGURATION)}
    assert {(page, name) for page, name in mentioned | hooks if name not in known} == set()


def test_commands_that_are_mentioned_exist() -> None:
    """Each `python -m <service> <command>` on a page can be called."""
    known = {command.line for commands in commands_page.by_part().values() for command in commands}
    words = {line.removeprefix("python -m ") for line in known}
    packages = {line.split()[0] for line in words}
    for page, package, rest in _mentioned_calls():
        if package in packages:
            assert any(f"{package} {rest}".startswith(word) for word in words), f"{page}: {package} {rest}"


def _mentioned_calls() -> Iterator[tuple[str, str, str]]:
    for path in PAGES:
        for package, rest in re.findall(r"python -m ([\w.]+)((?: [a-z][a-z-]*)*)", _read(path)):
            yield _name(path), package, rest.strip()


def test_options_that_are_mentioned_exist() -> None:
    """Each option in `make send|replay|dead-letters ARGS="…"` on a page is one of the command that it is handed to."""
    pattern = r'make (send|replay|dead-letters)(?: DATA=\S+)? ARGS="([^"]*)"'
    for page, (target, arguments) in _found(pattern, [*PAGES, ROOT / "Makefile"]):
        words = arguments.split()
        package, verb = ("victoria_consumer", words[0]) if target == "dead-letters" else ("batch_simulator", target)
        known = commands_page.options(package, verb)
        assert {word for word in words if word.startswith("--")} <= known, f"{page}: {arguments}"


def test_every_reason_of_a_rejection_is_explained() -> None:
    """The dead-letter page has all reasons, and none that does not exist."""
    text = _read(ROOT / "docs/operations/dead-letters.md")
    table = "".join(line for line in text.splitlines() if line.startswith("| `"))
    assert (
        set(re.findall(r"`([a-z]+(?:-[a-z]+)*)`", table)) - {"null"}
        >= {reason.value for reason in Reason} | STREAMING_REASONS
    )


def test_topics_that_are_mentioned_exist() -> None:
    """The architecture page and the guides call topics by their names."""
    names = {topic.name for topic in ALL}
    text = "".join(_read(path) for path in PAGES)
    assert all(f"`{name}`" in text for name in names)
