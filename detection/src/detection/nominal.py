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
class NominalGroup:
    """Channels of one subsystem, each with one series of each of ``satellites``, in their order."""

    satellites: tuple[str, ...]
    channels: dict[str, Nominal]

    @property
    def samples(self) -> dict[str, int]:
        """How many samples each channel has."""
        return {name: sum(map(len, nominal.series)) for name, nominal in self.channels.items()}


def nominal_groups(
    found: Mapping[str, Mapping[str, Samples]], channels: Mapping[str, Channel], cadence_ms: int
) -> list[NominalGroup]:
    """The groups in which the channels of one subsystem are fitted; ``found`` is by satellite and channel name.

    Channels are siblings where they come from the same satellites, so satellites that have the same channels make a
    group. A channel that is in several groups is kept in the one with most telemetry: satellites that lack some of the
    channels that others have take no part, unless nobody else has theirs.
    """
    alike: dict[frozenset[str], list[str]] = {}
    for satellite in sorted(found):
        names = frozenset(name for name, (times, _) in found[satellite].items() if len(times) and name in channels)
        if names:
            alike.setdefault(names, []).append(satellite)

    def size(names: frozenset[str]) -> int:
        return sum(len(found[satellite][name][0]) for satellite in alike[names] for name in names)

    groups: list[NominalGroup] = []
    taken: set[str] = set()
    for names in sorted(alike, key=size, reverse=True):
        new = [name for name in channels if name in names - taken]
        if new:
            satellites = tuple(alike[names])
            groups.append(
                NominalGroup(satellites, {n: _nominal(found, satellites, channels[n], cadence_ms) for n in new})
            )
            taken |= names
    return groups


def _nominal(
    found: Mapping[str, Mapping[str, Samples]], satellites: tuple[str, ...], channel: Channel, cadence_ms: int
) -> Nominal:
    series = [
        prepare(ChannelInput(channel.name, channel.unit, *found[satellite][channel.name], 0, 0), cadence_ms)
        for satellite in satellites
    ]
    return Nominal(series, channel.resolution)
