"""Progress bars on standard error, where they disturb no output."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class Bar:
    """One line of progress."""

    def __init__(self, progress: Progress, title: str, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task(title, total=total)

    def to(self, done: int) -> None:
        """So many of the total are done."""
        self._progress.update(self._task, completed=done)


@contextmanager
def bar(console: Console, title: str, total: int) -> Iterator[Bar]:
    """A progress bar for the time of the block."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        yield Bar(progress, title, total)
