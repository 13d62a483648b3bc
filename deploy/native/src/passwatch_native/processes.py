"""Finding every process of a stack, however it came to be, and ending it.

Each process of a stack carries the stack's folder in the variable ``PWSTACK``, which its children inherit. So nothing
has to be remembered that a crash could lose: what runs is asked of the kernel.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MARK = "PWSTACK"


@dataclass(frozen=True, slots=True)
class Process:
    """A running process."""

    pid: int
    command: str


def of_stack(folder: Path, proc: Path = Path("/proc")) -> list[Process]:
    """The processes that carry this stack's mark, this one excepted; those of other users only if root asks."""
    wanted = f"{MARK}={folder}".encode()
    found = []
    for entry in proc.iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                if command:  # a process that has ended but was not yet waited for has none
                    found.append(Process(int(entry.name), command))
    return found


def is_running(pid: int) -> bool:
    """Whether this process exists and has not ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state != "Z"


def end(processes: Iterable[Process], grace_s: float = 10.0) -> list[Process]:
    """Ask these processes to end, kill those that have not after ``grace_s`` seconds; returns those that remain."""
    waiting = list(processes)
    for sent, patience in ((signal.SIGTERM, grace_s), (signal.SIGKILL, 5.0)):
        for process in waiting:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process.pid, sent)
        deadline = time.monotonic() + patience
        while waiting and time.monotonic() < deadline:
            time.sleep(0.05)
            waiting = [process for process in waiting if is_running(process.pid)]
        if not waiting:
            break
    return waiting
