"""The yardstick: VictoriaMetrics' own import of points that are ready as lines, and the count of what it stored."""

from __future__ import annotations

import base64
import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from passwatch.victoria import VictoriaClient
from tests.benchmarks.ingest_points import CADENCE_MS, Points


def import_seconds(url: str, bodies: list[bytes], connections: int) -> float:
    """Seconds from the first byte sent to the last answer, over so many connections, uncompressed."""
    shares = [bodies[i::connections] for i in range(connections)]
    with ThreadPoolExecutor(connections) as pool:
        begun = time.perf_counter()
        for _ in pool.map(lambda share: _send(url, share), shares):
            pass
        return time.perf_counter() - begun


def check_stored(url: str, points: Points) -> None:
    """Fail unless exactly as many samples of these satellites can be read back as there are points."""
    client = VictoriaClient(url, timeout_s=120)
    try:
        client.force_flush()
        newest = int(points.timestamps[-1])
        window_ms = newest - int(points.timestamps[0]) + CADENCE_MS
        word = points.satellites[0].rpartition("-")[0]
        expression = f'sum(count_over_time({{satellite_id=~"{word}-[0-9]+"}}[{window_ms}ms]))'
        answer = client.query(expression, newest)
    finally:
        client.close()
    found = round(answer[0][1]) if answer else 0
    if found != points.count:
        raise RuntimeError(f"{found} samples of {points.count} can be read back")


def _send(url: str, bodies: list[bytes]) -> None:
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=120)
    account = base64.b64encode(f"{place.username}:{place.password}".encode()).decode()
    try:
        for body in bodies:
            connection.request("POST", "/api/v1/import", body, {"Authorization": f"Basic {account}"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != http.client.NO_CONTENT:
                raise RuntimeError(f"/api/v1/import answered {answer.status}")
    finally:
        connection.close()
