"""Running checks: what they say, how they count, and that none outlives its limit."""

import io
import sys
from pathlib import Path

from rich.console import Console

from passwatch_native.checks import Check, Counts, run_all, run_one


def check(name: str, code: str, report: Path | None = None, limit_s: float = 30) -> Check:
    """A check that runs this Python code."""
    return Check(name, [sys.executable, "-c", code], Path("/"), {"PATH": "/bin"}, report, limit_s)


def test_every_check_is_run_and_counted() -> None:
    """A failure stops no other check; each counts once."""
    checks = [check("good", "pass"), check("bad", "raise SystemExit(3)"), check("also good", "pass")]
    assert run_all(checks, Console(file=io.StringIO())) == Counts(passed=2, failed=1)


def test_a_check_that_wrote_no_report_has_failed(tmp_path: Path) -> None:
    """Even if its command says that all is well."""
    assert run_all([check("silent", "pass", tmp_path / "none.xml")], Console(file=io.StringIO())) == Counts(failed=1)


def test_an_old_report_is_not_taken_for_this_runs(tmp_path: Path) -> None:
    """A report that was there before is removed first."""
    report = tmp_path / "old.xml"
    report.write_text("<testsuite><testcase/></testsuite>")
    assert run_one(check("silent", "pass", report), Console(file=io.StringIO())) == Counts(failed=1)


def test_a_failed_command_with_a_clean_report_has_failed(tmp_path: Path) -> None:
    """A crash after the last test is not lost in the counts."""
    report = tmp_path / "it.xml"
    code = f"open({str(report)!r}, 'w').write('<testsuite><testcase/></testsuite>'); raise SystemExit(1)"
    assert run_one(check("crash", code, report), Console(file=io.StringIO())) == Counts(passed=1, failed=1)


def test_a_check_past_its_limit_is_ended() -> None:
    """It counts as failed, and the others are still run."""
    checks = [check("hangs", "import time; time.sleep(600)", limit_s=0.5), check("good", "pass")]
    assert run_all(checks, Console(file=io.StringIO())) == Counts(passed=1, failed=1)


def test_a_tool_that_is_missing_fails_its_check() -> None:
    """It is not passed over."""
    missing = Check("lint", ["no-such-linter"], Path("/"), {"PATH": "/bin"})
    assert run_all([missing], Console(file=io.StringIO())) == Counts(failed=1)
