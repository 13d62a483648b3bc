"""Where telemetry comes from and how its series are written: one satellite of one mission, and its sets of channels."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import orjson
from numpy.typing import NDArray

from passwatch.mission import Channel, Mission
from passwatch.names import metric_name
from passwatch.scale import SMALLEST, largest_magnitude


class Layout:
    """The channels of a chunk, in the chunk's order, with what is the same for all chunks that have just these.

    ``keys`` (uint64, one per channel) tell the channels apart in record hashes; ``prefixes`` begin their import lines.
    ``largest`` ([channels, 1]) are the largest absolute values that are stored.
    """

    __slots__ = ("keys", "largest", "names", "prefixes")

    def __init__(self, mission_id: str, satellite_id: str, channels: Sequence[Channel]) -> None:
        names = self.names = tuple(channel.name for channel in channels)
        self.largest: NDArray[np.float64] = np.array([[largest_magnitude(channel)] for channel in channels])
        self.keys: NDArray[np.uint64] = np.array([channel_key(name) for name in names], dtype=np.uint64)
        self.prefixes = [series_prefix(mission_id, satellite_id, name) for name in names]

    def beyond_scale(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which samples ([channels, n], nan where missing) the storage cannot hold beside their neighbours."""
        size = np.abs(values)
        return (size > self.largest) | ((size < SMALLEST) & (size > 0))


class Source:
    """A satellite that the door has admitted, and the layouts it has sent; layouts are made once."""

    __slots__ = ("_layouts", "mission", "satellite_id")

    MAX_LAYOUTS = 1_000

    def __init__(self, mission: Mission, satellite_id: str) -> None:
        self.mission = mission
        self.satellite_id = satellite_id
        self._layouts: dict[tuple[str, ...], Layout] = {}

    def layout(self, names: tuple[str, ...]) -> Layout | None:
        """The layout of these channels; None if the mission does not know one of them, or if there is none."""
        try:
            return self._layouts[names]
        except KeyError:
            return self._admit(names)

    def _admit(self, names: tuple[str, ...]) -> Layout | None:
        channels = [channel for name in names if (channel := self.mission.channel(name)) is not None]
        if not names or len(channels) < len(names):
            return None
        if len(self._layouts) >= self.MAX_LAYOUTS:
            self._layouts.clear()
        layout = self._layouts[names] = Layout(self.mission.id, self.satellite_id, channels)
        return layout


def channel_key(name: str) -> int:
    """A 64-bit key of a channel's name, the same in every process and release."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def series_prefix(mission_id: str, satellite_id: str, channel: str) -> bytes:
    """An import line up to its first value.

    >>> series_prefix("default", "SAT-001", "altitude")
    b'{"metric":{"__name__":"satellite_altitude","mission":"default","satellite_id":"SAT-001"},"values":['
    """
    labels = {"__name__": metric_name(channel), "mission": mission_id, "satellite_id": satellite_id}
    return b'{"metric":' + orjson.dumps(labels) + b',"values":['
