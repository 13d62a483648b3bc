from pathlib import Path

import pytest

from docs.generate.adr_page import decisions

SECTIONS = ["## Context", "## Decision", "## Consequences", "## Rejected alternatives"]


@pytest.mark.parametrize("path", decisions(), ids=lambda path: path.stem)
def test_a_decision_has_all_its_parts(path: Path) -> None:
    """Each decision says its context, decision, consequences and what was rejected."""
    headings = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
    assert headings == SECTIONS


def test_decisions_are_numbered_in_order() -> None:
    """Numbers rise, none is given twice, and they are the same in the file's name and the title."""
    numbers = [int(path.name[:4]) for path in decisions()]
    titles = [int(path.read_text(encoding="utf-8").split()[1].rstrip(".")) for path in decisions()]
    assert numbers == titles == sorted(set(numbers))
