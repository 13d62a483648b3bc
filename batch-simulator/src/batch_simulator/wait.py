"""Waiting for verdicts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from batch_simulator.api import Api

_PAUSE_S = 0.2


def verdicts(
    api: Api, uids: Sequence[str], timeout_s: float, judged: Callable[[int], None]
) -> dict[str, dict[str, Any]]:
    """The batches that are judged within ``timeout_s``, as the API shows them, by uid; ``judged`` gets their number.

    An API that does not answer is asked again until the time is over.
    """
    deadline = time.monotonic() + timeout_s
    found: dict[str, dict[str, Any]] = {}
    while True:
        for uid in uids:
            if uid not in found:
                batch = api.batch(uid)
                if batch is not None and batch["status"] == "JUDGED":
                    found[uid] = batch
                    judged(len(found))
                if time.monotonic() > deadline:
                    break
        if len(found) == len(set(uids)) or time.monotonic() > deadline:
            return found
        time.sleep(_PAUSE_S)
