"""More containers of a service share its work, without any setting."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from passwatch.mission import Mission
from tests.support.console import Console
from tests.support.installation import Container, Installation
from tests.support.proof import SUBSYSTEMS, assert_judged_whole, short_passes
from tests.support.station import Station
from tests.support.wait import wait_for

pytestmark = pytest.mark.compose

SHARED = ("victoria-consumer", "analysis-worker")
SATELLITES = 24
"""So many that they are not all on one consumer's partitions: that has a chance of 1 in 8 million."""
READ = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:9100/metrics', timeout=10).read().decode())"


@pytest.fixture
def doubled(installation: Installation) -> Iterator[Installation]:
    """The installation with two containers of each shared service."""
    wanted = [word for service in SHARED for word in ("--scale", f"{service}=2")]
    installation.up("--no-deps", *wanted, *SHARED)
    yield installation
    installation.up("--no-deps", *SHARED)
    assert sorted(c.service for c in installation.running(*SHARED)) == sorted(SHARED)


def metric(installation: Installation, container: Container, name: str) -> float:
    """The sum of a metric over its labels, as the container itself tells it."""
    text = installation.execute(container, "python", "-c", READ)
    families = text_string_to_metric_families(text)
    return sum(sample.value for family in families for sample in family.samples if sample.name == name)


def test_two_consumers_and_two_workers_share_the_work(
    doubled: Installation, console: Console, station: Station, mission: Mission, unique: str, start_ms: int
) -> None:
    """Of two dozen satellites' passes each consumer stores some, each worker judges some, and together they do all."""
    consumers, workers = (doubled.running(service) for service in SHARED)
    assert (len(consumers), len(workers)) == (2, 2)

    def partitions_are_shared() -> bool:
        return all(metric(doubled, one, "passwatch_consumer_assigned_partitions") > 0 for one in consumers)

    wait_for("both consumers have partitions", partitions_are_shared, 120, 1)
    stored, judged = "passwatch_consumer_records_total", "passwatch_worker_judged_tasks_total"
    before = {c.id: metric(doubled, c, stored) for c in consumers} | {w.id: metric(doubled, w, judged) for w in workers}
    sent = [short_passes(mission, f"SHARE-{unique}-{n}", start_ms, 1)[0] for n in range(SATELLITES)]
    for one in sent:
        station.whole(one)
    station.flush()
    assert_judged_whole(console, sent)
    by_consumer = [metric(doubled, c, stored) - before[c.id] for c in consumers]
    by_worker = [metric(doubled, w, judged) - before[w.id] for w in workers]
    assert min(by_consumer) > 0, by_consumer
    assert min(by_worker) > 0, by_worker
    assert sum(by_consumer) == sum(one.records for one in sent)
    assert sum(by_worker) >= SATELLITES * len(SUBSYSTEMS)
