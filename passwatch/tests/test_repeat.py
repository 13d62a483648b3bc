"""The loop of the threads beside the main one: when it does a step, what it says of failures, and how it ends."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Protocol

import pytest
from structlog.testing import capture_logs

from passwatch.failures import in_words
from passwatch.repeat import SHORTEST_PAUSE_S, Repeated
from passwatch.signals import StopSignal
from tests.support.wait import wait_for

NAME = "test-steps"
NEVER_S = 3600.0
PATIENCE_S = 30.0


class Steps:
    """Work whose steps the test lets end one by one: well, or with an error."""

    def __init__(self) -> None:
        self.begun: queue.Queue[None] = queue.Queue()
        self.ends: queue.Queue[Exception | None] = queue.Queue()

    def step(self) -> None:
        """Tell the test, and end as it says."""
        self.begun.put(None)
        error = self.ends.get(timeout=PATIENCE_S)
        if error is not None:
            raise error

    def wait_for_begin(self) -> None:
        """Wait until a step has begun; fails if none does."""
        self.begun.get(timeout=PATIENCE_S)


class Start(Protocol):
    """Starts the loop of a work."""

    def __call__(self, work: Steps, every_s: float = NEVER_S) -> Repeated: ...


@pytest.fixture
def repeat() -> Iterator[Start]:
    """Starts loops that are stopped after the test."""
    stop = StopSignal()
    begun: list[tuple[Steps, Repeated]] = []

    def start(work: Steps, every_s: float = NEVER_S) -> Repeated:
        loop = Repeated(NAME, work.step, stop, every_s=every_s, well="all is done")
        loop.start()
        begun.append((work, loop))
        return loop

    yield start
    stop.set()
    for work, loop in begun:
        work.ends.put(None)
        loop.join()


def test_the_first_step_comes_by_itself_and_the_next_when_it_is_woken(repeat: Start) -> None:
    """Work is done at the start, and then at each wake, however long the pause is."""
    work = Steps()
    loop = repeat(work)
    for _ in range(3):
        work.wait_for_begin()
        work.ends.put(None)
        wait_for("the step's end", lambda: loop.check().ok)
        loop.wake()
    work.wait_for_begin()


def test_a_wake_during_a_step_leads_to_another(repeat: Start) -> None:
    """What was written while a step ran is not slept over."""
    work = Steps()
    loop = repeat(work)
    work.wait_for_begin()
    loop.wake()
    work.ends.put(None)
    work.wait_for_begin()


def test_steps_repeat_when_the_pause_is_over(repeat: Start) -> None:
    """Nobody needs to wake it: after the pause the next step comes."""
    work = Steps()
    repeat(work, every_s=0.001)
    for _ in range(5):
        work.wait_for_begin()
        work.ends.put(None)


def test_a_failure_is_told_and_tried_again(repeat: Start) -> None:
    """A step may fail in any way: it is logged, the probe says why until one goes well, and the thread lives on."""
    work = Steps()
    with capture_logs() as lines:
        loop = repeat(work)
        assert (loop.check().ok, loop.check().detail) == (False, "has not begun yet")
        work.wait_for_begin()
        work.ends.put(ZeroDivisionError("no way\nand a second line"))
        work.wait_for_begin()
        assert (loop.check().ok, loop.check().detail) == (False, "ZeroDivisionError: no way")
        work.ends.put(None)
        wait_for("a step that goes well", lambda: loop.check().ok)
    assert loop.check().detail == "all is done"
    told = {"what": NAME, "problem": "ZeroDivisionError: no way", "pause_s": SHORTEST_PAUSE_S}
    assert lines == [{"event": "to be tried again", "log_level": "warning", **told}]


def test_a_wake_does_not_shorten_the_pause_after_a_failure(repeat: Start) -> None:
    """While an engine is away, work that comes in asks it no oftener: each pause is twice the one before."""
    work = Steps()
    with capture_logs() as lines:
        loop = repeat(work)
        for _ in range(3):
            work.wait_for_begin()
            loop.wake()
            work.ends.put(OSError("away"))
        work.wait_for_begin()
        work.ends.put(None)
        wait_for("a step that goes well", lambda: loop.check().ok)
    assert [line["pause_s"] for line in lines] == [SHORTEST_PAUSE_S * factor for factor in (1, 2, 4)]


def test_it_ends_with_the_step_in_hand() -> None:
    """After the stop signal the step in hand is finished, no other begins, and the thread ends whatever its pause."""
    work, stop = Steps(), StopSignal()
    loop = Repeated(NAME, work.step, stop, every_s=NEVER_S)
    loop.start()
    work.wait_for_begin()
    stop.set()
    work.ends.put(None)
    loop.join()
    assert work.begun.empty()


def test_a_stop_just_after_the_look_for_it_is_not_slept_over() -> None:
    """A stop that comes between the look for it and the step ends the thread after that step, not after the pause."""

    class StopsAfterTheLook(StopSignal):
        """Is set, and the loop woken, just after it was first looked at."""

        def is_set(self) -> bool:
            found = super().is_set()
            if not found:
                self.set()
                loop.wake()
            return found

    work = Steps()
    loop = Repeated(NAME, work.step, StopsAfterTheLook(), every_s=NEVER_S)
    loop.start()
    work.wait_for_begin()
    (thread,) = [thread for thread in threading.enumerate() if thread.name == NAME]
    work.ends.put(None)
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


@pytest.mark.parametrize(
    ("error", "words"),
    [(OSError("first\nsecond"), "OSError: first"), (KeyError("x"), "KeyError: 'x'"), (ValueError(), "ValueError")],
)
def test_a_failure_in_words_is_one_line(error: Exception, words: str) -> None:
    """The kind and the first line; an error that says nothing is told by its kind."""
    assert in_words(error) == words
