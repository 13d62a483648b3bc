"""By which calibration a satellite is judged: what operation-server has said, otherwise what the mission ships."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from detection.api import Calibration, empty_calibration, load_calibration
from detection.calibration import with_revision
from passwatch.contracts import ActiveCalibration, CalibrationScope
from passwatch.mission import Mission


class CalibrationsUnavailable(Exception):
    """It is not known now which calibrations to judge by; trying again later may help."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The calibration to judge by, whom it was fitted for, and in words why it is not the one that was asked for."""

    calibration: Calibration
    scope: CalibrationScope
    problem: str | None = None


class CalibrationSource(Protocol):
    """Where calibrations come from."""

    def choose(self, mission: str, satellite_id: str) -> Chosen:
        """The calibration to judge this satellite by, as far as is known.

        Raises:
            CalibrationsUnavailable: nothing is known yet.
        """
        ...

    def catch_up(self) -> None:
        """Hear everything that was said before this call.

        Raises:
            CalibrationsUnavailable: it could not be heard.
        """
        ...


class CalibrationBook:
    """What has been said so far, over what the missions ship. Pure."""

    def __init__(self, shipped: Mapping[str, Calibration]) -> None:
        self._shipped = shipped
        self._said: dict[str, Calibration | str] = {}

    def take(self, message: ActiveCalibration) -> None:
        """From now on this holds for whom the message names; one that cannot be used is remembered with the reason."""
        if message.calibration is None:
            self._said.pop(message.key, None)
            return
        try:
            self._said[message.key] = usable(message.calibration)
        except ValueError as error:
            self._said[message.key] = f"the calibration {message.revision} of {message.key} cannot be used: {error}"

    def choose(self, mission: str, satellite_id: str) -> Chosen:
        """The satellite's own calibration, otherwise its mission's, otherwise the shipped one."""
        problems = []
        own = self._said.get(f"{mission}/{satellite_id}")
        if isinstance(own, Calibration):
            return Chosen(own, "satellite")
        if own is not None:
            problems.append(own)
        common = self._said.get(mission, self._shipped[mission])
        if isinstance(common, str):
            problems.append(common)
            common = self._shipped[mission]
        return Chosen(common, "mission", "; ".join(problems) or None)


def usable(content: dict[str, object]) -> Calibration:
    """The calibration with this content.

    Raises:
        ValueError: it is none that this version of the detector knows, or was changed after it was fitted.
    """
    calibration = msgspec.convert(content, Calibration)
    if with_revision(calibration).revision != calibration.revision:
        raise ValueError(f"the content does not match its revision {calibration.revision!r}")
    return calibration


def load_calibrations(missions: Mapping[str, Mission], folder: Path) -> dict[str, Calibration]:
    """The shipped calibration of each mission (``<folder>/<mission>.json``); an empty one where none is shipped.

    Raises:
        detection.api.CalibrationError: a file cannot be used.
    """
    found: dict[str, Calibration] = {}
    for mission in missions.values():
        path = folder / f"{mission.id}.json"
        found[mission.id] = (
            load_calibration(path) if path.exists() else empty_calibration(mission.id, mission.cadence_ms)
        )
    return found
