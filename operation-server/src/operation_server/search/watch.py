"""How far the rebuilding of the index is, for a person who waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from operation_server.search.documents import IndexState
from operation_server.search.follow import Tell


@contextmanager
def watched() -> Iterator[Tell]:
    """Shows on standard error, while the block lasts, what it is told."""
    columns = (TextColumn("indexing"), BarColumn(), MofNCompleteColumn(), TextColumn("changes"), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("indexing", total=None)

        def tell(state: IndexState) -> None:
            progress.update(task, completed=state.position, total=state.newest)

        yield tell
