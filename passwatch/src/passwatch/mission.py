"""Missions: what flies, as data. Satellites, subsystems, channels, units, resolution, limits and cadence.

A mission is one JSON file in the missions folder, named ``<mission id>.json``.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from passwatch.contracts import MAX_BATCH_RECORDS, MAX_BATCH_SAMPLES
from passwatch.names import (
    MAX_SUBSYSTEM,
    MISSION_PATTERN,
    channel_name_fault,
    metric_name,
    satellite_id_fault,
    spellings,
)

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


Priority = Literal["low", "medium", "high", "urgent"]
"""How soon somebody has to act on an alarm."""


class Guidance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the person who gets an alarm should know: what is likely behind it, what happens if nothing is done, what to
    do, and where more is written. ``priority`` None: as its severity implies."""

    priority: Priority | None = None
    cause: str | None = None
    consequence: str | None = None
    response: str | None = None
    guidance: str | None = None

    def over(self, other: Guidance) -> Guidance:
        """This, and what it leaves open from ``other``."""
        given = {name: getattr(self, name) for name in self.__struct_fields__}
        return Guidance(**{name: getattr(other, name) if value is None else value for name, value in given.items()})


class Monitor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a channel is checked as its telemetry arrives, beside its limits.

    ``deadband``: by how much, in its unit, a value must be back within a limit to have returned to normal.
    ``persistence``: so many consecutive samples must break a rule. ``max_rate``: the fastest change, in its unit per
    second. ``states``: the values that it may have. ``transitions``: the changes of value that are allowed.
    """

    deadband: float = 0.0
    persistence: int = 1
    max_rate: float | None = None
    states: list[float] | None = None
    transitions: list[tuple[float, float]] | None = None


Range = tuple[float, float]
"""The least and the greatest value."""


class Channel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One telemetry channel. ``resolution`` is the size of one step of its digitisation, in ``unit``; ``range`` is what
    its sensor or its telemetry format can give.

    A channel of role ``context`` (a command, a mode) is stored and shown, and never judged.
    """

    name: str
    subsystem: str
    unit: str
    description: str = ""
    resolution: float | None = None
    range: Range | None = None
    role: Literal["judged", "context"] = "judged"
    limits: Limits = Limits()
    monitor: Monitor = Monitor()
    alarm: Guidance = Guidance()

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
    resolution: float | None = None
    range: Range | None = None
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
    alarms: dict[str, Guidance] = {}
    """By subsystem; what a channel says of itself goes before."""


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
        self._listed_metrics = {channel.metric: channel for channel in content.channels}

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

    def most_records(self, channels: Iterable[Channel] = ()) -> int:
        """How many records a batch may have, so that none of its subsystems has more samples than can be judged.

        ``channels`` are those that the batch has; only a mission with patterns has others than it lists.
        """
        judged = {c.name: c.subsystem for c in (*self.content.channels, *channels) if c.role == "judged"}
        widest = max(Counter(judged.values()).values(), default=1)
        return min(MAX_BATCH_RECORDS, MAX_BATCH_SAMPLES // widest)

    def channel(self, name: str) -> Channel | None:
        """The channel of this name, listed or matched by a pattern; None if the mission has none."""
        try:
            return self._known[name]
        except KeyError:
            found = self._find(name)
            if len(self._known) < MAX_REMEMBERED:
                self._known[name] = found
            return found

    def guidance(self, subsystem: str | None, channel: str | None) -> Guidance:
        """What to know about alarms of a channel, or of a subsystem as a whole."""
        found = self.channel(channel) if channel is not None else None
        subsystem = found.subsystem if found is not None else subsystem
        of_subsystem = self.content.alarms.get(subsystem or "", Guidance())
        return found.alarm.over(of_subsystem) if found is not None else of_subsystem

    def channel_fault(self, name: str) -> str:
        """Why the mission has no channel of this name."""
        fault = channel_name_fault(name)
        if fault is not None:
            return f"no name of a channel: {fault}"
        other = self.channel_of(metric_name(name))
        if other is not None and other.name != name:
            return f"cannot be told from channel {other.name!r} in the storage: both have the series {other.metric}"
        return f"not a channel of mission {self.id!r}"

    def channel_of(self, metric: str) -> Channel | None:
        """The channel that a series name belongs to; None if the mission has none."""
        listed = self._listed_metrics.get(metric)
        if listed is not None:
            return listed
        return next((c for name in spellings(metric) if (c := self._match(name)) and c.metric == metric), None)

    def _find(self, name: str) -> Channel | None:
        """By a pattern; of two names that fall together in the storage only the first of :func:`spellings`."""
        if channel_name_fault(name) is not None:
            return None
        found = self._match(name)
        if found is None:
            return None
        first = self.channel_of(found.metric)
        return found if first is not None and first.name == name else None

    def _match(self, name: str) -> Channel | None:
        return next((self._matched(name, p) for r, p in self._patterns if r.fullmatch(name)), None)

    @staticmethod
    def _matched(name: str, pattern: ChannelPattern) -> Channel:
        return Channel(
            name=name,
            subsystem=pattern.subsystem,
            unit=pattern.unit,
            description=pattern.description,
            resolution=pattern.resolution,
            range=pattern.range,
            role=pattern.role,
        )

    def has_satellite(self, satellite_id: str) -> bool:
        """Whether telemetry of this satellite belongs to the mission."""
        return satellite_id_fault(satellite_id) is None and self._satellite.fullmatch(satellite_id) is not None


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
    if not re.search(MISSION_PATTERN, content.id):
        raise MissionError(f"{path}: the id {content.id!r} does not match {MISSION_PATTERN}")
    for satellite in content.satellites:
        fault = satellite_id_fault(satellite.id)
        if fault is not None:
            raise MissionError(f"{path}: satellite {satellite.id!r}: {fault}")
    if not content.channels and not content.channel_patterns:
        raise MissionError(f"{path}: no channels and no channel_patterns")
    _check_channels(path, content.channels)
    named = {c.subsystem for c in content.channels} | {p.subsystem for p in content.channel_patterns}
    for subsystem in content.alarms:
        if subsystem not in named:
            raise MissionError(f"{path}: alarms of {subsystem!r}: no channel has this subsystem")


def _check_channels(path: Path, channels: list[Channel]) -> None:
    metrics: dict[str, str] = {}
    for channel in channels:
        fault = _channel_fault(channel)
        if fault is not None:
            raise MissionError(f"{path}: channel {channel.name!r}: {fault}")
        if channel.metric in metrics:
            other = metrics[channel.metric]
            raise MissionError(f"{path}: channels {other!r} and {channel.name!r} share the series {channel.metric}")
        metrics[channel.metric] = channel.name


def _channel_fault(channel: Channel) -> str | None:
    if (fault := channel_name_fault(channel.name)) is not None:
        return fault
    if not 0 < len(channel.subsystem) <= MAX_SUBSYSTEM:
        return f"its subsystem must have 1 to {MAX_SUBSYSTEM} characters"
    if channel.range is not None and not channel.range[0] < channel.range[1]:
        return f"its range must rise, and is {list(channel.range)}"
    if channel.resolution is not None and not channel.resolution > 0:
        return f"its resolution must be positive, and is {channel.resolution}"
    return _monitor_fault(channel.monitor)


def _monitor_fault(monitor: Monitor) -> str | None:
    if monitor.persistence < 1 or monitor.deadband < 0:
        return "its monitor's persistence must be at least 1, and its deadband not negative"
    if monitor.max_rate is not None and not monitor.max_rate > 0:
        return f"its monitor's max_rate must be positive, and is {monitor.max_rate}"
    return None
