"""The little Markdown that the generated pages need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

NOTICE = "<!-- Generated from the code by `make docs`; edit the code, not this page. -->"


def page(title: str, *parts: str) -> str:
    """A whole page: notice, title and parts, a blank line between them."""
    return "\n\n".join([NOTICE, f"# {title}", *(part.strip("\n") for part in parts)]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a bar within a cell is escaped and a line break becomes a space."""
    lines = [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"


def code(text: str) -> str:
    """Text in code type; nothing stays nothing."""
    return f"`{text}`" if text else ""


def prose(docstring: str) -> str:
    """A docstring as Markdown: reStructuredText's double back-quotes and roles become code type."""
    text = docstring.replace("``", "`")
    for role in (":mod:", ":class:", ":func:", ":meth:"):
        text = text.replace(role, "")
    return text
