"""What browser tests look at on the running platform."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from passwatch.mission import Mission
from tests.support.browsing import Watched, watched
from tests.support.console import Console
from tests.support.cut import Line
from tests.support.moment import days_ago
from tests.support.station import Station


@pytest.fixture
def line(base_url: str) -> Iterator[Line]:
    """A line to the platform that can be cut."""
    parts = urlsplit(base_url)
    line = Line(parts.hostname or "127.0.0.1", parts.port or 80)
    yield line
    line.close()


@pytest.fixture
def satellite(mission: Mission, station: Station, console: Console, unique: str, start_ms: int) -> Watched:
    """A satellite whose nominal pass has been judged and whose faulty one is still to come."""
    satellite = watched(mission, f"WEB-{unique}", start_ms)
    station.whole(satellite.nominal)
    station.flush()
    console.judged(satellite.nominal.uid)
    return satellite


@pytest.fixture(scope="session")
def judged(mission: Mission, station: Station, console: Console) -> Watched:
    """A satellite whose two passes have both been judged."""
    satellite = watched(mission, f"WEB-{uuid4().hex[:8]}", days_ago(6))
    for sent in (satellite.nominal, satellite.faulty):
        station.whole(sent)
    station.flush()
    for sent in (satellite.nominal, satellite.faulty):
        console.judged(sent.uid)
    return satellite
