"""The API as this package's commands ask it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import requests

TIMEOUT_S = 130.0
"""Loading a version of the models takes Triton seconds, and a minute at most for each model."""
EVERY_S = 0.5


class Refused(Exception):
    """The API did not do what was asked; the message is what it said."""


class ApiClient:
    """A client of the API below ``url``."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/") + "/api/v1"

    def get(self, path: str, **params: Any) -> Any:
        """The JSON that is there.

        Raises:
            Refused: an error status, or no answer.
        """
        return self._ask("GET", path, params=params)

    def post(self, path: str, body: Any = None) -> Any:
        """The JSON that is answered.

        Raises:
            Refused: an error status, or no answer.
        """
        return self._ask("POST", path, json=body)

    def until(self, path: str, done: Callable[[Any], bool], waiting: Callable[[Any], None], limit_s: float) -> Any:
        """What is at ``path`` as soon as it is done; ``waiting`` hears of what is there before.

        Raises:
            Refused: an error status, no answer, or not done within the time.
        """
        deadline = time.monotonic() + limit_s
        while not done(found := self.get(path)):
            if time.monotonic() > deadline:
                raise Refused(f"{path} is not done after {limit_s:g} s; it goes on by itself")
            waiting(found)
            time.sleep(EVERY_S)
        return found

    def _ask(self, method: str, path: str, **how: Any) -> Any:
        try:
            answer = requests.request(method, self._url + path, timeout=TIMEOUT_S, **how)
        except requests.RequestException as error:
            raise Refused(f"the API at {self._url} does not answer: {error}") from error
        if not answer.ok:
            raise Refused(_said(answer))
        return answer.json()


def _said(answer: requests.Response) -> str:
    try:
        problem = answer.json()
        return "\n".join([f"{answer.status_code} {problem['title']}: {problem['detail']}"])
    except (ValueError, LookupError, TypeError):
        return f"{answer.status_code} {answer.text[:500]}"
