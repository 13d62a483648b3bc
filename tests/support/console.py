"""The API as a test's client sees it."""

from __future__ import annotations

from typing import Any

import requests

from tests.support.wait import wait_for

Json = dict[str, Any]
JUDGED_S = 300.0
"""How long a batch may take to its verdict on a busy machine where something was killed."""


class Console:
    """A reader of the public API."""

    def __init__(self, base_url: str) -> None:
        self._base = base_url.rstrip("/")
        self._session = requests.Session()

    def get(self, path: str, **params: str | int) -> Json:
        """The JSON answer; an error status fails the test."""
        answer = self._session.get(self._base + path, params=params, timeout=30)
        assert answer.ok, f"{answer.url}: {answer.status_code} {answer.text[:500]}"
        body: Json = answer.json()
        return body

    def pages(self, path: str, **params: str | int) -> list[Json]:
        """The items of all pages."""
        items: list[Json] = []
        cursor: str | None = None
        while True:
            page = self.get(path, **params, **({"cursor": cursor} if cursor else {}))
            items += page["items"]
            cursor = page["next"]
            if not cursor:
                return items

    def batch(self, uid: str) -> Json | None:
        """The batch, or None while the server does not know it."""
        try:
            answer = self._session.get(f"{self._base}/api/v1/batches/{uid}", timeout=30)
        except requests.ConnectionError:
            return None
        if answer.status_code in (404, 502, 503, 504):
            return None
        assert answer.ok, f"{answer.url}: {answer.status_code} {answer.text[:500]}"
        body: Json = answer.json()
        return body

    def judged(self, uid: str, *, revision: int = 1) -> Json:
        """The batch once its current revision is at least ``revision``."""

        def at_revision() -> Json | None:
            batch = self.batch(uid)
            return batch if batch and (batch["revision"] or 0) >= revision else None

        return wait_for(f"revision {revision} of batch {uid}", at_revision, JUDGED_S, 0.1)

    def judged_whole(self, uid: str) -> Json:
        """The batch once all that its marker announced is judged, in whatever revision, and nothing is left to judge.

        One that was interrupted may have been judged before, on what there was of it.
        """

        def at_last() -> Json | None:
            batch = self.batch(uid)
            return batch if batch and batch["status"] == "JUDGED" and batch["completeness"] == 1.0 else None

        return wait_for(f"all of batch {uid}", at_last, JUDGED_S, 0.1)
