"""Missions: what flies, as data. Satellites, subsystems, channels, units, resolution, limits and cadence.

A mission is one JSON file in the missions folder, named ``<mission id>.json``.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

METRIC_PREFIX = "satellite_"
MAX_REMEMBERED = 100_000
"""So many channel names are remembered; names beyond that are matched each time, so bad input cannot fill memory."""


class MissionError(ValueError):
    """A mission file cannot be used; the message names the file and what is wrong in it."""


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Static limits of a channel in its unit; None where there is none."""

    warning_low: float | None = None
    warning_high: float | None = None
    critical_low: float | None = None
    critical_high: float | None = None


class Channel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One telemetry channel. ``resolution`` is the size of one step of its digitisation, in ``unit``.

    A channel of role ``context`` (a command, a mode) is stored and shown, and never judged.
    """

    name: str
    subsystem: str
    unit: str
    description: str = ""
    resolution: float | None = None
    role: Literal["judged", "context"] = "judged"
    limits: Limits = Limits()

    @property
    def metric(self) -> str:
        """The name of its time series."""
        return metric_name(self.name)


class ChannelPattern(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Channels known by the form of their name, for missions whose channels are not listed one by one."""

    pattern: str
    subsystem: str
    unit: str
    description: str = ""
    role: Literal["judged", "context"] = "judged"


class Satellite(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A satellite that the mission file names."""

    id: str
    name: str


class MissionFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of a mission file. Satellites not listed are accepted if ``satellite_pattern`` matches their id."""

    id: str
    name: str
    description: str
    cadence_s: float
    batch_records: int
    satellite_pattern: str
    satellites: list[Satellite] = []
    channels: list[Channel] = []
    channel_patterns: list[ChannelPattern] = []


def metric_name(channel: str) -> str:
    """The series name of a channel: the prefix and the lower-case name with ``_`` for what a series name forbids.

    >>> metric_name("A-1")
    'satellite_a_1'
    """
    return METRIC_PREFIX + re.sub(r"[^a-z0-9_]", "_", channel.lower())


class Mission:
    """A loaded mission: the file's content and the look-ups that the services make in it."""

    def __init__(self, content: MissionFile, revision: str) -> None:
        self.content = content
        self.id = content.id
        self.revision = revision
        """The first 12 hex digits of the file's SHA-256."""
        self.cadence_ms = round(content.cadence_s * 1000)
        self._channels = {channel.name: channel for channel in content.channels}
        self._patterns = [(re.compile(p.pattern), p) for p in content.channel_patterns]
        self._satellite = re.compile(content.satellite_pattern)
        self._known: dict[str, Channel | None] = dict(self._channels)

    @property
    def channels(self) -> list[Channel]:
        """The channels that the file lists, in its order."""
        return list(self.content.channels)

    @property
    def subsystems(self) -> list[str]:
        """The names of the subsystems that have judged channels, in the file's order."""
        names = [c.subsystem for c in self.content.channels if c.role == "judged"]
        names += [p.subsystem for p in self.content.channel_patterns if p.role == "judged"]
        return list(dict.fromkeys(names))

    def channel(self, name: str) -> Channel | None:
        """The channel of this name, listed or matched by a pattern; None if the mission has none."""
        try:
            return self._known[name]
        except KeyError:
            found = next((self._matched(name, p) for r, p in self._patterns if r.fullmatch(name)), None)
            if len(self._known) < MAX_REMEMBERED:
                self._known[name] = found
            return found

    def channel_of(self, metric: str) -> Channel | None:
        """The channel that a series name belongs to; None if the mission has none.

        A series name has lost the case and the punctuation of its channel's name, so for channels known by a pattern
        the usual spellings are tried: as it is, in capitals, and with ``-`` for ``_``.
        """
        name = metric.removeprefix(METRIC_PREFIX)
        for spelling in (name, name.upper(), name.replace("_", "-"), name.upper().replace("_", "-")):
            channel = self.channel(spelling)
            if channel is not None and channel.metric == metric:
                return channel
        return next((c for c in self._channels.values() if c.metric == metric), None)

    @staticmethod
    def _matched(name: str, pattern: ChannelPattern) -> Channel:
        return Channel(
            name=name,
            subsystem=pattern.subsystem,
            unit=pattern.unit,
            description=pattern.description,
            role=pattern.role,
        )

    def has_satellite(self, satellite_id: str) -> bool:
        """Whether telemetry of this satellite belongs to the mission."""
        return self._satellite.fullmatch(satellite_id) is not None


def load_mission(path: Path) -> Mission:
    """Read one mission file.

    Raises:
        MissionError: the file cannot be read, is not valid, or contradicts itself.
    """
    try:
        raw = path.read_bytes()
        content = msgspec.json.decode(raw, type=MissionFile)
    except (OSError, msgspec.MsgspecError) as error:
        raise MissionError(f"{path}: {error}") from error
    _check(path, content)
    return Mission(content, hashlib.sha256(raw).hexdigest()[:12])


def load_missions(folder: Path) -> dict[str, Mission]:
    """All missions of the folder by id.

    Raises:
        MissionError: the folder has no mission file, or one of them cannot be used.
    """
    missions = {path.stem: load_mission(path) for path in sorted(folder.glob("*.json"))}
    if not missions:
        raise MissionError(f"{folder}: no mission file (*.json) there")
    return missions


def _check(path: Path, content: MissionFile) -> None:
    if content.id != path.stem:
        raise MissionError(f"{path}: the id is {content.id!r}, but the file's name says {path.stem!r}")
    if content.cadence_s <= 0 or content.batch_records < 1:
        raise MissionError(f"{path}: cadence_s and batch_records must be positive")
    for pattern in (content.satellite_pattern, *(p.pattern for p in content.channel_patterns)):
        try:
            re.compile(pattern)
        except re.error as error:
            raise MissionError(f"{path}: pattern {pattern!r}: {error}") from error
    metrics: dict[str, str] = {}
    for channel in content.channels:
        other = metrics.setdefault(channel.metric, channel.name)
        if other != channel.name or sum(c.name == channel.name for c in content.channels) > 1:
            raise MissionError(f"{path}: channels {other!r} and {channel.name!r} share the series {channel.metric}")
    if not content.channels and not content.channel_patterns:
        raise MissionError(f"{path}: no channels and no channel_patterns")
