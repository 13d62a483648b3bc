"""Running an installer: quiet when it works, its last words when it does not."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

LAST_LINES = 15


class InstallError(RuntimeError):
    """Something could not be installed; the message names cause and cure."""


def run(
    what: str,
    command: Sequence[str | Path],
    *,
    cure: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> str:
    """Run a command to its end; returns what it said.

    Raises:
        InstallError: it failed or is not there; with its last lines and the cure.
    """
    try:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise InstallError(f"{what}: {error}\n{cure}") from error
    if done.returncode != 0:
        last = "\n".join(f"  | {line}" for line in done.stdout.strip().splitlines()[-LAST_LINES:])
        raise InstallError(f"{what} failed (status {done.returncode}):\n{last}\n{cure}")
    return done.stdout
