"""An upgrade while satellites are overhead."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest

from passwatch.mission import Mission
from tests.compose.services import OWN
from tests.support.console import Console
from tests.support.installation import Installation
from tests.support.proof import assert_judged_whole, assert_stored_whole
from tests.support.station import Pass, Station, simulated

pytestmark = pytest.mark.compose


def pieces(records: int, number: int) -> list[Sequence[int]]:
    """So many runs of consecutive records, about as long as each other."""
    edges = [records * n // number for n in range(number + 1)]
    return [range(first, last) for first, last in pairwise(edges)]


def test_batches_in_flight_survive_a_rolling_restart(
    installation: Installation, console: Console, station: Station, mission: Mission, unique: str, start_ms: int
) -> None:
    """Two passes come in while every own service is replaced in turn: both are judged, complete, and fully stored."""
    sent: list[Pass] = [simulated(mission, f"ROLL-{unique}-{n}", start_ms, seed=n + 1) for n in range(2)]
    before = {container.service: container.id for container in installation.running(*OWN)}
    parts = pieces(sent[0].records, len(OWN) + 1)
    for service, part in zip(OWN, parts, strict=False):
        for one in sent:
            station.records(one, part, size=20)
        installation.up("--no-deps", "--no-build", "--force-recreate", service)
    for one in sent:
        station.records(one, parts[-1], size=20)
        station.marker(one)
    station.flush()
    after = {container.service: container.id for container in installation.running(*OWN)}
    assert set(after) == set(before) == set(OWN)
    assert [service for service in OWN if after[service] == before[service]] == []
    assert_judged_whole(console, sent)
    for one in sent:
        assert_stored_whole(installation.victoria_url, [one])
