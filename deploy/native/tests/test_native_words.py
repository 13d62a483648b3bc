"""What is read from others' answers and shown to a person."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from passwatch.ids import batch_uid
from passwatch_native.checks import Counts, counts
from passwatch_native.cli import span
from passwatch_native.demo import parse_sent, record
from passwatch_native.probes import explain
from passwatch_native.summary import excess, share, show

BATCH: dict[str, Any] = {
    "batch_id": "b1",
    "satellite_id": "SAT-001",
    "completeness": 1.0,
    "verdict": "ANOMALY",
    "seconds_to_verdict": 0.84,
    "subsystems": [{"subsystem": "eps", "verdict": "ANOMALY"}, {"subsystem": "comm", "verdict": "NOMINAL"}],
    "worst_channels": [{"channel": "battery_temp", "score": 9.3, "threshold": 2.0, "severity": "alarm"}],
}
URLS = {
    name: f"http://127.0.0.1/{name}"
    for name in ("base", "operation_server", "kafka", "flower", "rabbitmq_management", "victoria")
}


def test_a_service_that_is_not_ready_is_quoted() -> None:
    """The failing checks of /health/ready are told, the others are not."""
    body = {
        "ready": False,
        "checks": {"kafka": {"ok": False, "detail": "no broker"}, "db": {"ok": True, "detail": "x"}},
    }
    assert explain(503, json.dumps(body)) == "kafka: no broker"
    assert explain(200, "whatever") == "ready"
    assert explain(502, "<html>") == "HTTP 502 <html>"
    assert explain(503, '{"checks": [1]}').startswith("HTTP 503")


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"batches": rows}])
def test_sent_batches_are_read_from_the_simulators_answer(wrap: Any) -> None:
    """Each row names mission, satellite and batch; the public id follows from them."""
    (sent,) = parse_sent(json.dumps(wrap([{"mission": "m", "satellite_id": "S", "batch_id": "b", "records": 3}])))
    assert sent.uid == batch_uid("m", "S", "b")


def test_the_record_has_exactly_what_it_promises() -> None:
    """demo.json names base_url and, per batch, five things."""
    assert record("http://x", [BATCH]) == {
        "base_url": "http://x",
        "batches": [
            {
                "batch_id": "b1",
                "satellite_id": "SAT-001",
                "completeness": 1.0,
                "verdict": "ANOMALY",
                "seconds_to_verdict": 0.84,
            }
        ],
    }


def test_the_summary_tells_what_a_person_asks() -> None:
    """Per batch completeness, subsystems, worst channels and seconds; then addresses and how to stop."""
    text = io.StringIO()
    show(Console(file=text, width=160), [BATCH], URLS, 12.0)
    for word in (
        "SAT-001",
        "100 %",
        "▲ eps",
        "● comm",
        "battery_temp 4.7×",
        "0.84 s",
        "http://127.0.0.1/base/",
        "make down",
    ):
        assert word in text.getvalue(), word


@given(st.floats(0, 1))
def test_only_a_whole_is_shown_as_a_whole(completeness: float) -> None:
    """A batch with one record missing never reads 100 %."""
    assert (share(completeness) == "100 %") == (completeness == 1)


def test_a_batch_without_marker_has_no_share() -> None:
    """Nobody knows how many records were meant."""
    assert share(None) == "?"


@pytest.mark.parametrize(
    ("score", "threshold", "said"), [(9.0, 2.0, "4.5×"), (1e6, 2.0, ">99×"), (None, 2.0, ""), (1.0, None, "")]
)
def test_a_score_is_told_in_times_its_threshold(score: float | None, threshold: float | None, said: str) -> None:
    """A bare score says nothing to a person."""
    assert excess(score, threshold) == said


def test_counts_are_read_from_both_runners_reports() -> None:
    """Failures and errors fail, skips are told, nested suites are added up."""
    report = """<testsuites><testsuite><testcase/><testcase><failure/></testcase></testsuite>
    <testsuite><testcase><error/></testcase><testcase><skipped/></testcase></testsuite></testsuites>"""
    assert counts(report) == Counts(passed=1, failed=2, skipped=1)


def test_the_closing_line_is_plain() -> None:
    """Skips are named only when there are any."""
    assert str(Counts(3, 0)) == "3 passed, 0 failed"
    assert str(Counts(3, 1) + Counts(0, 0, 2)) == "3 passed, 1 failed, 2 skipped"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (172800, "2 d")]
)
def test_a_length_of_time_is_told_in_one_unit(seconds: int, said: str) -> None:
    """The largest unit of which there are at least two."""
    assert span(seconds) == said
