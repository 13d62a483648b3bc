"""The command line where it needs no engine: help, refusals, and how results are shown."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from batch_simulator import report, times
from batch_simulator.batch import Batch
from batch_simulator.cli import app
from batch_simulator.errors import EXIT_MEANINGS
from batch_simulator.report import Sent

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = str(ROOT / "datasets" / "nasa-smap-msl")
BEGIN = "2026-03-01T00:00:00Z"
NOWHERE = {"PASSWATCH_KAFKA_BOOTSTRAP": "127.0.0.1:9", "PASSWATCH_MISSIONS_DIR": str(ROOT / "missions")}


@pytest.fixture
def _own_logging() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers, root.level
    yield
    root.handlers = before
    root.setLevel(level)


@pytest.mark.usefixtures("_own_logging")
@pytest.mark.parametrize(
    ("arguments", "changes", "status", "told"),
    [
        (("send", "--start", "2026-03-01", "--batches", "99999"), {}, 2, "in the future"),
        (("send",), {}, 2, "PASSWATCH_API_URL"),
        (("send", "--mission", "simpel"), {}, 2, "simpel"),
        (("send", "--mission", "nasa-smap-msl"), {}, 2, "replayed"),
        (("send", "--start", "soon"), {}, 2, "soon"),
        (("send", "--start", BEGIN, "--wait"), {}, 2, "PASSWATCH_API_URL"),
        (("send", "--start", BEGIN, "--cadence", "0"), {}, 2, "--cadence"),
        (("send", "--start", BEGIN, "--satellite-ids", "a/b"), {}, 2, "a/b"),
        (("send", "--start", BEGIN, "--faults", "stuk@1+2"), {}, 2, "stuk"),
        (("send", "--start", BEGIN, "--duration", "3"), {}, 2, "--rate"),
        (("send", "--start", BEGIN, "--rate", "0.1", "--duration", "3"), {}, 2, "less than one record"),
        (("send", "--start", BEGIN, "--faults", "drift"), {}, 2, "--anomaly-rate"),
        (
            ("send", "--start", BEGIN, "--mission", "simple", "--anomaly-rate", "1", "--faults", "transmitter_fade"),
            {},
            2,
            "transmitter_fade",
        ),
        (("replay", "/nowhere"), {}, 2, "/nowhere"),
        (("replay", SHIPPED, "--channels", "X-99"), {}, 2, "X-99"),
        (("replay", SHIPPED, "--mission", "default"), {}, 2, "default"),
        (("replay", SHIPPED, "--channels", "A-1", "--start", "2999-01-01"), {}, 2, "in the future"),
        (("send",), {"PASSWATCH_API_URL": "http://127.0.0.1:9"}, 4, "127.0.0.1:9"),
        (("send",), {"PASSWATCH_TOPIC_PREFXI": ""}, 78, "PASSWATCH_TOPIC_PREFXI"),
        (("send",), {"PASSWATCH_KAFKA_BOOTSTRAP": None}, 78, "PASSWATCH_KAFKA_BOOTSTRAP"),
        (("send",), {"PASSWATCH_MISSIONS_DIR": "/nowhere"}, 78, "PASSWATCH_MISSIONS_DIR"),
    ],
)
def test_what_cannot_be_done_is_said_plainly(
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    changes: dict[str, str | None],
    status: int,
    told: str,
) -> None:
    """The exit status says whose fault it is and the message what is wrong; nothing is printed as a result."""
    monkeypatch.delenv("PASSWATCH_TEST_STACK", raising=False)
    result = CliRunner().invoke(app, list(arguments), env=NOWHERE | changes)
    assert result.exit_code == status, result.output
    assert told in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("command", ["send", "replay"])
def test_help_shows_examples_and_every_exit_status(command: str) -> None:
    """A person learns from --help how to use each command and what its end means, without any setting."""
    result = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert "Examples:" in result.stdout
    for status, meaning in EXIT_MEANINGS.items():
        assert f"{status}  {meaning}" in result.stdout


def _sent(judged: dict[str, object] | None) -> Sent:
    indices = np.arange(10, dtype=np.int64)
    start = times.parse(BEGIN)
    batch = Batch("default", "SAT-001", 12, start, start + 11, indices, start + indices, {})
    account = report.sent(batch, [])
    account.judged = judged
    return account


JUDGED: dict[str, object] = {
    "status": "JUDGED",
    "verdict": "ANOMALY",
    "revision": 1,
    "completeness": 10 / 12,
    "rule": "grace",
    "seconds_to_verdict": 0.9,
    "worst_channels": [{"channel": "battery_temp"}],
    "subsystems": [{"subsystem": "eps", "verdict": "ANOMALY"}],
    "events": [{}, {}],
}


def test_the_document_holds_the_verdict() -> None:
    """A program finds per batch what was sent and what became of it; one verdict missing makes it incomplete."""
    document = report.document([_sent(JUDGED)], waited=True)
    item = document["batches"][0]
    assert document["complete"] is True
    assert (item["verdict"], item["events"], item["subsystems"]) == ("ANOMALY", 2, {"eps": "ANOMALY"})
    assert (item["records"], item["records_sent"]) == (12, 10)
    missing = report.document([_sent(JUDGED), _sent(None)], waited=True)
    assert missing["complete"] is False
    assert missing["batches"][1]["verdict"] is None
    assert "verdict" not in report.document([_sent(None)], waited=False)["batches"][0]


def test_the_table_shows_the_verdict() -> None:
    """A person sees verdict, completeness, the worst channel and the time it took; a missing verdict is told."""
    console = Console(width=200)
    with console.capture() as shown:
        report.show(console, [_sent(JUDGED), _sent(None)], waited=True)
    text = shown.get()
    for word in ("ANOMALY", "83.3 %", "battery_temp", "0.9", "10 of 12", "none in time", "1 judged"):
        assert word in text
