"""In containers too, every service of the project tells its metrics."""

from __future__ import annotations

import pytest

from tests.support.installation import Installation
from tests.support.metrics_endpoints import IN_COMPOSE, OF_ITS_OWN

pytestmark = pytest.mark.compose


@pytest.mark.parametrize("service", IN_COMPOSE)
def test_a_container_tells_its_metrics(installation: Installation, service: str) -> None:
    """A scraper in the platform's network reads /metrics of each, with something of its own."""
    url = f"http://{service}:{IN_COMPOSE[service]}/metrics"
    ask = f"import urllib.request as u; print(u.urlopen({url!r}, timeout=10).read().decode())"
    answer = installation.execute(installation.only("operation-server"), "python", "-c", ask)
    assert OF_ITS_OWN[service] in answer
