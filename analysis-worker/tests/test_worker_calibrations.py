"""By which calibration and by which versions of the models a satellite is judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from analysis_worker.calibrations import CalibrationBook, load_calibrations
from analysis_worker.models import PATIENCE_S, ServedModels
from detection.api import Calibration, Forecaster, ForecasterUnavailable, empty_calibration
from detection.calibration import with_revision
from passwatch.contracts import ActiveCalibration
from passwatch.mission import load_missions

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = load_calibrations(load_missions(ROOT / "missions"), ROOT / "missions/calibration")


def calibration(source: str) -> Calibration:
    """A calibration that can be told apart by its source."""
    return with_revision(msgspec.structs.replace(empty_calibration("default", 30_000), source=source))


def said(content: Calibration | None, satellite: str | None = None) -> ActiveCalibration:
    """The message, as it comes through JSON."""
    message = ActiveCalibration(
        mission="default",
        satellite_id=satellite,
        revision=None if content is None else content.revision,
        calibration=None if content is None else msgspec.to_builtins(content),
    )
    return msgspec.json.decode(msgspec.json.encode(message), type=ActiveCalibration)


def test_a_satellite_without_its_own_is_judged_by_what_is_shipped() -> None:
    """Before anything was said, the mission's shipped calibration holds, and it is said whose it is."""
    chosen = CalibrationBook(SHIPPED).choose("default", "SAT-1")
    assert (chosen.calibration, chosen.scope, chosen.problem) == (SHIPPED["default"], "mission", None)


def test_the_narrowest_that_was_said_holds() -> None:
    """A satellite's own goes before its mission's, that before the shipped one; taken back, the wider one holds."""
    book = CalibrationBook(SHIPPED)
    common, own = calibration("common"), calibration("own")
    book.take(said(own, "SAT-1"))
    book.take(said(common))
    assert book.choose("default", "SAT-1").calibration == own
    assert book.choose("default", "SAT-1").scope == "satellite"
    assert book.choose("default", "SAT-2").calibration == common
    assert book.choose("simple", "SAT-1").calibration == SHIPPED["simple"]
    book.take(said(None, "SAT-1"))
    assert book.choose("default", "SAT-1").calibration == common


def test_the_last_word_holds() -> None:
    """Of two messages for the same scope the later one counts."""
    book = CalibrationBook(SHIPPED)
    for source in ("first", "second"):
        book.take(said(calibration(source), "SAT-1"))
    assert book.choose("default", "SAT-1").calibration.source == "second"


def test_the_shipped_calibrations_survive_the_way_through_the_topic() -> None:
    """Every number comes through JSON unchanged: the revision, a hash of them all, still fits."""
    book = CalibrationBook(SHIPPED)
    for content in SHIPPED.values():
        message = ActiveCalibration(
            mission=content.mission,
            satellite_id="SAT-1",
            revision=content.revision,
            calibration=msgspec.json.decode(msgspec.json.encode(content)),
        )
        book.take(msgspec.json.decode(msgspec.json.encode(message), type=ActiveCalibration))
        assert book.choose(content.mission, "SAT-1").calibration == content


def test_one_that_cannot_be_used_is_said_and_not_judged_by() -> None:
    """Content that was tampered with, or of another form, leaves the wider calibration in force, with the reason."""
    for broken in ({"mission": "default"}, msgspec.to_builtins(calibration("own")) | {"source": "other"}):
        book = CalibrationBook(SHIPPED)
        message = ActiveCalibration(mission="default", satellite_id="SAT-1", revision="abc", calibration=broken)
        book.take(message)
        chosen = book.choose("default", "SAT-1")
        assert chosen.calibration == SHIPPED["default"]
        assert "abc of default/SAT-1 cannot be used" in (chosen.problem or "")


@dataclass
class OneVersion:
    """A forecaster of one version."""

    model: str
    version: str

    def forecast(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        raise AssertionError(windows)


@dataclass
class Served:
    """A model of which some versions are served, the newest last."""

    model: str
    versions: list[str]

    def at(self, version: str | None) -> Forecaster:
        return OneVersion(self.model, version if version in self.versions else self.versions[-1])


@dataclass
class Clock:
    now: float = 0.0
    models: list[Served] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now


def test_each_model_is_asked_for_the_version_of_the_calibration() -> None:
    """Of several served versions the one that the calibration names judges, not the newest."""
    models = ServedModels([Served("vae", ["old", "new"]), Served("transformer", ["old", "new"])])
    wanted = {"vae": "old", "transformer": "new"}
    forecasters = models.at(wanted)
    assert {f.model: f.version for f in forecasters} == wanted
    assert models.missing(wanted, forecasters) is None
    assert [f.model for f in models.at(wanted, "vae")] == ["vae"]


def test_a_version_that_is_not_served_is_waited_for_and_then_done_without() -> None:
    """A server that was started a moment ago gets time to load it; after that the other members judge alone."""
    clock = Clock()
    models = ServedModels([Served("vae", ["old"])], clock.monotonic)
    wanted = {"vae": "new"}
    forecasters = models.at(wanted)
    for clock.now in (0.0, PATIENCE_S - 1):
        with pytest.raises(ForecasterUnavailable, match="vae is served as old, not as new"):
            models.wait_for(wanted, forecasters)
    clock.now = PATIENCE_S + 1
    models.wait_for(wanted, forecasters)


def test_the_patience_begins_anew_after_the_version_was_served() -> None:
    """A version that was there in between is waited for again as long as the first time."""
    clock = Clock()
    served = Served("vae", ["old"])
    models = ServedModels([served], clock.monotonic)
    with pytest.raises(ForecasterUnavailable):
        models.wait_for({"vae": "new"}, models.at({"vae": "new"}))
    served.versions.append("new")
    models.missing({"vae": "new"}, models.at({"vae": "new"}))
    served.versions.remove("new")
    clock.now = PATIENCE_S + 1
    with pytest.raises(ForecasterUnavailable):
        models.wait_for({"vae": "new"}, models.at({"vae": "new"}))
