"""Faults as a person names them: ``drift:temp_obc=12s@300+120``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from batch_simulator.errors import UsageError
from batch_simulator.faults import SENSOR_KINDS, TARGETS, Fault, Kind
from batch_simulator.sensors import Sensor

GRAMMAR = "KIND[:TARGET][=SIZE[s]]@FIRST+COUNT[~SATELLITE[/BATCH]]"
DEFAULT_SIGMA = 10.0
DEFAULT_SIZES: dict[Kind, float] = {
    Kind.CELL_LOSS: 1.0,
    Kind.STRING_LOSS: 0.5,
    Kind.WHEEL_FRICTION: 300.0,
    Kind.THERMAL_RUNAWAY: 20.0,
    Kind.TRANSMITTER_FADE: 15.0,
    Kind.DROPPED: 0.0,
}
_KINDS = frozenset(kind.value for kind in Kind)
_FORM = re.compile(
    r"(?P<kind>[a-z_]+)(:(?P<target>[A-Za-z0-9_.-]+))?(=(?P<size>[-+0-9.eE]+?)(?P<sigma>s|σ)?)?"
    r"@(?P<first>\d+)\+(?P<count>\d+)(~(?P<satellite>[A-Za-z0-9][A-Za-z0-9._-]*)(/(?P<batch>\d+))?)?"
)


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """A fault by record numbers within a batch; ``size`` None is the kind's usual one.

    ``satellite`` None is every satellite; ``batch`` counts from 1 and None is every batch.
    """

    kind: Kind
    target: str
    size: float | None
    in_sigma: bool
    first: int
    count: int
    satellite: str | None
    batch: int | None

    def concerns(self, satellite: str, batch: int) -> bool:
        """Whether it is in this batch (counted from 1) of this satellite."""
        return self.satellite in (None, satellite) and self.batch in (None, batch)

    def fault(self, sensors: Mapping[str, Sensor], start_ms: int, cadence_ms: int) -> Fault:
        """The fault in absolute time, in a batch that starts at ``start_ms``."""
        begin = start_ms + self.first * cadence_ms
        return Fault(self.kind, self.target, begin, begin + self.count * cadence_ms, self._size(sensors))

    def _size(self, sensors: Mapping[str, Sensor]) -> float:
        if self.kind is Kind.STUCK:
            return 0.0
        if self.kind not in SENSOR_KINDS:
            return DEFAULT_SIZES[self.kind] if self.size is None else self.size
        sigma = sensors[self.target].sigma
        if self.size is None:
            return DEFAULT_SIGMA * sigma
        return self.size * sigma if self.in_sigma else self.size


def parse(text: str, sensors: Mapping[str, Sensor]) -> tuple[list[FaultSpec], list[Kind]]:
    """A comma-separated list of faults, and of bare kinds to which random faults are restricted.

    Raises:
        UsageError: naming the item and what is wrong with it.
    """
    specs, kinds = [], []
    for item in (part.strip() for part in text.split(",")):
        if not item:
            continue
        if item in _KINDS:
            kinds.append(Kind(item))
        else:
            specs.append(_spec(item, sensors))
    return specs, kinds


def _spec(item: str, sensors: Mapping[str, Sensor]) -> FaultSpec:
    parts = _FORM.fullmatch(item)
    if parts is None:
        raise UsageError(f"--faults: {item!r} is not of the form {GRAMMAR}, such as stuck:battery_temp@300+60")
    if parts["kind"] not in _KINDS:
        raise UsageError(f"--faults: {item!r}: no fault {parts['kind']!r}; there are {', '.join(Kind)}")
    kind = Kind(parts["kind"])
    if int(parts["count"]) < 1:
        raise UsageError(f"--faults: {item!r}: a fault lasts at least one record")
    in_sigma = parts["sigma"] is not None
    if in_sigma and kind not in SENSOR_KINDS:
        raise UsageError(f"--faults: {item!r}: only faults of a sensor have a size in sigma")
    return FaultSpec(
        kind=kind,
        target=_target(item, kind, parts["target"], sensors),
        size=_number(item, parts["size"]),
        in_sigma=in_sigma,
        first=int(parts["first"]),
        count=int(parts["count"]),
        satellite=parts["satellite"],
        batch=int(parts["batch"]) if parts["batch"] else None,
    )


def _target(item: str, kind: Kind, given: str | None, sensors: Mapping[str, Sensor]) -> str:
    choices = tuple(sensors) if kind in SENSOR_KINDS else TARGETS[kind]
    if given is None:
        if kind in SENSOR_KINDS:
            raise UsageError(f"--faults: {item!r}: which channel? Write {kind}:CHANNEL@…")
        return choices[0]
    if given not in choices:
        raise UsageError(f"--faults: {item!r}: {kind} cannot affect {given!r}, only {', '.join(choices)}")
    return given


def _number(item: str, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return float(text)
    except ValueError as error:
        raise UsageError(f"--faults: {item!r}: the size {text!r} is not a number") from error
