"""Confidences: a score's place in the channel's nominal distribution."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from msgspec.structs import replace

from detection.api import ChannelInput, Detector
from detection.confidence import LEVELS, MOST, NominalScores, confidence, fit, once_in

finite = st.floats(0.0, 1e6)


@given(
    arrays(np.float64, st.integers(1, 300), elements=st.one_of(finite, st.just(float("nan")))),
    arrays(np.float64, st.integers(1, 40), elements=st.one_of(finite, st.floats(allow_nan=False, min_value=0.0))),
)
def test_confidence_rises_with_the_score_and_stays_within_bounds(nominal: np.ndarray, scores: np.ndarray) -> None:
    """Whatever was seen, a higher score never makes one less sure, and nothing makes one certain."""
    fitted = fit([nominal])
    if fitted is None:
        assert not np.isfinite(nominal).any()
        return
    ordered = np.sort(scores)
    found = confidence(ordered, fitted)
    assert np.isfinite(found).all()
    assert (np.diff(found) >= 0.0).all()
    assert found.min() >= 0.0
    assert found.max() <= MOST


@pytest.mark.parametrize("shape", ["exponential", "half normal", "uniform"])
def test_nominal_telemetry_exceeds_a_confidence_as_often_as_it_says(shape: str) -> None:
    """On fresh scores of the same distribution the frequency beyond p is 1 − p, within what chance explains."""
    rng = np.random.default_rng(5)
    draw: Callable[[int], np.ndarray] = {
        "exponential": lambda count: 0.1 * rng.exponential(size=count),
        "half normal": lambda count: 0.2 * np.abs(rng.standard_normal(count)),
        "uniform": lambda count: 0.8 * rng.random(count),
    }[shape]
    fitted = fit([draw(200_000), draw(100_000)])
    assert fitted is not None
    found = confidence(draw(1_000_000), fitted)
    for rare in (0.5, 0.1, 0.01, 0.001):
        assert np.mean(found > 1.0 - rare) == pytest.approx(rare, rel=0.2)


def test_more_than_was_seen_is_rarer_than_what_was_seen() -> None:
    """Beyond the last level confidence goes on rising, to one sample in many millions."""
    fitted = fit([0.1 * np.random.default_rng(1).exponential(size=50_000)])
    assert fitted is not None
    assert len(fitted.knots) < len(LEVELS)
    assert once_in(1.0, fitted) > 5_000
    assert once_in(2.0, fitted) > 1_000 * once_in(1.0, fitted)
    assert once_in(1e12, fitted) == pytest.approx(1e12, rel=0.01)


def test_few_samples_say_little() -> None:
    """With five samples only what exceeds all of them is remarkable, and where nothing was judged nothing is known."""
    fitted = fit([np.array([0.1, 0.2, 0.3, 0.2, 0.1])])
    assert fitted is not None
    assert len(fitted.knots) == 1
    assert fit([]) is None
    assert fit([np.full(9, np.nan)]) is None
    assert np.isnan(confidence(np.array([np.nan]), NominalScores(knots=[0.0], tail=0.1))).all()


def test_an_event_says_how_sure_it_is(detector: Detector, telemetry: Callable[..., ChannelInput]) -> None:
    """A plain fault makes one surer than the nominal channel beside it; without nominal scores nothing is claimed."""
    values = 20.0 + 5.0 * np.sin(2 * np.pi * np.arange(400) / 185.0)
    values += 0.05 * np.random.default_rng(3).standard_normal(400)
    nominal = detector.judge([telemetry(values)]).channels[0]
    assert nominal.confidence is not None
    assert 0.5 < nominal.confidence < 0.99999
    values[200:202] += 3.0
    judgement = detector.judge([telemetry(values)])
    assert judgement.events[0].confidence == judgement.channels[0].confidence
    assert (judgement.events[0].confidence or 0.0) > 0.99999
    channels = {name: replace(channel, scores=None) for name, channel in detector.calibration.channels.items()}
    before = Detector(replace(detector.calibration, channels=channels), detector.forecasters)
    assert before.judge([telemetry(values)]).events[0].confidence is None


@given(value=st.integers(10**6, 10**9).map(lambda n: n / 3e8), series=st.sampled_from([1, 5, 8]))
def test_a_score_that_many_nominal_samples_share_is_nothing_rare(value: float, series: int) -> None:
    """However it is rounded, what 6 % of nominal telemetry scores is not taken for rarer than the next level, 5 %."""
    rng = np.random.default_rng(3)
    nominal = np.concatenate([np.full(6_000, value), value * rng.random(94_000)])
    fitted = fit(np.array_split(rng.permutation(nominal), series))
    assert fitted is not None
    assert confidence(np.array([value]), fitted)[0] < 0.96
