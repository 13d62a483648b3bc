"""Stored telemetry as what a calibration is fitted on: which channels of which satellites belong together. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from detection.fit import Nominal
from detection.series import prepare
from detection.types import ChannelInput, Floats, Times
from passwatch.mission import Channel

Samples = tuple[Times, Floats]
"""Timestamps (ms, rising) and as many values."""


@dataclass(frozen=True, slots=True)
class NominalFleet:
    """Channels by subsystem, each with one series of each of ``satellites``, in their order."""

    satellites: tuple[str, ...]
    subsystems: dict[str, dict[str, Nominal]]

    @property
    def samples(self) -> dict[str, int]:
        """How many samples each channel has."""
        channels = (item for group in self.subsystems.values() for item in group.items())
        return {name: sum(map(len, nominal.series)) for name, nominal in channels}


def nominal_fleets(
    found: Mapping[str, Mapping[str, Samples]], channels: Mapping[str, Channel], cadence_ms: int
) -> list[NominalFleet]:
    """The fleets in which a mission's channels are fitted; ``found`` is by satellite and channel name.

    Channels tell of one another where they come from the same satellites, so satellites that have the same channels
    make a fleet. A channel that is in several is kept in the one with most telemetry: satellites that lack some of the
    channels that others have take no part, unless nobody else has theirs.
    """
    alike: dict[frozenset[str], list[str]] = {}
    for satellite in sorted(found):
        names = frozenset(name for name, (times, _) in found[satellite].items() if len(times) and name in channels)
        if names:
            alike.setdefault(names, []).append(satellite)

    def size(names: frozenset[str]) -> int:
        return sum(len(found[satellite][name][0]) for satellite in alike[names] for name in names)

    fleets: list[NominalFleet] = []
    taken: set[str] = set()
    for names in sorted(alike, key=size, reverse=True):
        new = [name for name in channels if name in names - taken]
        if new:
            satellites = tuple(alike[names])
            subsystems: dict[str, dict[str, Nominal]] = {}
            for name in new:
                channel = channels[name]
                nominal = _nominal(found, satellites, channel, cadence_ms)
                subsystems.setdefault(channel.subsystem, {})[name] = nominal
            fleets.append(NominalFleet(satellites, subsystems))
            taken |= names
    return fleets


def _nominal(
    found: Mapping[str, Mapping[str, Samples]], satellites: tuple[str, ...], channel: Channel, cadence_ms: int
) -> Nominal:
    series = [
        prepare(ChannelInput(channel.name, channel.unit, *found[satellite][channel.name], 0, 0), cadence_ms)
        for satellite in satellites
    ]
    return Nominal(series, channel.resolution)
