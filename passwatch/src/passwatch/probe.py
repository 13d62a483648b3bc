"""Ask a process whether it is ready: ``python -m passwatch.probe URL``, for health checks of containers.

Exit status 0: it answered 200. 1: it did not, and standard output says what it answered. It runs every few seconds in
every container, so it imports next to nothing.
"""

from __future__ import annotations

import sys
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

TIMEOUT_S = 5.0


def main(url: str) -> int:
    """Ask once; the exit status."""
    target = urlsplit(url)
    connection = HTTPConnection(target.netloc, timeout=TIMEOUT_S)
    try:
        connection.request("GET", target.path)
        answer = connection.getresponse()
        said = answer.read().decode("utf-8", "replace")
    except (OSError, HTTPException) as error:
        sys.stdout.write(f"{error}\n")
        return 1
    finally:
        connection.close()
    sys.stdout.write(said + "\n")
    return 0 if answer.status == 200 else 1  # noqa: PLR2004 - OK


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
