"""What is nominal for each channel of a mission: the numbers that turn evidence into a verdict.

A calibration is fitted on nominal telemetry (:mod:`detection.fit`), kept as one JSON file, and never changed by
judging.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from detection.confidence import NominalScores

Character = Literal["constant", "discrete", "slow", "smooth", "unpredictable"]


class CalibrationError(ValueError):
    """A calibration file cannot be used; the message names the file and what is wrong in it."""


class Bounds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where one statistic of a channel lies in nominal telemetry.

    ``low`` and ``high`` are thresholds: beyond them is an anomaly; None where that side is not judged. ``centre`` is
    its nominal median, strictly inside them.
    """

    centre: float
    low: float | None = None
    high: float | None = None


Tells = Literal["value", "move", "orbit", "orbit_move"]


class Teller(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What tells how large innovations get: ``what`` of a ``channel``.

    Its value now, its largest step lately, or the same of one period ago; ``edges`` divide what it tells into states,
    and in each innovations are ``scales`` times larger than usual.
    """

    what: Tells
    channel: str
    edges: list[float]
    scales: list[float]


class ViewCalibration(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One regression of a channel: on which other channels, the ``weights`` of all that it sees, and its error.

    Weights and the nominal error ``sigma`` are in the channels' spreads; ``teller`` is None where innovations are
    equally large everywhere.
    """

    context: list[str]
    weights: list[float]
    sigma: float
    teller: Teller | None = None

    @property
    def sees(self) -> frozenset[str]:
        """The channels without which it has nothing to say."""
        return frozenset((*self.context, *([self.teller.channel] if self.teller else [])))


class Relation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the satellite, the last period and its own past imply for a channel (:mod:`detection.relation`).

    ``period`` is in samples, 0 for none. ``views`` by name.
    """

    period: int
    views: dict[str, ViewCalibration]

    @property
    def context(self) -> frozenset[str]:
        """The channels that any of the views sees."""
        return frozenset(name for view in self.views.values() for name in view.context)


class ChannelCalibration(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One channel's nominal behaviour, fitted on ``samples`` nominal samples.

    ``level`` and ``spread`` (in the channel's unit) are the units in which forecasters see the channel. ``lags`` are
    the coefficients of its linear autoregression, oldest sample first (none for a constant channel), and ``sigma``
    that forecast's nominal error. ``model_sigma`` is each model's nominal error by lead (10 numbers). ``members``
    holds the bounds of each member's statistic. ``settled`` says whether the telemetry was enough to have shown every
    nominal regime; where it was not, evidence that stays or comes again is taken for a new regime. ``gap_errors`` say
    how far off a straight line across a gap of one sample, two and so on is, in the channel's unit. ``relation`` is
    there where the channel has settled and others tell of it. ``scores`` is the nominal distribution of its
    score, which says how sure a score makes one.
    """

    character: Character
    samples: int
    settled: bool
    level: float
    spread: float
    lags: list[float]
    sigma: float
    siblings: list[str]
    model_sigma: dict[str, list[float]]
    members: dict[str, Bounds]
    gap_errors: list[float] = []
    relation: Relation | None = None
    scores: NominalScores | None = None


class Calibration(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The calibration of a mission: ``revision`` identifies it, a hash of its content.

    ``source`` says what it was fitted on. ``models`` are the versions of the forecasters that it was fitted with;
    another version's forecasts are not judged by it.
    """

    mission: str
    cadence_ms: int
    source: str
    models: dict[str, str]
    channels: dict[str, ChannelCalibration]
    revision: str = ""


def empty_calibration(mission: str, cadence_ms: int) -> Calibration:
    """A calibration that knows no channel: only static limits are judged, and the verdict says so."""
    return with_revision(Calibration(mission=mission, cadence_ms=cadence_ms, source="none", models={}, channels={}))


def with_revision(calibration: Calibration) -> Calibration:
    """The same calibration, its revision set to the first 12 hex digits of its content's SHA-256."""
    content = msgspec.json.encode(msgspec.structs.replace(calibration, revision=""), order="sorted")
    return msgspec.structs.replace(calibration, revision=hashlib.sha256(content).hexdigest()[:12])


def load_calibration(path: Path) -> Calibration:
    """Read a calibration file.

    Raises:
        CalibrationError: the file cannot be read, is not a calibration, or was changed after it was fitted.
    """
    try:
        calibration = msgspec.json.decode(path.read_bytes(), type=Calibration)
    except (OSError, msgspec.MsgspecError) as error:
        raise CalibrationError(f"{path}: {error}") from error
    if with_revision(calibration).revision != calibration.revision:
        raise CalibrationError(f"{path}: the content does not match its revision {calibration.revision!r}")
    return calibration


def save_calibration(calibration: Calibration, path: Path) -> None:
    """Write a calibration file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(calibration, order="sorted"), indent=1) + b"\n")
