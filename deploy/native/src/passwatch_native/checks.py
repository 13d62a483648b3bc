"""All checks of ``make test``, their results added up."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rich.console import Console

from passwatch_native.install import dashboard
from passwatch_native.paths import Checkout

ENGINE_TESTS = "engines or system or browser"
CONTAINER_TESTS = "compose"


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
        dockerfiles = [name for name in tracked(self._root) if Path(name).name == "Dockerfile"]
        return [
            self._check("ruff", ["ruff", "check", "."]),
            self._check("ruff format", ["ruff", "format", "--check", "."]),
            self._check("shellcheck", ["shellcheck", *scripts]),
            self._check("hadolint", ["hadolint", *dockerfiles]),
            self._npm("Compose lint", "lint:compose"),
            self._npm("dashboard lint", "lint"),
        ]

    def types(self) -> list[Check]:
        """Static types."""
        return [
            self._check("mypy", ["bash", "scripts/types.sh"]),
            self._npm("dashboard types", "typecheck"),
        ]

    def unit(self) -> list[Check]:
        """What needs no engine."""
        return [
            self._pytest("unit tests", f"not ({ENGINE_TESTS} or {CONTAINER_TESTS})", {}, 600, "-n", "2"),
            self._vitest(),
        ]

    def engines(self, stack: Path) -> Check:
        """What needs the real engines, run on the stack in this folder."""
        env = {"PASSWATCH_TEST_STACK": str(stack)}
        return self._pytest("engine, system and browser tests", ENGINE_TESTS, env, 1800)

    def compose(self) -> Check:
        """What needs a container engine, and nothing else of this machine but a browser."""
        return self._pytest("Compose tests", CONTAINER_TESTS, {}, 3600, "tests/compose")

    def _check(self, name: str, command: Sequence[str]) -> Check:
        return Check(name, command, self._root, self._env)

    def _npm(self, name: str, script: str) -> Check:
        return Check(name, ["npm", "run", "--silent", script], self._frontend, self._node_env)

    def _pytest(self, name: str, marks: str, env: Mapping[str, str], limit_s: float, *more: str) -> Check:
        report = self._reports / f"{name.partition(' ')[0]}.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-m", marks, f"--junitxml={report}", "--durations=10", *more]
        return Check(name, command, self._root, {**self._env, **env}, report, limit_s)

    def _vitest(self) -> Check:
        report = self._reports / "dashboard.xml"
        command = ["npm", "run", "--silent", "test", "--"]
        command += ["--reporter=default", "--reporter=junit", f"--outputFile.junit={report}"]
        return Check("dashboard tests", command, self._frontend, self._node_env, report)


def tracked(root: Path) -> list[str]:
    """The files that are part of the project."""
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.splitlines() if (root / name).is_file()]


def shell_scripts(root: Path) -> list[Path]:
    """The shell scripts that are part of the project."""
    found = []
    for name in tracked(root):
        path = root / name
        if path.suffix == ".sh" or (not path.suffix and _is_shell(path)):
            found.append(path)
    return found


def _is_shell(path: Path) -> bool:
    with path.open("rb") as file:
        first = file.readline(64)
    return first.startswith(b"#!") and first.rstrip().endswith((b"sh", b"bash"))


def run_all(checks: Sequence[Check], console: Console) -> Counts:
    """Run checks to their ends, as many at once as there are cores; what each said is shown when it has ended."""
    total = Counts()
    stop = threading.Event()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = [pool.submit(_run_quietly, check, stop) for check in checks]
        try:
            for check, outcome in zip(checks, running, strict=True):
                found, said, seconds = outcome.result()
                console.rule(f"[bold]{check.name}", align="left", style="dim")
                sys.stdout.write(said)
                total += _tell(check, found, seconds, console)
        except BaseException:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return total


def run_one(check: Check, console: Console) -> Counts:
    """Run one check, showing what it says as it says it."""
    console.rule(f"[bold]{check.name}", align="left", style="dim")
    begun = time.monotonic()
    found = _run(check, None, threading.Event())
    return _tell(check, found, time.monotonic() - begun, console)


def _tell(check: Check, found: Counts, seconds: float, console: Console) -> Counts:
    colour = "red" if found.failed else "green"
    said = str(found) if check.report else ("failed" if found.failed else "passed")
    console.print(f"[{colour}]{check.name}: {said}[/{colour}] [dim]{seconds:.0f} s[/dim]", highlight=False)
    return found


def _run_quietly(check: Check, stop: threading.Event) -> tuple[Counts, str, float]:
    begun = time.monotonic()
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        found = _run(check, said, stop)
        said.seek(0)
        return found, said.read(), time.monotonic() - begun


def _run(check: Check, said: IO[str] | None, stop: threading.Event) -> Counts:
    """Run a check; a report that is missing, or that hides a failed command, counts as one failure."""
    if check.report:
        check.report.parent.mkdir(parents=True, exist_ok=True)
        check.report.unlink(missing_ok=True)
    status = _status(check, said, stop)
    if check.report is None:
        return Counts(passed=int(status == 0), failed=int(status != 0))
    if not check.report.exists():
        return Counts(failed=1)
    found = counts(check.report.read_text())
    return found + Counts(failed=1) if status != 0 and not found.failed else found


def _status(check: Check, said: IO[str] | None, stop: threading.Event) -> int:
    """The exit status of a check's command; one past its limit, or told to stop, is ended with all it started."""
    if shutil.which(check.command[0], path=check.env.get("PATH")) is None:
        (said or sys.stdout).write(f"{check.command[0]}: not installed\n")
        return 127
    process = subprocess.Popen(
        list(check.command),
        cwd=check.cwd,
        env=dict(check.env),
        stdin=subprocess.DEVNULL,
        stdout=said,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    deadline = time.monotonic() + check.limit_s
    try:
        while not stop.is_set():
            if time.monotonic() > deadline:
                (said or sys.stdout).write(f"{check.name}: not done after {check.limit_s:.0f} s\n")
                return 124
            try:
                return process.wait(0.2)
            except subprocess.TimeoutExpired:
                continue
        return 130
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
