from pathlib import Path

import pytest

from docs.generate import pages
from docs.generate.packages import ROOT


@pytest.mark.parametrize("path", pages.PAGES)
def test_a_generated_page_says_what_the_code_says_now(path: str) -> None:
    """A committed page equals what its generator makes: whoever changes the code runs `make docs`."""
    assert (ROOT / path).read_text(encoding="utf-8") == pages.PAGES[path]()


def test_writing_makes_pages_current_and_then_changes_nothing(tmp_path: Path) -> None:
    """One run of the generator brings every page up to date; a second one has nothing to do."""
    assert sorted(pages.write(tmp_path)) == sorted(pages.PAGES)
    assert pages.write(tmp_path) == []
