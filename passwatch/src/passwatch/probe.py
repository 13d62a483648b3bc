"""Ask a process whether it is ready: ``python -m passwatch.probe URL``, for health checks of containers.

Exit status 0: it answered 200. 1: it did not, and standard output says what it answered.
"""

from __future__ import annotations

import sys

import requests

TIMEOUT_S = 5.0


def main(url: str) -> int:
    """Ask once; the exit status."""
    try:
        answer = requests.get(url, timeout=TIMEOUT_S)
    except requests.RequestException as error:
        sys.stdout.write(f"{error}\n")
        return 1
    sys.stdout.write(answer.text + "\n")
    return 0 if answer.ok else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
