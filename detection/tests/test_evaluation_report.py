"""The evaluation on folders that are not as one would like them, and its report."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from detection.evaluation.baselines import BASELINES
from detection.evaluation.command import app
from detection.evaluation.dataset import DatasetError, Recording, load
from detection.evaluation.run import evaluate, judge
from detection.tool import weights

Arrays = dict[str, NDArray[np.float64]]
FORECASTERS = weights.forecasters(weights.repository(None))


def noise(count: int, seed: int = 1) -> NDArray[np.float64]:
    return np.random.default_rng(seed).standard_normal(count)


def write(folder: Path, arrays: Arrays, labels: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    named: dict[str, Any] = {f"{name}|value": values for name, values in arrays.items()}
    np.savez(folder / "set.npz", **named)
    if labels:
        (folder / "labels.csv").write_text(f"channel,anomalies\n{labels}\n")
    return folder


class Text(HTMLParser):
    """The words of a page, and how many pictures it has."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.words, self.pictures = "", 0
        self.feed(page.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.pictures += tag in {"svg", "div"} and ("role", "img") in attrs

    def handle_data(self, data: str) -> None:
        self.words += data if self.lasttag != "script" else ""


ODD = {
    "short train": (noise(5), noise(300)),
    "short test": (noise(400), noise(5)),
    "one sample": (noise(1), noise(1)),
    "constant": (np.ones(400), np.ones(300)),
    "huge": (1e100 * noise(400), np.linspace(-1e100, 1e100, 300)),
    "missing": (np.where(np.arange(400) % 7, noise(400), np.nan), np.where(np.arange(300) % 9, noise(300), np.nan)),
    "discrete": (noise(400).round(), noise(300).round()),
}


def test_the_report_has_every_channel_and_every_method(tmp_path: Path) -> None:
    """A picture per channel and one of the figures; found, missed and false events are counted."""
    test = noise(600, 2)
    test[300:330] += 30.0
    folder = write(
        tmp_path / "set",
        {"Z-1|train": noise(800), "Z-1|test": test, "new channel|train": noise(800), "new channel|test": noise(300, 3)},
        '"Z-1","[[300, 329], [500, 510]]"',
    )
    out = tmp_path / "out" / "figures.json"
    done = CliRunner().invoke(app, ["--data", str(folder), "--out", str(out)])
    assert done.exit_code == 0, done.output
    report = Text(out.with_suffix(".html"))
    assert report.pictures == 3
    for words in ("Z-1", "new channel", "not labelled", "1 missed", *(name.replace("_", " ") for name in BASELINES)):
        assert words in report.words
    assert json.loads(out.read_text())["predictions"].keys() == {"Z-1", "new channel"}


def test_the_report_states_the_gap_between_in_sample_and_out(tmp_path: Path) -> None:
    """File and page hold the same gap for each way of leaving out, of what is labelled; the other keys stay."""
    tests = {name: noise(600, seed) for seed, name in enumerate(("A-1", "A-2", "B-1", "C-1"), start=2)}
    for test in tests.values():
        test[300:330] += 30.0
    arrays = {f"{name}|train": noise(800, 9) for name in tests} | {f"{name}|test": t for name, t in tests.items()}
    folder = write(tmp_path / "set", arrays)
    rows = ('A-1,X,"[[300, 329]]"', 'A-2,Y,"[[300, 329]]"', 'B-1,Y,"[[500, 510]]"')
    (folder / "labels.csv").write_text("\n".join(("channel,spacecraft,anomalies", *rows, "")))
    out = tmp_path / "out.json"
    done = CliRunner().invoke(app, ["--data", str(folder), "--out", str(out)])
    assert done.exit_code == 0, done.output
    content, report = json.loads(out.read_text()), Text(out.with_suffix(".html"))
    assert content.keys() == {"predictions", "scores", "outcomes", "protocol"}
    protocol = content["protocol"]
    assert protocol["channels"] == 3
    assert protocol["shipped"]["f05"] == round(content["outcomes"]["passwatch"]["f05"], 4)
    assert protocol["gap"].keys() == {"spacecraft left out", "family left out", "channel left out"}
    assert "In sample, and out of it" in report.words
    for name, gap in protocol["gap"].items():
        assert gap == pytest.approx(protocol["best in sample"]["f05"] - protocol["nested"][name]["f05"], abs=1e-4)
        assert f"best rule, {name}" in report.words
        assert f"{gap:.3f}" in report.words


@pytest.mark.parametrize("labels", ["", '"A-1","[[300, 329]]"', '"A-1","[]"\n"B-1","[]"'], ids=["none", "one", "empty"])
def test_where_nothing_can_be_left_out_no_gap_is_stated(tmp_path: Path, labels: str) -> None:
    """Without labels, with one labelled channel or without a labelled event, neither file nor page speaks of it."""
    arrays = {f"{name}|{part}": noise(700, 4) for name in ("A-1", "B-1") for part in ("train", "test")}
    folder, out = write(tmp_path / "set", arrays, labels), tmp_path / "out.json"
    done = CliRunner().invoke(app, ["--data", str(folder), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "protocol" not in json.loads(out.read_text())
    assert "sample, and out" not in Text(out.with_suffix(".html")).words


@pytest.mark.parametrize(("train", "test"), ODD.values(), ids=ODD)
def test_odd_recordings_are_judged(train: NDArray[np.float64], test: NDArray[np.float64]) -> None:
    """Every method answers, with events inside the record and a score for each sample."""
    found = evaluate([Recording("odd", train, test, None)], FORECASTERS, lambda *_: None)
    for predictions in found.values():
        assert all(0 <= first <= last < len(test) for first, last in predictions["odd"].events)
    scores = found["passwatch"]["odd"].scores
    assert scores is not None
    assert len(scores) == len(test)


def test_odd_recordings_have_a_part_in_the_choice(tmp_path: Path) -> None:
    """A folder of nothing but odd recordings, all of them labelled, has its gap stated."""
    arrays = {
        f"{name}|{part}": one for name, two in ODD.items() for part, one in zip(("train", "test"), two, strict=True)
    }
    labels = "\n".join(f'"{name}","[[0, {min(9, len(test) - 1)}]]"' for name, (_, test) in ODD.items())
    folder, out = write(tmp_path / "odd", arrays, labels), tmp_path / "out.json"
    done = CliRunner().invoke(app, ["--data", str(folder), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert json.loads(out.read_text())["protocol"]["gap"].keys() >= {"channel left out"}


def test_missing_samples_do_not_move_events() -> None:
    """Events are counted in samples of the array, however many of them are missing."""
    test = noise(600, 2)
    test[400:430] += 30.0
    holes = test.copy()
    holes[100:150] = np.nan
    whole, broken = (judge(Recording("a", noise(2000), values, None), FORECASTERS).events for values in (test, holes))
    assert whole[-1] == broken[-1]
    assert whole[-1][0] == 400


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"a|train": noise(9)}, r"'a\|test\|value' is missing"),
        ({"a|train": noise(9), "a|test": np.empty(0)}, "a: test is empty"),
        ({"a|train": np.full(9, np.nan), "a|test": noise(9)}, "a: train holds no number"),
        ({"a|train": noise(9).reshape(3, 3), "a|test": noise(9)}, r"a: train \(3, 3\)"),
    ],
)
def test_what_is_wrong_with_an_array_is_said(tmp_path: Path, arrays: Arrays, said: str) -> None:
    """The error names the folder, the channel and the fault, and the command's exit status is 2."""
    folder = write(tmp_path / "bad", arrays)
    with pytest.raises(DatasetError, match=said) as error:
        load(folder)
    assert str(folder) in str(error.value)
    assert CliRunner().invoke(app, ["--data", str(folder), "--out", str(tmp_path / "o.json")]).exit_code == 2


def test_a_file_that_is_no_archive_is_named(tmp_path: Path) -> None:
    """The error names the file that cannot be read."""
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(DatasetError, match=r"a\.npz"):
        load(tmp_path)
