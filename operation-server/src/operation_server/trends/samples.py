"""Samples out of VictoriaMetrics."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from operation_server.trends.decimate import Times, Values
from operation_server.trends.ranges import Span
from passwatch.health import Check
from passwatch.names import METRIC_PREFIX
from passwatch.victoria import VictoriaClient

TIMEOUT_S = 20.0


class Samples:
    """Reads samples as they are stored. Safe for any number of threads: each has a connection of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._local = threading.local()

    def of_series(self, series: str, satellite_id: str, mission: str, span: Span) -> tuple[Times, Values]:
        """Times and values of one series over the span, rising.

        Raises:
            passwatch.victoria.VictoriaUnavailable: it cannot be read now.
        """
        found = self._client().export(f"{series}{_labels(satellite_id, mission)}", span.start, span.end)
        return _arrays(found[0].timestamps, found[0].values) if found else _arrays([], [])

    def of_satellite(self, satellite_id: str, mission: str, span: Span) -> dict[str, tuple[Times, Values]]:
        """All series of a satellite over the span, by name."""
        found = self._client().export(_all_of(satellite_id, mission), span.start, span.end)
        return {s.metric["__name__"]: _arrays(s.timestamps, s.values) for s in found}

    def series_names(self, satellite_id: str, mission: str, at_ms: int) -> list[str]:
        """The names of the series that have samples in the week before ``at_ms``, sorted."""
        expression = f"last_over_time({_all_of(satellite_id, mission)}[7d]) keep_metric_names"
        return sorted(labels["__name__"] for labels, _ in self._client().query(expression, at_ms))

    def check(self) -> Check:
        """Whether VictoriaMetrics answers."""
        self._client().query("1", 0)
        return Check(ok=True, detail="answers")

    def _client(self) -> VictoriaClient:
        client: VictoriaClient | None = getattr(self._local, "client", None)
        if client is None:
            client = self._local.client = VictoriaClient(self._url, timeout_s=TIMEOUT_S)
        return client


def _labels(satellite_id: str, mission: str) -> str:
    return "{" + f'mission="{_quoted(mission)}",satellite_id="{_quoted(satellite_id)}"' + "}"


def _all_of(satellite_id: str, mission: str) -> str:
    name = f'__name__=~"{METRIC_PREFIX}.+"'
    return "{" + f'{name},mission="{_quoted(mission)}",satellite_id="{_quoted(satellite_id)}"' + "}"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _arrays(timestamps: Sequence[int], values: Sequence[float]) -> tuple[Times, Values]:
    times, numbers = np.array(timestamps, np.int64), np.array(values, np.float64)
    finite = np.isfinite(numbers)
    times, numbers = times[finite], numbers[finite]
    if len(times) > 1 and np.any(np.diff(times) <= 0):
        times, first = np.unique(times, return_index=True)
        numbers = numbers[first]
    return times, numbers
