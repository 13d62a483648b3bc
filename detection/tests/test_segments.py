"""Labelled segments: read, converted, judged in their order, ranked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from detection.evaluation.dataset import DatasetError
from detection.evaluation.segments.command import app
from detection.evaluation.segments.dataset import load
from detection.evaluation.segments.ranking import macro, rank
from detection.types import Floats

LENGTH = 200


def wave(begin: int, rng: np.random.Generator) -> Floats:
    return np.asarray(np.sin(np.arange(begin, begin + LENGTH) / 9.0) + rng.normal(0.0, 0.02, LENGTH), dtype=np.float64)


def arrays(count: int = 30, *, labels: bool = True) -> dict[str, Any]:
    """Two channels in turn; the second half is to be judged, and every seventh segment of it holds a jump."""
    rng = np.random.default_rng(5)
    parts = [wave(LENGTH * (i // 2), rng) for i in range(count)]
    train = np.arange(count) < count // 2
    anomaly = ~train & (np.arange(count) % 7 == 0)
    for i in np.flatnonzero(anomaly):
        parts[i][80:110] += 6.0
    found: dict[str, Any] = {
        "values": np.concatenate(parts).astype(np.float32),
        "offset": np.arange(count + 1, dtype=np.int32) * LENGTH,
        "segment": np.arange(count, dtype=np.int32) + 100,
        "channel": np.array([f"C{i % 2}" for i in range(count)]),
        "sampling": np.full(count, 5, np.int8),
        "train": train.astype(np.int8),
    }
    return found | ({"anomaly": anomaly.astype(np.int8)} if labels else {})


def save(folder: Path, content: dict[str, Any]) -> Path:
    np.savez(folder / "segments.npz", **content)
    return folder


def test_segments_are_judged_and_ranked(tmp_path: Path) -> None:
    """Every segment to judge has a score, those with a jump score above the threshold, the others below."""
    content = arrays()
    out = tmp_path / "out.json"
    done = CliRunner().invoke(app, ["evaluate", "--data", str(save(tmp_path, content)), "--out", str(out)])
    assert done.exit_code == 0, done.output
    written = json.loads(out.read_text())
    judged = {str(n) for n, train in zip(content["segment"], content["train"], strict=True) if not train}
    anomalous = {str(n) for n, odd in zip(content["segment"], content["anomaly"], strict=True) if odd}
    assert written["scores"].keys() == judged
    assert {name for name, score in written["scores"].items() if score > written["threshold"]} == anomalous
    assert "AUC-PR" in done.output


def test_labels_decide_nothing_but_what_is_fitted_on(tmp_path: Path) -> None:
    """Without labels, scores are all there is; they are those that the same nominal training segments give."""
    scores = []
    for labels in (True, False):
        folder = tmp_path / str(labels)
        folder.mkdir()
        save(folder, arrays(labels=labels))
        done = CliRunner().invoke(app, ["evaluate", "--data", str(folder), "--out", str(folder / "out.json")])
        assert done.exit_code == 0, done.output
        assert ("AUC-PR" in done.output) == labels
        scores.append((folder / "out.json").read_bytes())
    assert scores[0] == scores[1]


def test_later_segments_change_no_earlier_score(tmp_path: Path) -> None:
    """Each is judged with what came before it, and with nothing else."""
    scores = []
    for count in (30, 28):
        content = arrays()
        content = {
            name: value[: LENGTH * count] if name == "values" else value[: count + (name == "offset")]
            for name, value in content.items()
        }
        folder = tmp_path / str(count)
        folder.mkdir()
        save(folder, content)
        CliRunner().invoke(app, ["evaluate", "--data", str(folder), "--out", str(folder / "out.json")])
        scores.append(json.loads((folder / "out.json").read_text())["scores"])
    assert {name: scores[0][name] for name in scores[1]} == scores[1]


def test_a_channel_without_nominal_segments_is_said(tmp_path: Path) -> None:
    """Its segments score 0, the others are judged."""
    content = arrays()
    content["train"] = content["train"] * (content["channel"] == "C0")
    out = tmp_path / "out.json"
    done = CliRunner().invoke(app, ["evaluate", "--data", str(save(tmp_path, content)), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "C1 at 5 s: no nominal segment to fit on" in done.output
    scores = json.loads(out.read_text())["scores"]
    assert {scores[str(n)] for n, c in zip(content["segment"], content["channel"], strict=True) if c == "C1"} == {0.0}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"offset": None}, "no array offset"),
        ({"train": np.zeros(3, np.int8)}, r"train is \(3,\), and 30 segments"),
        ({"offset": np.zeros(31, np.int32)}, "offset must rise from 0"),
        ({"segment": np.zeros(30, np.int32)}, "the same number"),
    ],
)
def test_what_is_no_such_file_is_refused_by_name(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    """The message names the file and the array."""
    content = {name: value for name, value in (arrays() | change).items() if value is not None}
    with pytest.raises(DatasetError, match=said) as refused:
        load(save(tmp_path, content))
    assert "segments.npz" in str(refused.value)


def test_the_official_files_are_converted(tmp_path: Path) -> None:
    """A row a sample becomes a segment of its samples; a row that cannot be read is named."""
    source = tmp_path / "segments.csv"
    source.write_text(
        "timestamp,channel,value,label,segment,sampling,train,anomaly\n"
        "t,A,1.5,n,7,5,1,0\nt,A,2.5,n,7,5,1,0\nt,B,-1,n,9,1,0,1\n"
    )
    done = CliRunner().invoke(app, ["convert", "--source", str(tmp_path), "--target", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    first, second = load(tmp_path / "out")
    assert (first.number, first.channel, first.sampling, first.train, first.anomaly) == (7, "A", 5, True, False)
    assert (second.number, second.channel, second.sampling, second.train, second.anomaly) == (9, "B", 1, False, True)
    assert (first.values.tolist(), second.values.tolist()) == ([1.5, 2.5], [-1.0])
    source.write_text(source.read_text() + "t,B,x,n,9,1,0,1\n")
    done = CliRunner().invoke(app, ["convert", "--source", str(tmp_path), "--target", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "line 5" in done.output


def test_figures_are_the_textbooks() -> None:
    """Two anomalous of four, ranked first and third: average precision (1 + 2/3)/2, three of four pairs right."""
    found = rank(np.array([4.0, 3.0, 2.0, 1.0]), np.array([True, False, True, False]), 2.5)
    assert found.auc_pr == pytest.approx((1 + 2 / 3) / 2)
    assert (found.auc_roc, found.f1, found.precision, found.recall) == (0.75, 0.5, 0.5, 0.5)


def test_a_class_that_is_missing_has_no_figure_and_no_part_in_the_mean() -> None:
    """One group of nominal segments alone leaves the mean of the areas to the other."""
    both = rank(np.array([1.0, 0.0]), np.array([True, False]), 0.5)
    nominal = rank(np.array([1.0, 0.0]), np.array([False, False]), 2.0)
    assert np.isnan(nominal.auc_roc)
    assert np.isnan(nominal.auc_pr)
    assert macro([both, nominal]).auc_roc == 1.0


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
def test_the_area_is_the_part_of_pairs_ranked_rightly(rows: list[tuple[int, bool]]) -> None:
    """By its definition, pair by pair, ties counting half."""
    scores, labels = np.array([float(s) for s, _ in rows]), np.array([odd for _, odd in rows])
    found = rank(scores, labels, 2.5).auc_roc
    pairs = [(a, b) for a, odd in zip(scores, labels, strict=True) if odd for b in scores[~labels]]
    if not pairs:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(np.mean([(a > b) + (a == b) / 2 for a, b in pairs]))
