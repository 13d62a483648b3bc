"""The ablation: features see no future, the decisions find what they are for, and the command compares."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from typer.testing import CliRunner

from detection.evaluation.dataset import Recording
from training.ablation import decisions, features
from training.ablation.command import app
from training.ablation.run import average_precision, judge, scale

SERIES = arrays.arrays(np.float64, st.integers(300, 400), elements=st.floats(-3, 3, width=32))


def waves(samples: int, seed: int = 1) -> np.ndarray:
    """A noisy oscillation of a range of about 2."""
    rng = np.random.default_rng(seed)
    return np.sin(np.arange(samples) / 9.0) + 0.05 * rng.standard_normal(samples)


@given(SERIES, st.integers(1, 299))
@settings(deadline=None, max_examples=25)
def test_features_see_no_future(values: np.ndarray, cut: int) -> None:
    """What is seen at a sample is the same whatever comes after it."""
    for see in (features.raw_windows, lambda part: features.random_features(part, 3)):
        np.testing.assert_allclose(see(values)[:cut], see(values[:cut]), rtol=1e-9, atol=1e-9)


def test_a_readout_forecasts_what_its_features_hold() -> None:
    """An oscillation is forecast to within its noise, ten times better than by the last value."""
    values = waves(3000)
    error = features.readout_error(features.raw_windows(values), values, 2000, 8)
    assert len(error) == len(values)
    assert np.median(error[2000:]) < 0.1 * np.median(np.abs(values[8:] - values[:-8]))


def test_random_features_differ_by_seed_alone() -> None:
    """The same seed draws the same features, another seed others."""
    values = waves(400)
    first, again, other = (features.random_features(values, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first[:, :64], other[:, :64])
    np.testing.assert_array_equal(first[:, 64:], other[:, 64:])


def test_a_lasting_error_stands_out_and_the_nominal_part_is_left_alone() -> None:
    """150 samples of a moderate error are flagged; the same telemetry without them is not."""
    quiet = np.abs(np.random.default_rng(2).standard_normal(2500))
    loud = quiet.copy()
    loud[2000:2150] += 2.0
    values = waves(2500)
    flags = decisions.lasting(decisions.smoothed(loud), values, 1000)
    assert flags[2000:2150].any()
    assert not flags[:1950].any()
    assert not decisions.lasting(decisions.smoothed(quiet), values, 1000).any()


def test_a_decision_is_not_changed_by_what_comes_later() -> None:
    """Steps that were decided stay as they are when the record continues."""
    error = np.abs(np.random.default_rng(4).standard_normal(1400))
    error[900:1000] += 3.0
    smooth, values = decisions.smoothed(error), waves(1400)
    whole = decisions.lasting(smooth, values, 500)
    end = 500 + 8 * decisions.STEP
    np.testing.assert_array_equal(decisions.lasting(smooth[:end], values[:end], 500), whole[:end])
    assert whole.any()


def test_average_precision_of_known_orders() -> None:
    """A perfect order has 1, a constant score the share of labels, and no label gives 0."""
    truth = np.array([False, True, True, False])
    assert average_precision(np.array([0.0, 3.0, 2.0, 1.0]), truth) == 1.0
    assert average_precision(np.ones(4), truth) == 0.5
    assert average_precision(np.ones(4), np.zeros(4, dtype=np.bool_)) == 0.0


def test_a_recording_with_missing_samples_is_judged() -> None:
    """NaN is bridged and shortens nothing."""
    test = waves(500, seed=3)
    test[100:104] = np.nan
    scaled = scale(Recording("c", waves(600), test, ((300, 320),)), 0.05)
    assert len(scaled.values) == 1100
    for figures in judge("last value", lambda s: features.delayed(np.abs(np.diff(s.values)), 1), [scaled]):
        assert figures.best[1].found + figures.best[1].missed == 1
        assert np.isfinite(figures.average_precision)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set of two small channels, one with a burst of noise that is labelled."""
    test = waves(700, seed=5)
    test[400:440] += np.random.default_rng(6).standard_normal(40)
    content = {"A|train|value": waves(900), "A|test|value": test}
    content |= {"B|train|value": waves(900, 8), "B|test|value": waves(300, 9)}
    np.savez(tmp_path / "set.npz", allow_pickle=False, **content)
    (tmp_path / "labels.csv").write_text('channel,spacecraft,anomalies\nA,X,"[[400, 439]]"\nB,X,[]\n')
    return tmp_path


def test_the_command_compares_models_readouts_and_rules(folder: Path) -> None:
    """Each forecast has figures under both decisions, and a burst of noise is found by the second difference."""
    out = folder / "out.json"
    done = CliRunner().invoke(app, ["--data", str(folder), "--out", str(out), "--seeds", "1"])
    assert done.exit_code == 0, done.output
    content = json.loads(out.read_bytes())
    names = {one["forecast"] for one in content}
    wanted = {"second difference", "raw windows, 1 ahead", "random features 0, 8 ahead", "vae_timeseries, 8 ahead"}
    assert wanted <= names
    assert len(content) == 2 * len(names)
    at_once = next(one for one in content if one["forecast"] == "second difference" and one["decision"] == "at once")
    assert at_once["by_factor"]["1.4"]["found"] == 1
    assert at_once["average_precision"] > 0.5


def test_a_folder_without_labels_is_refused_by_name(folder: Path) -> None:
    """Nothing can be compared there, and the message says so."""
    (folder / "labels.csv").unlink()
    done = CliRunner().invoke(app, ["--data", str(folder), "--out", str(folder / "out.json")])
    assert done.exit_code == 2
