"""Samples out of VictoriaMetrics."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from operation_server.telemetry.decimate import Times, Values
from operation_server.times import Span
from passwatch.contracts import Stream
from passwatch.health import Check
from passwatch.names import METRIC_PREFIX
from passwatch.takes import newest, overlay, take_of
from passwatch.victoria import VictoriaClient

TIMEOUT_S = 20.0


class Source(NamedTuple):
    """Whose samples are asked for: a stream of a satellite."""

    satellite_id: str
    mission: str
    stream: Stream = "realtime"


class Samples:
    """Reads samples as they are stored. Safe for any number of threads: each has a connection of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._local = threading.local()

    def of_series(self, series: str, source: Source, span: Span) -> tuple[Times, Values, Times]:
        """Times and values of one channel over the span, rising, of the newest take at each time; and these takes.

        Raises:
            passwatch.victoria.VictoriaUnavailable: it cannot be read now.
        """
        found = self._client().export(f"{series}{{{_labels(source)}}}", span.start, span.end)
        return overlay({take_of(s.metric): _arrays(s.timestamps, s.values) for s in found})

    def of_satellite(self, source: Source, span: Span) -> dict[str, tuple[Times, Values]]:
        """All channels of a satellite over the span, by the name of their series, of the newest take at each time."""
        takes: dict[str, dict[int, tuple[Times, Values]]] = defaultdict(dict)
        for s in self._client().export(_all_of(source), span.start, span.end):
            takes[s.metric["__name__"]][take_of(s.metric)] = _arrays(s.timestamps, s.values)
        return {name: newest(of_name) for name, of_name in takes.items()}

    def series_names(self, source: Source, at_ms: int) -> list[str]:
        """The names of the series that have samples in the week before ``at_ms``, sorted."""
        expression = f"last_over_time({_all_of(source)}[7d]) keep_metric_names"
        return sorted({labels["__name__"] for labels, _ in self._client().query(expression, at_ms)})

    def check(self) -> Check:
        """Whether VictoriaMetrics answers."""
        self._client().query("1", 0)
        return Check(ok=True, detail="answers")

    def _client(self) -> VictoriaClient:
        client: VictoriaClient | None = getattr(self._local, "client", None)
        if client is None:
            client = self._local.client = VictoriaClient(self._url, timeout_s=TIMEOUT_S)
        return client


def _labels(source: Source) -> str:
    return ",".join(f'{name}="{_quoted(value)}"' for name, value in source._asdict().items())


def _all_of(source: Source) -> str:
    return "{" + f'__name__=~"{METRIC_PREFIX}.+",{_labels(source)}' + "}"


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
