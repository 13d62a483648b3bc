"""Where telemetry comes from and how its series are written: one satellite of one mission, and its sets of channels."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import orjson
from numpy.typing import NDArray

from passwatch.contracts import Stream
from passwatch.mission import Channel, Mission
from passwatch.names import metric_name
from passwatch.scale import SMALLEST, largest_magnitude
from victoria_consumer.domain.takes import StreamKey


class Layout:
    """The channels of a chunk, in the chunk's order, with what is the same for all chunks that have just these.

    ``keys`` (uint64, one per channel) distinguish the channels in record hashes.
    ``largest`` ([channels, 1]) are the largest absolute values that are stored. ``most_records`` is how many records a
    batch of these channels may have.
    """

    __slots__ = ("_prefixes", "_source", "keys", "largest", "most_records", "names")

    def __init__(self, source: Source, channels: Sequence[Channel]) -> None:
        names = self.names = tuple(channel.name for channel in channels)
        self.largest: NDArray[np.float64] = np.array([[largest_magnitude(channel)] for channel in channels])
        self.keys: NDArray[np.uint64] = np.array([channel_key(name) for name in names], dtype=np.uint64)
        self.most_records = source.mission.most_records(channels)
        self._source = source
        self._prefixes: dict[int, list[bytes]] = {}

    def prefixes(self, take: int) -> list[bytes]:
        """What begins the import lines of the channels in a take."""
        made = self._prefixes.get(take)
        if made is None:
            made = self._prefixes[take] = [series_prefix(self._source.key, take, name) for name in self.names]
        return made

    def beyond_scale(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which samples ([channels, n], nan where missing) the storage cannot hold beside their neighbours."""
        size = np.abs(values)
        return (size > self.largest) | ((size < SMALLEST) & (size > 0))


class Source:
    """A stream of a satellite that has been admitted, and the layouts it has sent; layouts are made once."""

    __slots__ = ("_layouts", "key", "mission", "satellite_id", "stream")

    MAX_LAYOUTS = 1_000

    def __init__(self, mission: Mission, satellite_id: str, stream: Stream) -> None:
        self.mission = mission
        self.satellite_id = satellite_id
        self.stream: Stream = stream
        self.key = StreamKey(mission.id, satellite_id, stream)
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
        layout = self._layouts[names] = Layout(self, channels)
        return layout


def channel_key(name: str) -> int:
    """A 64-bit key of a channel's name, the same in every process and release."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def series_prefix(key: StreamKey, take: int, channel: str) -> bytes:
    """An import line up to its first value.

    >>> series_prefix(StreamKey("m", "SAT-001", "dump"), 1, "altitude")
    b'{"metric":{"__name__":"satellite_altitude","mission":"m","satellite_id":"SAT-001","stream":"dump","take":"1"},"values":['
    """
    labels = {"__name__": metric_name(channel)} | key._asdict() | {"take": str(take)}
    return b'{"metric":' + orjson.dumps(labels) + b',"values":['
