"""A task's way through judging, publishing and waiting, with hand-made engines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from worker_support import judge_task

from analysis_worker.execute import MOST_TIMEOUTS, Executor, GiveBack, Patience
from analysis_worker.give_up import MAX_REASON, error_result
from analysis_worker.judge import CannotJudge
from analysis_worker.publish import NotPublished, Result, ResultTooLarge
from detection.api import ForecasterRefused, ForecasterTimedOut, ForecasterUnavailable
from passwatch.contracts import CalibrationFit, CalibrationTask, JudgeTask, SubsystemResult
from passwatch.series import ChannelSeries
from passwatch.victoria import VictoriaRefused, VictoriaUnavailable

TASK = judge_task("S1", "eps", 0, 10)
FINE = error_result(TASK, "stands for any result", 0, 0)


@dataclass
class Clock:
    """Time that passes only by sleeping."""

    now: float = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class ScriptedJudge:
    """Raises its errors one after the other, then judges."""

    errors: list[Exception] = field(default_factory=list)

    def judge(self, task: JudgeTask, started_at: int) -> tuple[SubsystemResult, Sequence[ChannelSeries]]:
        assert task is TASK
        assert started_at == 7
        if self.errors:
            raise self.errors.pop(0)
        return FINE, ()


class NoFitter:
    """Is never asked."""

    def fit(self, task: CalibrationTask) -> CalibrationFit:
        raise AssertionError(task)


@dataclass
class ScriptedPublisher:
    """Raises its errors one after the other, then takes results."""

    errors: list[Exception] = field(default_factory=list)
    published: list[Result] = field(default_factory=list)

    def publish(self, result: Result, series: Sequence[ChannelSeries] = ()) -> None:
        assert not series
        if self.errors:
            raise self.errors.pop(0)
        self.published.append(result)


@dataclass
class Bench:
    """An executor on hand-made engines."""

    judge: ScriptedJudge = field(default_factory=ScriptedJudge)
    publisher: ScriptedPublisher = field(default_factory=ScriptedPublisher)
    clock: Clock = field(default_factory=Clock)
    reasons: list[str] = field(default_factory=list)
    stop_at: float = 10**9

    def execute(self, limit_s: float = 60.0) -> SubsystemResult:
        patience = Patience(
            limit_s=limit_s,
            stopping=lambda: self.clock.now >= self.stop_at,
            waiting=self.reasons.append,
            sleep=self.clock.sleep,
            monotonic=self.clock.monotonic,
        )
        return Executor(self.judge, NoFitter(), self.publisher, patience, lambda: 7).execute(TASK)


def test_a_result_is_returned_when_it_is_published() -> None:
    """The plain way: judged once, published once, nothing waited for."""
    bench = Bench()
    assert bench.execute() is FINE
    assert bench.publisher.published == [FINE]
    assert bench.reasons == []


@pytest.mark.parametrize("error", [VictoriaUnavailable("down"), ForecasterUnavailable("down")])
def test_an_engine_that_is_down_is_waited_for(error: Exception) -> None:
    """The judgement is tried again, with pauses that grow, until the engine answers."""
    bench = Bench(ScriptedJudge([error] * 5))
    assert bench.execute() is FINE
    assert len(bench.reasons) == 5
    assert bench.clock.now == pytest.approx(0.1 + 0.2 + 0.4 + 0.8 + 1.6)


def test_publishing_is_tried_again_without_judging_again() -> None:
    """While Kafka is down the finished result is kept and offered again."""
    bench = Bench(publisher=ScriptedPublisher([NotPublished("down")] * 3))
    assert bench.execute() is FINE
    assert bench.publisher.published == [FINE]


def test_a_task_goes_back_when_the_wait_is_too_long() -> None:
    """After the limit the task belongs back into the queue, with the reason; nothing is published."""
    bench = Bench(ScriptedJudge([VictoriaUnavailable("no route")] * 1000))
    with pytest.raises(GiveBack, match="no route"):
        bench.execute(limit_s=30)
    assert bench.clock.now == pytest.approx(30, abs=0.5)
    assert bench.publisher.published == []


def test_a_waiting_task_goes_back_when_the_worker_stops() -> None:
    """A stop is noticed in the middle of a pause."""
    bench = Bench(ScriptedJudge([VictoriaUnavailable("down")] * 1000), stop_at=5.0)
    with pytest.raises(GiveBack, match="stopping"):
        bench.execute()
    assert bench.clock.now < 5.5


def test_forecasts_that_come_too_late_are_tried_again_so_often_and_no_more() -> None:
    """One time fewer than the most is waited out, however short the patience with outages; the last is the verdict."""
    late: list[Exception] = [ForecasterTimedOut("vae: no forecast in 30 s")] * (MOST_TIMEOUTS - 1)
    down = ForecasterUnavailable("down")
    assert Bench(ScriptedJudge([*late])).execute(limit_s=0.01) is FINE
    assert Bench(ScriptedJudge([down] * 9 + late + [down] * 9)).execute() is FINE
    bench = Bench(ScriptedJudge([*late, down, *late]))
    result = bench.execute()
    assert result.verdict == "ERROR"
    assert f"too slow, {MOST_TIMEOUTS} times: vae: no forecast in 30 s" in (result.reason or "")
    assert bench.publisher.published == [result]
    assert len(bench.reasons) == MOST_TIMEOUTS


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (CannotJudge("no such model"), "no such model"),
        (ForecasterRefused("vae: INVALID_ARGUMENT"), "the model server refused: vae: INVALID_ARGUMENT"),
        (ZeroDivisionError("by zero"), "ZeroDivisionError: by zero"),
        (VictoriaRefused("bad selector"), "VictoriaRefused"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_what_a_judgement_raises_becomes_a_verdict(error: Exception, said: str) -> None:
    """An input that makes the judgement raise ends in a published ERROR that says what happened, at the first try."""
    bench = Bench(ScriptedJudge([error]))
    result = bench.execute()
    assert result.verdict == "ERROR"
    assert said in (result.reason or "")
    assert bench.publisher.published == [result]
    assert (result.judgement_id, result.ranges) == (TASK.judgement_id, TASK.ranges)


def test_a_result_too_large_for_kafka_becomes_an_error() -> None:
    """A result that can never be published is replaced by one that says so."""
    bench = Bench(publisher=ScriptedPublisher([ResultTooLarge("17 MiB")]))
    assert "17 MiB" in (bench.execute().reason or "")
    assert [r.verdict for r in bench.publisher.published if isinstance(r, SubsystemResult)] == ["ERROR"]


def test_a_reason_is_bounded() -> None:
    """However long an exception's text, the verdict stays small."""
    assert len(error_result(TASK, "x" * 10**6, 0, 0).reason or "") == MAX_REASON
