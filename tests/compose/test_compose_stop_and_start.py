"""What is stored survives the containers, whichever Compose handles them."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from typing import Any

import msgspec
import pytest

from passwatch.mission import Mission
from passwatch.victoria import VictoriaClient
from tests.support.console import Console
from tests.support.figures import Figures
from tests.support.installation import V1, V2, Installation, run
from tests.support.proof import assert_judged_whole, short_passes
from tests.support.station import Station
from tests.support.wait import wait_for

pytestmark = pytest.mark.compose

OLDER = V1 if shutil.which(V1[0]) else V2
"""Compose v1 where it is installed."""


def verdicts(console: Console) -> dict[str, Any]:
    """All that the API tells of every batch."""
    uids = [item["batch_uid"] for item in console.pages("/api/v1/batches", limit=200)]
    return {uid: console.batch(uid) for uid in uids}


def samples(installation: Installation) -> dict[str, tuple[int, str]]:
    """How many samples each series has, and a hash of their times and values."""
    client = VictoriaClient(installation.victoria_url, timeout_s=120)
    year_ms = 365 * 86_400_000
    now = int(time.time() * 1000)
    found = client.export('{__name__=~"satellite_.*"}', now - year_ms, now + 86_400_000)
    client.close()
    return {
        json.dumps(sorted(s.metric.items())): (
            len(s.timestamps),
            hashlib.sha256(msgspec.json.encode((s.timestamps, s.values))).hexdigest(),
        )
        for s in found
    }


def assert_kept(installation: Installation, console: Console, before: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Every verdict and every sample that was there is there, unaltered, and nothing else is."""
    assert verdicts(console) == before[0]
    # The newest samples may be on their way from Kafka a second time.
    wait_for("all samples are there", lambda: changed(samples(installation), before[1]) == [], 180, 2)


def changed(now: dict[str, Any], before: dict[str, Any]) -> list[str]:
    """The series that are not as they were."""
    return sorted(name for name in now.keys() | before.keys() if now.get(name) != before.get(name))


def test_down_and_up_keep_everything(
    installation: Installation,
    console: Console,
    station: Station,
    mission: Mission,
    unique: str,
    start_ms: int,
    figures: Figures,
) -> None:
    """A second after a verdict everything is taken down; started again, it has every sample and every verdict."""
    sent = short_passes(mission, f"KEPT-{unique}", start_ms, 3)
    for one in sent:
        station.whole(one)
    station.flush()
    assert_judged_whole(console, sent)
    before = verdicts(console), samples(installation)
    installation.call("down")
    assert installation.containers() == []
    begun = time.monotonic()
    installation.up()
    figures.note("seconds", warm_start=round(time.monotonic() - begun, 1))
    figures.note("kept", batches=len(before[0]), samples=sum(number for number, _ in before[1].values()))
    assert_kept(installation, console, before)


def test_the_three_commands_of_the_readme_with_the_older_compose(
    installation: Installation, console: Console, figures: Figures
) -> None:
    """init_kafka.sh, up, and the simulator's run work with v1 on what v2 has left; the first may be run again."""
    before = verdicts(console), samples(installation)
    settings = (installation.folder / ".env").read_text()
    figures.note("compose", **{" ".join(c): run([*c, "version", "--short"]).stdout.strip() for c in (V2, OLDER)})
    installation.call("down")
    installation.compose = OLDER
    try:
        installation.init()
        installation.call("up", "-d")
        installation.wait_healthy()
        again = installation.init()
        assert ".env is complete" in again.stdout
        assert (installation.folder / ".env").read_text() == settings
        assert_kept(installation, console, before)
        simulator = installation.call("run", "--rm", "-T", "batch-simulator")
        new = set(verdicts(console)) - set(before[0])
        assert len(new) == 6
        batches = [console.judged(uid) for uid in new]
        assert [b["batch_id"] for b in batches if b["batch_id"] not in simulator.stdout] == []
    finally:
        installation.call("down", check=False)
        installation.compose = V2
        installation.up()
