"""Answers about a satellite in Redis, under keys that change with everything that could change the answer."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import msgspec
import redis
import structlog
from pydantic import BaseModel

from operation_server import metrics
from operation_server.satellites.queries import Heard
from passwatch.health import Check

A = TypeVar("A", bound=BaseModel)
TIMEOUT_S = 0.5
REST_S = 5.0
log = structlog.get_logger()


class TrendCache:
    """Keeps answers; without Redis everything is computed anew, slower and just as right.

    The key holds the satellite's version, which the transaction that stores a verdict raises, and which is read
    before the data: an answer is never older than the latest verdict, whichever server gave it. It holds the answer's
    form too: after an upgrade nothing is answered as the former release would have.
    """

    def __init__(self, url: str, prefix: str, seconds: int) -> None:
        self._client: redis.Redis = redis.Redis.from_url(
            url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
        )
        self._prefix = prefix
        self._seconds = seconds
        self._rest_until = 0.0

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def check(self) -> Check:
        """Whether Redis answers."""
        self._client.ping()
        return Check(ok=True, detail="answers")

    def get_or_make(
        self, kind: str, form: type[A], heard: Heard, question: dict[str, Any], make: Callable[[], A]
    ) -> bytes:
        """The kept answer to a question about the satellite, or a new one, as JSON of this form."""
        if self._seconds == 0:
            return _json(make())
        key = self.key(kind, heard, question | {"form": _digest(form)})
        kept: bytes | None = self._try(lambda: self._client.get(key))
        if kept is not None:
            metrics.CACHE.labels("hit").inc()
            return kept
        answer = _json(make())
        metrics.CACHE.labels("miss").inc()
        self._try(lambda: self._client.set(key, answer, ex=self._seconds))
        return answer

    def key(self, kind: str, heard: Heard, question: dict[str, Any]) -> str:
        """The key of an answer."""
        digest = hashlib.sha256(msgspec.json.encode(question, order="sorted")).hexdigest()[:24]
        return f"{self._prefix}trend:{kind}:{heard.mission}:{heard.satellite_id}:{heard.version}:{digest}"

    def _try(self, command: Callable[[], Any]) -> Any:
        """What Redis answers; None while it does not, and for a while after, so that not every request waits."""
        if time.monotonic() < self._rest_until:
            metrics.CACHE.labels("off").inc()
            return None
        try:
            return command()
        except redis.RedisError as error:
            self._rest_until = time.monotonic() + REST_S
            metrics.CACHE.labels("off").inc()
            log.warning("trend_cache_off", error=str(error), for_s=REST_S)
            return None


@cache
def _digest(form: type[BaseModel]) -> str:
    return hashlib.sha256(msgspec.json.encode(form.model_json_schema(mode="serialization"), order="sorted")).hexdigest()


def _json(answer: BaseModel) -> bytes:
    return answer.model_dump_json().encode()
