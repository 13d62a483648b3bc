"""A client of VictoriaMetrics: import, make queryable, read samples back unaltered."""

from __future__ import annotations

import json
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec
import requests

CONNECT_TIMEOUT_S = 3.0


class VictoriaUnavailable(Exception):
    """VictoriaMetrics did not answer, or answered that it cannot serve now; trying again later may help."""


class VictoriaRefused(Exception):
    """VictoriaMetrics refused a request as wrong (4xx); trying again will not help."""


class Series(msgspec.Struct, frozen=True):
    """One time series: its labels (``__name__`` included), timestamps in ms, rising, and as many values."""

    metric: dict[str, str]
    timestamps: list[int]
    values: list[float]


_SERIES = msgspec.json.Decoder(Series)


class Counters(NamedTuple):
    """VictoriaMetrics' own counters that matter here.

    When it started (Unix seconds, whole ones), rows it dropped silently and rows it took, both since it started.
    """

    start_time: float
    rejected_rows: float
    inserted_rows: float


class VictoriaClient:
    """A connection to one VictoriaMetrics. Not safe to share between threads: make one each."""

    def __init__(self, url: str, *, timeout_s: float = 30.0) -> None:
        address = urlsplit(url.rstrip("/"))
        self._url = address._replace(netloc=address.netloc.rpartition("@")[2]).geturl()
        self._session = requests.Session()
        if address.username:  # not left in the URL, which errors quote
            self._session.auth = (unquote(address.username), unquote(address.password or ""))
        self._session.headers["Accept-Encoding"] = "identity"
        self._timeout = (CONNECT_TIMEOUT_S, timeout_s)

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def import_lines(self, body: bytes) -> None:
        """Import series as JSON lines (``/api/v1/import``).

        Raises:
            VictoriaUnavailable: it did not take them; importing them again is safe.
            VictoriaRefused: it called the request wrong.
        """
        self._request("POST", "/api/v1/import", data=body)

    def force_flush(self) -> None:
        """Make everything imported before this call visible to queries. It is not durable by that."""
        self._request("GET", "/internal/force_flush")

    def export(self, selector: str, start_ms: int, end_ms: int) -> list[Series]:
        """The samples of all series that match ``selector`` from ``start_ms`` to ``end_ms``, inclusive, as stored.

        >>> VictoriaClient("http://127.0.0.1:8428").export('{satellite_id="SAT-001"}', 0, 1)  # doctest: +SKIP
        []
        """
        params = {
            "match[]": selector,
            "start": _seconds(start_ms),
            "end": _seconds(end_ms),
            "reduce_mem_usage": "0",
        }
        answer = self._request("GET", "/api/v1/export", params=params)
        merged: dict[tuple[tuple[str, str], ...], Series] = {}
        for line in answer.content.splitlines():
            series = _SERIES.decode(line)
            key = tuple(sorted(series.metric.items()))
            if key in merged:
                merged[key].timestamps.extend(series.timestamps)
                merged[key].values.extend(series.values)
            else:
                merged[key] = series
        return list(merged.values())

    def query(self, expression: str, time_ms: int) -> list[tuple[dict[str, str], float]]:
        """The value of a MetricsQL expression at one time: labels and value per series."""
        params = {"query": expression, "time": _seconds(time_ms), "nocache": "1"}
        answer = json.loads(self._request("GET", "/api/v1/query", params=params).content)
        return [(item["metric"], float(item["value"][1])) for item in answer["data"]["result"]]

    def counters(self) -> Counters:
        """What VictoriaMetrics says of itself."""
        start = rejected = inserted = 0.0
        for line in self._request("GET", "/metrics").text.splitlines():
            if line.startswith("process_start_time_seconds"):
                start = float(line.rpartition(" ")[2])
            elif line.startswith(("vm_rows_ignored_total", "vm_rows_invalid_total")):
                rejected += float(line.rpartition(" ")[2])
            elif line.startswith("vm_rows_inserted_total"):
                inserted += float(line.rpartition(" ")[2])
        return Counters(start, rejected, inserted)

    def start_time(self) -> float:
        """When the process started, in Unix seconds: a change means that unsaved samples may be lost."""
        return self.counters().start_time

    def rejected_rows(self) -> float:
        """How many rows it has dropped without an error since it started."""
        return self.counters().rejected_rows

    def _request(
        self, method: str, path: str, *, data: bytes | None = None, params: dict[str, str] | None = None
    ) -> requests.Response:
        try:
            answer = self._session.request(method, self._url + path, data=data, params=params, timeout=self._timeout)
        except requests.RequestException as error:
            raise VictoriaUnavailable(f"{method} {path}: {error}") from error
        if answer.status_code >= requests.codes.internal_server_error or answer.status_code in (
            requests.codes.too_many_requests,
            requests.codes.request_timeout,
        ):
            raise VictoriaUnavailable(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        if not answer.ok:
            raise VictoriaRefused(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer


def _seconds(ms: int) -> str:
    return f"{ms // 1000}.{ms % 1000:03d}"
