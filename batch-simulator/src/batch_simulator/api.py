"""The public API, as far as the simulator asks it."""

from __future__ import annotations

from typing import Any

import requests

from batch_simulator import times
from batch_simulator.errors import ApiUnreachableError

TIMEOUT_S = 10.0


class Api:
    """A reader of the public API."""

    def __init__(self, base_url: str) -> None:
        self._base = base_url.rstrip("/")
        self._session = requests.Session()

    def newest_samples(self, mission: str) -> dict[str, int]:
        """Event time of the newest known record of each satellite of the mission, ms.

        Raises:
            ApiUnreachableError: it does not answer, or not with what is expected.
        """
        newest: dict[str, int] = {}
        query = {"mission": mission, "limit": "100"}
        while True:
            answer = self._get("/api/v1/trends/satellites", query)
            if not answer.ok:
                raise ApiUnreachableError(f"{answer.url} answered {answer.status_code}: {answer.text[:200]}")
            page = answer.json()
            for item in page["items"]:
                if item["newest_sample"]:
                    newest[item["satellite_id"]] = times.parse(item["newest_sample"])
            if not page["next"]:
                return newest
            query["cursor"] = page["next"]

    def batch(self, uid: str) -> dict[str, Any] | None:
        """The batch as the API shows it; None while it does not know it, or does not answer."""
        try:
            answer = self._get(f"/api/v1/batches/{uid}", {})
        except ApiUnreachableError:
            return None
        if not answer.ok:
            return None
        body: dict[str, Any] = answer.json()
        return body

    def _get(self, path: str, query: dict[str, str]) -> requests.Response:
        try:
            return self._session.get(self._base + path, params=query, timeout=TIMEOUT_S)
        except requests.RequestException as error:
            raise ApiUnreachableError(
                f"the API at {self._base} (PASSWATCH_API_URL) does not answer: {error}"
            ) from error
