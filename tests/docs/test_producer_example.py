import json
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from docs.generate.packages import ROOT
from docs.guides.produce_batch import CADENCE_MS, RECORDS, batch
from passwatch.mission import load_missions
from victoria_consumer.domain.chunk import BatchMarker, ColumnChunk
from victoria_consumer.domain.time_limits import TimeLimits
from victoria_consumer.domain.validator import Validator

DAY_MS = 86_400_000
SATELLITE = "SAT-001"
SOURCE = Path(ROOT / "docs/guides/produce_batch.py")


@dataclass
class Sent:
    """A message of the example, as the consumer would get it."""

    kind: str
    payload: dict[str, object]

    def topic(self) -> str:
        return "satellite-telemetry"

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return 0

    def key(self) -> bytes:
        return SATELLITE.encode()

    def value(self) -> bytes:
        return json.dumps(self.payload).encode()

    def headers(self) -> list[tuple[str, bytes | None]]:
        return [("passwatch-type", self.kind.encode()), ("passwatch-schema", b"1")]

    def timestamp(self) -> tuple[int, int]:
        return (2, time.time_ns() // 1_000_000)


def test_the_validator_admits_what_the_example_sends() -> None:
    """A ground station that does what the guide shows has every record admitted, and its marker at the end."""
    now = time.time_ns() // 1_000_000
    validator = Validator(load_missions(ROOT / "missions"))
    answers = [
        validator.check(Sent(*sent), TimeLimits(max_age_ms=DAY_MS, max_ahead_ms=DAY_MS).at(now))
        for sent in batch(SATELLITE, now)
    ]
    assert [rejection for _, rejection in answers if rejection] == []
    *chunks, marker = [admitted for admitted, _ in answers]
    assert isinstance(marker, BatchMarker)
    times = [t for chunk in chunks if isinstance(chunk, ColumnChunk) for t in chunk.timestamps]
    assert len(times) == RECORDS == marker.marker.records
    assert {b - a for a, b in pairwise(times)} == {CADENCE_MS}


def test_the_guide_shows_the_example_as_it_is() -> None:
    """The program printed in the guide is the tested file."""
    assert f"```python\n{SOURCE.read_text(encoding='utf-8')}```" in SOURCE.with_name("ground-station.md").read_text(
        encoding="utf-8"
    )
