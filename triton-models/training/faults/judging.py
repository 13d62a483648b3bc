"""PlannedFault faults and nominal satellites judged by the detector, member by member."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from batch_simulator.generate import generate
from detection.api import ChannelInput, Detector
from detection.events import spans
from detection.evidence import forecaster_of
from detection.judge import THRESHOLD, Judged
from passwatch.mission import Mission
from training.faults.inject import number, record
from training.faults.loss import Loss
from training.faults.plan import CADENCE_MS, LEAD, PlannedFault, Split

DAY_MS = 86_400_000
NOMINAL_DAYS = 2
"""Days of each nominal satellite."""
_START_MS = 1_767_225_600_000
_APART_MS = 6 * DAY_MS + 3_600_000
"""Nominal satellites fly at times of the year, and of the day, of their own."""

Flags = NDArray[np.bool_]


class FaultOutcome(Struct, frozen=True, kw_only=True):
    """What became of one fault.

    ``channel`` is the one that it moves most, by ``peak`` sigmas, and ``at_3`` and ``at_6`` of its samples by so many.
    ``delays`` is by member the samples from the fault's start to the first that is flagged on a channel which the
    fault moves, while it lasts; without those members that never flag one. ``elsewhere`` counts other channels that
    were flagged in that time.
    """

    id: str
    kind: str
    channel: str
    peak: float
    at_3: int
    at_6: int
    samples: int
    delays: dict[str, int]
    elsewhere: int

    def delay(self, members: frozenset[str]) -> int | None:
        """Samples until one of these members found it; None if none did."""
        found = [delay for member, delay in self.delays.items() if member in members]
        return min(found, default=None)


class NominalOutcome(Struct, frozen=True, kw_only=True):
    """One nominal satellite: its ``days``, its events ``by_channel``, and how many there are ``without`` each member
    and of it ``alone``."""

    satellite: str
    days: float
    events: int
    by_channel: dict[str, int]
    without: dict[str, int]
    alone: dict[str, int]


def judge_fault(
    detector: Detector, mission: Mission, fault: PlannedFault, sigma: Mapping[str, float], loss: Loss
) -> FaultOutcome:
    """Judge the subsystems that the fault moves, causally, in what arrives of its satellite's telemetry."""
    found = record(mission, fault, sigma)
    moved = [effect.channel for effect in fault.effects]
    right = moved if mission.channel(fault.target) is None else [fault.target]
    strongest = next((effect for effect in fault.effects if effect.channel in right), None)
    delays: dict[str, int] = {}
    elsewhere = 0
    kept = loss.kept(fault.id, len(found.timestamps))
    kept[: LEAD - detector.history_samples] = False
    begin = fault.start_ms + LEAD * CADENCE_MS
    everything = _inputs(mission, found.timestamps, found.channels, LEAD, kept)
    for subsystem in {_subsystem(mission, channel) for channel in moved}:
        for judged in detector.evidence(everything[subsystem], _others(everything, subsystem))[0]:
            into = (judged.series.timestamps - begin) // CADENCE_MS
            inside = (into >= 0) & (into < fault.samples)
            if judged.channel.name not in moved:
                elsewhere += bool(judged.flags[inside].any())
            elif judged.channel.name in right:
                for member, flags in _flags(judged).items():
                    caught = into[flags & inside]
                    if len(caught):
                        delays[member] = min(int(caught[0]), delays.get(member, fault.samples))
    return FaultOutcome(
        id=fault.id,
        kind=fault.kind,
        channel=strongest.channel if strongest else fault.target,
        peak=strongest.peak if strongest else 0.0,
        at_3=strongest.at_3 if strongest else 0,
        at_6=strongest.at_6 if strongest else 0,
        samples=fault.samples,
        delays=delays,
        elsewhere=elsewhere,
    )


def judge_nominal(detector: Detector, mission: Mission, split: Split, place: int, loss: Loss) -> NominalOutcome:
    """Judge what arrives of one nominal satellite that nothing was fitted on, with the history that is asked for."""
    history = detector.history_samples
    count = NOMINAL_DAYS * DAY_MS // CADENCE_MS
    name = f"{split.upper()}-NOMINAL-{place:03d}"
    begin = _START_MS + place * _APART_MS - history * CADENCE_MS
    telemetry = generate(mission, name, begin, history + count, CADENCE_MS / 1000, number(name))
    events, without, alone = dict[str, int](), dict[str, int](), dict[str, int]()
    kept = loss.kept(name, history + count)
    everything = _inputs(mission, telemetry.timestamps, telemetry.channels, history, kept)
    for subsystem in mission.subsystems:
        for judged in detector.evidence(everything[subsystem], _others(everything, subsystem))[0]:
            flags, first = _flags(judged), judged.series.first
            found = len(spans(np.any(list(flags.values()), axis=0), first))
            if found:
                events[judged.channel.name] = found
            for member, own in flags.items():
                rest = [other for another, other in flags.items() if another != member]
                left = len(spans(np.any(rest, axis=0), first)) if rest else 0
                without[member] = without.get(member, 0) + left
                alone[member] = alone.get(member, 0) + len(spans(own, first))
    return NominalOutcome(
        satellite=name,
        days=float(NOMINAL_DAYS),
        events=sum(events.values()),
        by_channel=events,
        without=without,
        alone=alone,
    )


def _flags(judged: Judged) -> dict[str, Flags]:
    """Which samples each member flags; all of a forecaster's statistics are one member."""
    found: dict[str, Flags] = {}
    for statistic, ratio in judged.ratios.items():
        member = forecaster_of(statistic)
        flags = np.asarray(ratio > THRESHOLD, dtype=np.bool_)
        found[member] = found[member] | flags if member in found else flags
    return found


def _subsystem(mission: Mission, name: str) -> str:
    channel = mission.channel(name)
    if channel is None:
        raise ValueError(f"the mission has no channel {name}")
    return channel.subsystem


def _inputs(
    mission: Mission,
    timestamps: NDArray[np.int64],
    channels: Mapping[str, NDArray[np.float64]],
    judged_from: int,
    kept: Flags,
) -> dict[str, list[ChannelInput]]:
    """The judged channels by subsystem, of the records that are ``kept``."""
    found: dict[str, list[ChannelInput]] = {}
    for channel in mission.channels:
        if channel.role == "judged":
            one = ChannelInput(
                channel.name,
                channel.unit,
                timestamps[kept],
                channels[channel.name][kept],
                int(kept[:judged_from].sum()),
                len(timestamps) - judged_from,
                channel.limits,
                channel.resolution,
            )
            found.setdefault(channel.subsystem, []).append(one)
    return found


def _others(everything: Mapping[str, Sequence[ChannelInput]], subsystem: str) -> list[ChannelInput]:
    return [one for name, channels in everything.items() if name != subsystem for one in channels]
