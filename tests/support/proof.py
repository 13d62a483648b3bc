"""That nothing was lost: passes judged whole, and their samples read back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from passwatch.mission import Mission
from passwatch.victoria import Series, VictoriaClient
from tests.support.console import Console
from tests.support.moment import CADENCE_MS
from tests.support.station import Pass, simulated
from tests.support.wait import wait_for

RECORDS = 120
SUBSYSTEMS = ("eps", "thermal", "aocs", "comm")


def short_passes(mission: Mission, satellite_id: str, start_ms: int, number: int) -> list[Pass]:
    """Consecutive passes of one satellite, an hour each."""
    span = RECORDS * CADENCE_MS
    return [simulated(mission, satellite_id, start_ms + n * span, records=RECORDS) for n in range(number)]


def assert_judged_whole(console: Console, sent: Sequence[Pass]) -> None:
    """Each pass ends complete, with exactly one verdict per subsystem in each revision, none of them ERROR."""
    for one in sent:
        batch = console.judged_whole(one.uid)
        assert batch["records"] == one.records, one.batch_id
        for revision in batch["revisions"]:
            verdicts = Counter(s["subsystem"] for s in revision["subsystems"])
            assert verdicts == Counter(SUBSYSTEMS), (one.batch_id, revision["revision"])
            assert all(s["verdict"] != "ERROR" for s in revision["subsystems"]), (one.batch_id, revision)


def assert_stored_whole(victoria_url: str, sent: Sequence[Pass]) -> None:
    """Every sample of one satellite's consecutive passes can be read back, equal in time and value, once.

    What the storage lost when it was killed is imported again, after the verdict if that was made before.
    """
    client = VictoriaClient(victoria_url)
    selector = f'{{satellite_id="{sent[0].satellite_id}"}}'
    times = np.concatenate([one.telemetry.timestamps for one in sent]).tolist()
    channels = sent[0].telemetry.channels

    def enough() -> dict[str, Series] | None:
        found = {s.metric["__name__"]: s for s in client.export(selector, times[0], times[-1])}
        counts = [len(series.timestamps) for series in found.values()]
        return found if len(counts) == len(channels) and min(counts) >= len(times) else None

    stored = wait_for(f"the samples of {sent[0].satellite_id}", enough, every_s=0.5)
    client.close()
    for name in channels:
        series = stored[f"satellite_{name}"]
        assert series.timestamps == times, name
        values = np.concatenate([one.telemetry.channels[name] for one in sent])
        np.testing.assert_allclose(series.values, values, rtol=1e-11)
