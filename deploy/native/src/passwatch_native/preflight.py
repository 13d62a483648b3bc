"""What can be told to be wrong before anything is installed or started."""

from __future__ import annotations

import shutil
from pathlib import Path

GB = 1024**3
FIRST_RUN_BYTES = 3 * GB
"""What packages, environments and a first demo's data take, with room to work."""
LATER_RUN_BYTES = 1 * GB


def disk_problem(folder: Path, free: int, *, installed: bool) -> str | None:
    """What is wrong with this much free space, in bytes; None if nothing is."""
    needed = LATER_RUN_BYTES if installed else FIRST_RUN_BYTES
    if free >= needed:
        return None
    return (
        f"Only {free / GB:.1f} GB are free on the disk of {folder}; {needed / GB:.0f} GB are needed.\n"
        "Free some space (`make clean` removes the demo's data), or move the checkout to another disk."
    )


def memory_problem(meminfo: str) -> str | None:
    """What is wrong with the memory that /proc/meminfo tells of; None if nothing is."""
    needed_kb = 3 * 1024 * 1024
    for line in meminfo.splitlines():
        if line.startswith("MemAvailable:"):
            available_kb = int(line.split()[1])
            if available_kb < needed_kb:
                return (
                    f"Only {available_kb / 1024**2:.1f} GB of memory are available; the engines need 3 GB.\n"
                    "End what else uses memory; `ps aux --sort=-rss | head` shows it."
                )
    return None


def problems(root: Path, *, installed: bool) -> list[str]:
    """All that speaks against going on, each with its cure."""
    found = [
        disk_problem(root, shutil.disk_usage(root).free, installed=installed),
        memory_problem(Path("/proc/meminfo").read_text()),
    ]
    return [problem for problem in found if problem]
