"""All checks of ``make test``, one after the other, their results added up."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from passwatch_native.install import dashboard
from passwatch_native.paths import Checkout

PARTS = (
    "passwatch",
    "detection",
    "batch-simulator",
    "victoria-consumer",
    "batch-inference-trigger",
    "analysis-worker",
    "operation-server",
    "deploy/native",
)
ENGINE_TESTS = "engines or system or browser"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tests passed, failed, and were left out."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def counts(junit: str) -> Counts:
    """What a JUnit report says, whoever wrote it."""
    root = ET.fromstring(junit)  # noqa: S314 - written by our own test runner a moment ago
    total = Counts()
    for case in root.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            total += Counts(failed=1)
        elif case.find("skipped") is not None:
            total += Counts(skipped=1)
        else:
            total += Counts(passed=1)
    return total


@dataclass(frozen=True, slots=True)
class Check:
    """A command that counts as one test, or that writes a JUnit report of many."""

    name: str
    command: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    report: Path | None = None
    limit_s: float = 600


class Checks:
    """The checks of one checkout."""

    def __init__(self, checkout: Checkout, reports: Path) -> None:
        self._root = checkout.root
        self._frontend = checkout.frontend
        self._bin = Path(sys.executable).parent
        self._reports = reports
        path = f"{self._bin}:{os.environ.get('PATH', '/usr/bin:/bin')}"
        self._env = os.environ | {"PATH": path}
        self._node_env = dashboard.environment(checkout)

    def lint(self) -> list[Check]:
        """Style and known mistakes."""
        scripts = [str(path.relative_to(self._root)) for path in shell_scripts(self._root)]
        return [
            self._check("ruff", ["ruff", "check", "."]),
            self._check("ruff format", ["ruff", "format", "--check", "."]),
            self._check("shellcheck", ["shellcheck", *scripts]),
            self._npm("dashboard lint", "lint"),
        ]

    def types(self) -> list[Check]:
        """Static types."""
        sources = [f"{part}/src" for part in PARTS]
        env = self._env | {"MYPYPATH": ":".join(sources)}
        return [
            Check("mypy", ["mypy", *sources, "docs"], self._root, env),
            self._npm("dashboard types", "typecheck"),
        ]

    def unit(self) -> list[Check]:
        """What needs no engine."""
        return [self._pytest("unit tests", f"not ({ENGINE_TESTS})", {}, limit_s=300), self._vitest()]

    def engines(self, stack: Path) -> list[Check]:
        """What needs the real engines, run on the stack in this folder."""
        env = {"PASSWATCH_TEST_STACK": str(stack)}
        return [self._pytest("engine, system and browser tests", ENGINE_TESTS, env, limit_s=1500)]

    def _check(self, name: str, command: Sequence[str]) -> Check:
        return Check(name, command, self._root, self._env)

    def _npm(self, name: str, script: str) -> Check:
        return Check(name, ["npm", "run", "--silent", script], self._frontend, self._node_env)

    def _pytest(self, name: str, marks: str, env: Mapping[str, str], limit_s: float) -> Check:
        report = self._reports / f"{name.split(' ', maxsplit=1)[0].strip(',')}.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-m", marks, f"--junitxml={report}", "--durations=10"]
        return Check(name, command, self._root, {**self._env, **env}, report, limit_s)

    def _vitest(self) -> Check:
        report = self._reports / "dashboard.xml"
        command = ["npm", "run", "--silent", "test", "--"]
        command += ["--reporter=default", "--reporter=junit", f"--outputFile.junit={report}"]
        return Check("dashboard tests", command, self._frontend, self._node_env, report)


def shell_scripts(root: Path) -> list[Path]:
    """The shell scripts that are part of the project."""
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True).stdout
    found = []
    for name in listed.splitlines():
        path = root / name
        if path.suffix == ".sh" or (not path.suffix and path.is_file() and _is_shell(path)):
            found.append(path)
    return found


def _is_shell(path: Path) -> bool:
    with path.open("rb") as file:
        first = file.readline(64)
    return first.startswith(b"#!") and first.rstrip().endswith((b"sh", b"bash"))


def run_all(checks: Sequence[Check], console: Console) -> Counts:
    """Run checks to their ends, whatever they find; those that fail say why as they do."""
    total = Counts()
    for check in checks:
        console.rule(f"[bold]{check.name}", align="left", style="dim")
        begun = time.monotonic()
        found = run(check)
        total += found
        colour = "red" if found.failed else "green"
        said = str(found) if check.report else ("failed" if found.failed else "passed")
        took = f"[dim]{time.monotonic() - begun:.0f} s[/dim]"
        console.print(f"[{colour}]{check.name}: {said}[/{colour}] {took}", highlight=False)
    return total


def run(check: Check) -> Counts:
    """Run one check; a report that is missing, or that hides a failed command, counts as one failure."""
    if check.report:
        check.report.parent.mkdir(parents=True, exist_ok=True)
        check.report.unlink(missing_ok=True)
    status = _status(check)
    if check.report is None:
        return Counts(passed=int(status == 0), failed=int(status != 0))
    if not check.report.exists():
        return Counts(failed=1)
    found = counts(check.report.read_text())
    return found + Counts(failed=1) if status != 0 and not found.failed else found


def _status(check: Check) -> int:
    """The exit status of a check's command; a check past its limit is ended with all it started."""
    if shutil.which(check.command[0], path=check.env.get("PATH")) is None:
        sys.stdout.write(f"{check.command[0]}: not installed\n")
        return 127
    process = subprocess.Popen(
        list(check.command), cwd=check.cwd, env=dict(check.env), stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        return process.wait(check.limit_s)
    except subprocess.TimeoutExpired:
        sys.stdout.write(f"{check.name}: not done after {check.limit_s:.0f} s\n")
        return 124
    finally:
        if process.poll() is None:
            _end_group(process)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Interrupt, so that fixtures can clean up; then kill."""
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
