"""The API and VictoriaMetrics of a running stack, as these commands ask them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import requests

TIMEOUT_S = 60.0


class Refused(Exception):
    """The API did not do what was asked; the message is what it said."""


class Server:
    """The API below ``url``."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/") + "/api/v1"

    def get(self, path: str, **params: Any) -> Any:
        """The JSON that is there.

        Raises:
            Refused: an error status, or no answer.
        """
        return self._ask("GET", path, params={k: v for k, v in params.items() if v is not None}).json()

    def post(self, path: str, body: Any) -> Any:
        """The JSON that is answered.

        Raises:
            Refused: an error status, or no answer.
        """
        return self._ask("POST", path, json=body).json()

    def content(self, path: str) -> bytes:
        """The bytes that are there.

        Raises:
            Refused: an error status, or no answer.
        """
        return self._ask("GET", path).content

    def pages(self, path: str, **params: Any) -> Iterator[Any]:
        """The items of all pages of a list.

        Raises:
            Refused: an error status, or no answer.
        """
        cursor = None
        while True:
            page = self.get(path, **params, cursor=cursor, limit=200)
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def in_force(self) -> list[dict[str, Any]]:
        """Scopes and the revisions that are in force for them."""
        seen: dict[tuple[str, str | None], dict[str, Any]] = {}
        for item in self.pages("/calibrations/activations"):
            seen.setdefault((item["mission"], item["satellite_id"]), item)
        return [item for item in seen.values() if item["revision"]]

    def _ask(self, method: str, path: str, **how: Any) -> requests.Response:
        try:
            answer = requests.request(method, self._url + path, timeout=TIMEOUT_S, **how)
        except requests.RequestException as error:
            raise Refused(f"the API at {self._url} does not answer: {error}") from error
        if not answer.ok:
            raise Refused(f"{answer.status_code} {answer.text[:1000]}")
        return answer
