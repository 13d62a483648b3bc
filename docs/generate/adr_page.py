"""docs/adr/README.md: the index of the decisions, from their titles and states."""

from __future__ import annotations

import re
from pathlib import Path

from docs.generate.markdown import page, table
from docs.generate.packages import ROOT

INTRODUCTION = """\
What was decided, why, and what was rejected. [The first](0001-record-decisions.md) says how these pages are kept."""

_TITLE = re.compile(r"^# (\d+)\. (.+)$", re.MULTILINE)
_STATUS = re.compile(r"^\*\*Status:\*\* (.+)$", re.MULTILINE)


def decisions() -> list[Path]:
    """The pages of the decisions, in the order of their numbers."""
    return sorted((ROOT / "docs/adr").glob("[0-9]*.md"))


def render() -> str:
    """The page."""
    return page("Decisions", INTRODUCTION, table(("no.", "decision", "status"), [_row(path) for path in decisions()]))


def _row(path: Path) -> tuple[str, str, str]:
    text = path.read_text(encoding="utf-8")
    title, status = _TITLE.search(text), _STATUS.search(text)
    if title is None or status is None:
        raise ValueError(f"{path}: needs a title '# 7. …' and a line '**Status:** …'")
    return title[1], f"[{title[2]}]({path.name})", status[1]
