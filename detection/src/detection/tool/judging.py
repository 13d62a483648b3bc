"""A file's channels fitted and judged, subsystem by subsystem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from detection.api import Calibration, ChannelInput, Detector, SubsystemJudgement
from detection.detector import conclude
from detection.files import FileError, Table, similar
from detection.fit import Nominal, fit_calibration
from detection.judge import Judged
from detection.series import LONGEST_STEP, SHORTEST_STEP, Series, prepare
from detection.types import Forecaster
from detection.words import counted, listed
from passwatch.contracts import AnomalyEvent, Verdict
from passwatch.mission import Mission

ALONE = "file"
"""The subsystem of channels that no mission places."""
FEWEST_NOMINAL = 20
"""Samples that a channel needs to be fitted: with fewer, its own noise would be news to it."""


@dataclass(frozen=True, slots=True)
class FileJudgement:
    """The verdict on a file: each subsystem's, and the evidence behind it."""

    verdict: Verdict
    reason: str | None
    subsystems: Mapping[str, SubsystemJudgement]
    evidence: Mapping[str, Sequence[Judged]]
    notes: Sequence[str]
    warnings: Sequence[str]

    @property
    def events(self) -> list[AnomalyEvent]:
        """All events, by time."""
        found = [event for judgement in self.subsystems.values() for event in judgement.events]
        return sorted(found, key=lambda event: (event.start, event.channel))


def check_cadence(cadence_ms: int, wanted_ms: int, whose: str) -> None:
    """Refuse a file that would be nothing but gaps.

    Raises:
        FileError: the file's cadence is not that of the calibration.
    """
    if not SHORTEST_STEP * wanted_ms <= cadence_ms <= LONGEST_STEP * wanted_ms:
        raise FileError(f"the file has a row every {cadence_ms / 1000:g} s, but {whose} is for {wanted_ms / 1000:g} s")


def inputs(table: Table, mission: Mission | None) -> dict[str, list[ChannelInput]]:
    """The file's channels by subsystem; the mission's channels that are not judged are left out.

    Raises:
        FileError: no channel is left.
    """
    found: dict[str, list[ChannelInput]] = {}
    for name, values in table.channels.items():
        known = mission.channel(name) if mission else None
        if known is None:
            channel = ChannelInput(name, "", table.timestamps, values, 0, len(values))
            found.setdefault(ALONE, []).append(channel)
        elif known.role == "judged":
            channel = ChannelInput(
                name, known.unit, table.timestamps, values, 0, len(values), known.limits, known.resolution
            )
            found.setdefault(known.subsystem, []).append(channel)
    if not found:
        raise FileError("the mission judges none of the file's channels")
    return found


def fit(
    table: Table,
    mission: Mission | None,
    cadence_ms: int,
    source: str,
    forecasters: Sequence[Forecaster],
    *,
    representative: bool = False,
) -> Calibration:
    """A calibration fitted on rows that are taken as nominal; a channel with too few values there gets none.

    ``representative``: these rows show all that is nominal.

    Raises:
        FileError: no channel has enough values there.
    """
    fleet = {}
    every: dict[str, tuple[Series, float | None]] = {}
    for subsystem, channels in inputs(table, mission).items():
        prepared = {c.name: (prepare(c, cadence_ms), c.resolution) for c in channels}
        every |= prepared
        group = {
            name: Nominal([series], step, representative)
            for name, (series, step) in prepared.items()
            if len(series) >= FEWEST_NOMINAL
        }
        if group:
            fleet[subsystem] = group
    if not fleet:
        most = max((len(series) for series, _ in every.values()), default=0)
        raise FileError(
            f"{source} hold at most {counted(most, 'value')} of a channel: to fit one takes {FEWEST_NOMINAL};"
            " see --nominal, --fit, --nominal-rows and --calibration"
        )
    return fit_calibration(mission.id if mission else ALONE, cadence_ms, source, [fleet], forecasters)


def judge(
    table: Table, mission: Mission | None, calibration: Calibration, forecasters: Sequence[Forecaster]
) -> FileJudgement:
    """Judge all rows of a file as one batch."""
    detector = Detector(calibration, forecasters)
    judgements: dict[str, SubsystemJudgement] = {}
    evidence: dict[str, Sequence[Judged]] = {}
    everything = inputs(table, mission)
    for subsystem, channels in everything.items():
        context = [other for name, others in everything.items() if name != subsystem for other in others]
        judged, forecast_s, score_s = detector.evidence(channels, context)
        evidence[subsystem] = judged
        judgements[subsystem] = conclude(judged, forecast_s, score_s)
    verdicts = [judgement.verdict for judgement in judgements.values()]
    verdict: Verdict = next((v for v in ("ANOMALY", "INSUFFICIENT_DATA") if v in verdicts), "NOMINAL")
    said = [f"{name}: {j.reason}" if len(judgements) > 1 else j.reason for name, j in judgements.items() if j.reason]
    return FileJudgement(verdict, "; ".join(said) or None, judgements, evidence, table.notes, table.warnings)


def unknown_columns(table: Table, mission: Mission) -> tuple[str, ...]:
    """Columns that the mission does not know, in words: they are judged without its units, limits and subsystems."""
    known = [channel.name for channel in mission.channels]
    unknown = [name for name in table.channels if mission.channel(name) is None]
    offered = [f"{name!r}{similar(name, known)}" for name in unknown]
    said = "judged without unit, limits, resolution and subsystem"
    return (f"mission {mission.id} does not know {listed(offered)}: {said}",) if unknown else ()


def uncalibrated_columns(table: Table, mission: Mission | None, calibration: Calibration) -> tuple[str, ...]:
    """Columns to be judged that a calibration does not know although it knows one of a similar name, in words."""
    judged = [channel.name for group in inputs(table, mission).values() for channel in group]
    known = list(calibration.channels)
    offered = [(name, similar(name, known)) for name in judged if name not in calibration.channels]
    found = [f"{name!r}{offer}" for name, offer in offered if offer]
    return (f"calibration {calibration.revision} does not know {listed(found)}",) if found else ()


def context_columns(table: Table, mission: Mission) -> tuple[str, ...]:
    """Columns that the mission says are context, in words."""
    names = [name for name in table.channels if (known := mission.channel(name)) and known.role == "context"]
    return (f"context of mission {mission.id}, not judged: {listed(names)}",) if names else ()


def windows_to_forecast(rows: int, channels: int, models: int) -> int:
    """About how many windows judging takes: a measure of progress, not a promise."""
    return rows * channels * models // 10
