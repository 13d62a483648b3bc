"""Waiting for conditions instead of sleeping."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal, TypeVar

T = TypeVar("T")
PATIENCE_S = 120.0
"""Enough on a machine that does much else; what comes sooner is seen sooner."""


def wait_for(
    what: str, condition: Callable[[], T | Literal[False] | None], timeout_s: float = PATIENCE_S, every_s: float = 0.05
) -> T:
    """The first truthy answer of ``condition``; fails with ``what`` when there is none in ``timeout_s`` seconds."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s:g} s: {what} (last answer: {answer!r})")
        time.sleep(every_s)
