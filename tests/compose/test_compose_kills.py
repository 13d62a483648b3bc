"""Every container dies once, as by a crash or for want of memory, and is back at work by itself."""

from __future__ import annotations

import pytest

from passwatch.mission import Mission
from tests.compose.services import DAEMONS
from tests.support.console import Console
from tests.support.installation import Installation
from tests.support.proof import assert_judged_whole, assert_stored_whole, short_passes
from tests.support.station import Station

pytestmark = pytest.mark.compose


@pytest.mark.parametrize("service", DAEMONS)
def test_a_killed_container_is_back_at_work(
    installation: Installation,
    console: Console,
    station: Station,
    mission: Mission,
    unique: str,
    start_ms: int,
    service: str,
) -> None:
    """SIGKILL with a batch on its way: the container is started again, and that batch and one sent after are judged."""
    first, second = sent = short_passes(mission, f"KILL-{unique}", start_ms, 2)
    station.whole(first, size=20)
    victim = installation.kill(service)
    installation.wait_restarted(victim)
    station.whole(second, size=20)
    station.flush()
    assert_judged_whole(console, sent)
    assert_stored_whole(installation.victoria_url, sent)
    installation.wait_healthy()
