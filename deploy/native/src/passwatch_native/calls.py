"""Calling a service's command line with the variables of a stack."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from passwatch.settings import PREFIX
from passwatch_native.engines.layout import Layout
from passwatch_native.paths import CHECKOUT
from passwatch_native.services import COMMANDS, service_environment


def environment(layout: Layout, name: str, arguments: Sequence[str]) -> dict[str, str]:
    """The environment in which a service's command finds this stack."""
    verb = arguments[0] if arguments else "run"
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
    given = service_environment(layout, COMMANDS[name], verb)
    given.pop("PASSWATCH_LOG_FORMAT", None)  # a person may be reading
    return inherited | given


def command(layout: Layout, name: str, arguments: Sequence[str]) -> list[str]:
    """The words of the call."""
    return [str(layout.checkout.python), "-m", COMMANDS[name].package, *arguments]


def output(layout: Layout, name: str, arguments: Sequence[str]) -> str:
    """Call it and return its standard output.

    Raises:
        RuntimeError: it failed; with what it said.
    """
    done = subprocess.run(
        command(layout, name, arguments),
        env=environment(layout, name, arguments),
        cwd=layout.checkout.root,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()[-2000:]
        raise RuntimeError(f"{name} {arguments[0]} failed with status {done.returncode}:\n{said}")
    return done.stdout


def replace_this_process(layout: Layout, name: str, arguments: Sequence[str]) -> None:
    """Become the call: its output, signals and exit status are this process's own."""
    os.chdir(layout.checkout.root)
    words = command(layout, name, arguments)
    os.execve(words[0], words, environment(layout, name, arguments))  # noqa: S606 - no shell is wanted


def show_help(name: str, arguments: Sequence[str]) -> int:
    """Have a service's command line show its help, for which no stack is needed; the exit status."""
    words = [sys.executable, "-m", COMMANDS[name].package, *arguments]
    return subprocess.run(words, cwd=CHECKOUT.root, check=False).returncode
