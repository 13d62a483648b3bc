"""How the nominal distribution of scores is taken."""

from __future__ import annotations

import numpy as np
import pytest

from detection.api import Detector
from detection.nominal_scores import with_nominal_scores
from detection.series import Series, gapless

CADENCE_MS = 30_000
START_MS = 1_767_225_600_000
COUNT = 5000


def test_nominal_scores_are_the_same_however_much_is_judged_at_a_time(
    detector: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A satellite judged in pieces, each with its history, has the scores that it has judged whole."""
    rng = np.random.default_rng(8)
    kept = rng.random(COUNT) > 0.02
    times = (START_MS + np.arange(COUNT, dtype=np.int64) * CADENCE_MS)[kept]
    swing = np.sin(2 * np.pi * np.arange(COUNT) / 185.0)
    series = {}
    for name in ("temp_a", "temp_b"):
        values = np.round(20.0 + 5.0 * swing + 0.05 * rng.standard_normal(COUNT), 2)[kept]
        series[name] = [Series(times, values, gapless(times, CADENCE_MS), 0)]
    found = []
    for piece in (10_000, 700):
        monkeypatch.setattr("detection.nominal_scores.PIECE", piece)
        scored = with_nominal_scores(detector.calibration.channels, series, CADENCE_MS, detector.forecasters)
        found.append({name: channel.scores for name, channel in scored.items()})
    assert found[0] == found[1]
    assert all(scores is not None for scores in found[0].values())
