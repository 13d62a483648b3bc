"""A whole batch on its way: stored unaltered, judged by all subsystems, forecast sample by sample."""

from uuid import uuid4

import numpy as np
import pytest

from passwatch.mission import Mission
from passwatch.victoria import VictoriaClient
from passwatch_native.stack import Stack
from tests.support.console import Console, Json
from tests.support.moment import days_ago
from tests.support.station import BATCH_MS, RECORDS, Pass, Station, simulated

pytestmark = pytest.mark.system

MODELS = {"vae_timeseries", "transformer_timeseries"}
WINDOW_INPUT = 20


@pytest.fixture(scope="module")
def two_passes(console: Console, station: Station, mission: Mission) -> list[Pass]:
    """Two judged batches of a new satellite, the second following the first without a gap."""
    satellite = f"WHOLE-{uuid4().hex[:8]}"
    passes = [simulated(mission, satellite, days_ago(25) + n * BATCH_MS) for n in range(2)]
    for sent in passes:
        station.whole(sent)
        station.flush()
        console.judged(sent.uid)
    return passes


def test_every_sample_is_read_back(stack: Stack, two_passes: list[Pass]) -> None:
    """Every sample that was sent is exported by the storage, equal in time and value, and nothing else."""
    sent = two_passes[0]
    client = VictoriaClient(stack.env["PASSWATCH_VICTORIA_URL"])
    times = sent.telemetry.timestamps
    selector = f'{{satellite_id="{sent.satellite_id}"}}'
    series = {s.metric["__name__"]: s for s in client.export(selector, int(times[0]), int(times[-1]))}
    assert set(series) == {f"satellite_{name}" for name in sent.telemetry.channels}
    assert len(series) == 33
    for name, values in sent.telemetry.channels.items():
        stored = series[f"satellite_{name}"]
        assert stored.timestamps == times.tolist()
        np.testing.assert_allclose(stored.values, values, rtol=1e-11, atol=0)


def test_four_subsystems_have_their_verdict(console: Console, two_passes: list[Pass]) -> None:
    """A complete batch has one verdict per subsystem, says it is whole, and names what judged it."""
    batch = console.judged(two_passes[0].uid)
    assert {s["subsystem"] for s in batch["subsystems"]} == {"eps", "thermal", "aocs", "comm"}
    assert (batch["records"], batch["expected"], batch["completeness"]) == (RECORDS, RECORDS, 1.0)
    assert (batch["status"], batch["rule"], batch["revision"]) == ("JUDGED", "complete", 1)
    assert len(batch["channels"]) == 33
    assert all(c["samples"] == RECORDS for c in batch["channels"])
    assert all(set(p["models"]) == MODELS for p in batch["provenance"])
    assert batch["seconds_to_verdict"] > 0


@pytest.mark.parametrize(("which", "skipped"), [(0, WINDOW_INPUT), (1, 0)])
def test_forecasts_tile_the_batch(
    console: Console, two_passes: list[Pass], mission: Mission, which: int, skipped: int
) -> None:
    """Both models' forecasts lie at exactly the samples' times: all but the first window's input, then all."""
    sent = two_passes[which]
    times = sent.telemetry.timestamps
    for channel in mission.channels:
        answer: Json = console.get(
            "/api/v1/trends/prediction",
            satellite_id=sent.satellite_id,
            metric=channel.name,
            points=5_000,
            **{"from": int(times[0]), "to": int(times[-1])},
        )
        assert set(answer["forecasts"]) == MODELS
        for model in MODELS:
            assert answer["forecasts"][model]["t"] == times[skipped:].tolist(), (channel.name, model)
            assert None not in answer["forecasts"][model]["v"]


def test_raw_trend_is_what_was_sent(console: Console, two_passes: list[Pass]) -> None:
    """The API's raw trend holds the samples of the span, and states the span."""
    sent = two_passes[0]
    times = sent.telemetry.timestamps[:120]
    answer = console.get(
        "/api/v1/trends/raw",
        satellite_id=sent.satellite_id,
        metric="battery_voltage",
        **{"from": int(times[0]), "to": int(times[-1])},
    )
    assert answer["raw"]["t"] == times.tolist()
    np.testing.assert_allclose(answer["raw"]["v"], sent.telemetry.channels["battery_voltage"][:120], rtol=1e-11)
    assert answer["from"].endswith("Z")
