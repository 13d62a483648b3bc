"""The evaluation: the metric's definition, the folder's format, and causal judgement."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from detection.evaluation.baselines import BASELINES
from detection.evaluation.command import app
from detection.evaluation.dataset import DatasetError, load
from detection.evaluation.metric import Counts, count, delays, interval


def write(folder: Path, labels: str | None = None) -> np.ndarray:
    """A folder with one channel of noise whose test array jumps at 300."""
    rng = np.random.default_rng(1)
    test = rng.standard_normal(600)
    test[300:330] += 30.0
    arrays = {"Z-1|train|value": rng.standard_normal(800), "Z-1|test|value": test}
    np.savez(folder / "set.npz", allow_pickle=False, **arrays)
    if labels is not None:
        (folder / "labels.csv").write_text(f'channel,spacecraft,n_train,n_test,anomalies\nZ-1,X,800,600,"{labels}"\n')
    return test


def test_flagging_everything_scores_nothing() -> None:
    """One event over the whole record finds every label and leaves no nominal sample in peace: F0.5 is 0."""
    counts = count([(10, 20)], [(0, 99)], 100)
    assert (counts.recall, counts.precision, counts.true_negative_rate, counts.f05) == (1.0, 1.0, 0.0, 0.0)


def test_the_exact_events_score_one() -> None:
    """Predicting the labels themselves is perfect, and without delay."""
    events = [(10, 20), (50, 50)]
    assert count(events, events, 100).f05 == 1.0
    assert delays(events, events) == [0, 0]


def test_figures_follow_their_definition() -> None:
    """TP are labels touched, FP predictions touching none, TNR is over samples; spans are inclusive."""
    counts = count([(10, 19), (40, 49)], [(19, 24), (60, 69)], 100)
    assert counts == Counts(found=1, missed=1, false=1, nominal=80, flagged_nominal=15)
    corrected = 0.5 * (1 - 15 / 80)
    assert counts.f05 == pytest.approx(1.25 * corrected * 0.5 / (0.25 * corrected + 0.5))
    assert delays([(10, 19)], [(14, 24)]) == [4]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=6))
def test_the_interval_encloses_channels_that_are_all_alike(parts: list[tuple[int, int, int]]) -> None:
    """Bounds are ordered and within 0 and 1; of equal channels they are the score itself."""
    channels = [Counts(f, m, x, 100, 5) for f, m, x in parts]
    low, high = interval(channels, draws=50)
    assert 0.0 <= low <= high <= 1.0
    same = interval([channels[0]] * 4, draws=20)
    assert same == pytest.approx((channels[0].f05, channels[0].f05))


def test_a_folder_of_the_format_is_judged_and_scored(tmp_path: Path) -> None:
    """The command writes events and scores by channel, and figures beside the baselines where labels are there."""
    write(tmp_path, "[[300, 329]]")
    out = tmp_path / "out.json"
    done = CliRunner().invoke(app, ["--data", str(tmp_path), "--out", str(out), "--models", models()])
    assert done.exit_code == 0, done.output
    content = json.loads(out.read_text())
    assert any(first <= 329 and last >= 300 for first, last in content["predictions"]["Z-1"])
    assert len(content["scores"]["Z-1"]) == 600
    assert set(content["outcomes"]) == {"passwatch", *BASELINES}
    assert content["outcomes"]["passwatch"]["recall"] == 1.0


def test_a_folder_without_labels_is_judged_all_the_same(tmp_path: Path) -> None:
    """Predictions need no labels."""
    write(tmp_path)
    out = tmp_path / "out.json"
    done = CliRunner().invoke(app, ["--data", str(tmp_path), "--out", str(out), "--models", models()])
    assert done.exit_code == 0, done.output
    assert json.loads(out.read_text())["outcomes"] == {}


def test_what_is_wrong_with_a_folder_is_said(tmp_path: Path) -> None:
    """No arrays, a label out of range, a label that cannot be read: each error names its file."""
    with pytest.raises(DatasetError, match=r"no \.npz file"):
        load(tmp_path)
    write(tmp_path, "[[590, 700]]")
    with pytest.raises(DatasetError, match="outside its 600 samples"):
        load(tmp_path)
    write(tmp_path, "not json")
    with pytest.raises(DatasetError, match="line 2"):
        load(tmp_path)


@pytest.mark.parametrize("name", BASELINES)
def test_baselines_are_causal(name: str) -> None:
    """A baseline's flags on a truncated test array are the prefix of those on the whole."""
    rng = np.random.default_rng(4)
    train, test = rng.standard_normal(500), rng.standard_normal(400)
    test[200:220] += 20.0
    whole = BASELINES[name](train, test)
    assert whole[200:220].any()
    assert BASELINES[name](train, test[:250]).tolist() == whole[:250].tolist()


def models() -> str:
    return str(Path(__file__).resolve().parents[2] / "triton-models" / "models")
