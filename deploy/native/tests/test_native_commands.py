"""Commands that a person types: what asks first, and what answers without anything running."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from passwatch_native.cli import app
from passwatch_native.stack import Stack


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    """The folder of a stack that was made and does not run."""
    folder = tmp_path / "stack"
    Stack(folder)
    return folder


def test_clean_asks_and_removes_nothing_without_a_yes(stack: Path) -> None:
    """An answer other than yes, and none at all, leave everything; --yes does not ask."""
    for answer in ("n\n", ""):
        done = CliRunner().invoke(app, ["clean", "--dir", str(stack)], input=answer)
        assert done.exit_code == 1
        assert "Remove all" in done.output
        assert Stack.exists(stack)
    assert CliRunner().invoke(app, ["clean", "--dir", str(stack), "--yes"]).exit_code == 0
    assert not stack.exists()


def test_clean_removes_after_a_yes(stack: Path) -> None:
    """The question is answered on the terminal."""
    assert CliRunner().invoke(app, ["clean", "--dir", str(stack)], input="y\n").exit_code == 0
    assert not stack.exists()


def test_a_services_help_is_its_own_and_needs_nothing_that_runs() -> None:
    """`make send ARGS=--help` names the options of the simulator, not those of the caller."""
    words = [sys.executable, "-m", "passwatch_native", "call", "batch-simulator", "send", "--help"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--satellites" in done.stdout


def test_restart_says_that_nothing_runs(stack: Path) -> None:
    """A stack that is down is named as such, by a status of 1."""
    done = CliRunner().invoke(app, ["restart", "analysis-worker", "--dir", str(stack)])
    assert done.exit_code == 1
