"""The satellites that the validator has admitted, by everything that had to be right for it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from passwatch.contracts import BatchId, SatelliteId, Stream
from passwatch.mission import Mission
from victoria_consumer.domain.source import Source


class Registry:
    """Looks sources up by message key, mission, satellite and batch; each combination is checked once.

    The tables are emptied when they grow past ``MAX_ENTRIES``: they only save work.
    """

    MAX_ENTRIES = 100_000

    def __init__(self, missions: Mapping[str, Mission]) -> None:
        self.missions = missions
        self._sources: dict[tuple[str, str, Stream], Source] = {}
        self._admitted: dict[tuple[bytes | None, str, str, str, Stream], Source] = {}

    def source(
        self, key: bytes | None, mission_id: str, satellite_id: str, batch_id: str, stream: Stream
    ) -> Source | None:
        """The satellite of a message, if its mission, its id, its batch's id and the message's key are right."""
        try:
            return self._admitted[key, mission_id, satellite_id, batch_id, stream]
        except KeyError:
            return self._admit(key, mission_id, satellite_id, batch_id, stream)

    def of_satellite(self, mission: Mission, satellite_id: str, stream: Stream) -> Source:
        """The one source object of a stream of a satellite that has been checked."""
        if len(self._sources) >= self.MAX_ENTRIES:
            self._sources.clear()
        return self._sources.setdefault((mission.id, satellite_id, stream), Source(mission, satellite_id, stream))

    def _admit(
        self, key: bytes | None, mission_id: str, satellite_id: str, batch_id: str, stream: Stream
    ) -> Source | None:
        mission = self.missions.get(mission_id)
        if mission is None or key != satellite_id.encode() or not is_satellite(mission, satellite_id):
            return None
        try:
            msgspec.convert(batch_id, BatchId)
        except msgspec.ValidationError:
            return None
        if len(self._admitted) >= self.MAX_ENTRIES:
            self._admitted.clear()
        source = self.of_satellite(mission, satellite_id, stream)
        self._admitted[key, mission_id, satellite_id, batch_id, stream] = source
        return source


def is_satellite(mission: Mission, satellite_id: str) -> bool:
    """Whether the id has the form that the contracts ask for, and the mission claims it."""
    try:
        msgspec.convert(satellite_id, SatelliteId)
    except msgspec.ValidationError:
        return False
    return mission.has_satellite(satellite_id)
