"""Lines and bands as SVG paths, thinned to what a screen can show without losing an extreme."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np

from detection.types import Flags, Floats

Place = Callable[[Floats], Floats]
_TIME_STEPS = (1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2592000)


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear scale from values to coordinates."""

    low: float
    high: float
    begin: float
    end: float

    def __call__(self, values: Floats) -> Floats:
        """Coordinates of values, those outside put on the border."""
        inside = np.clip(values, self.low, self.high)
        return self.begin + (inside - self.low) / (self.high - self.low) * (self.end - self.begin)

    def at(self, value: float) -> float:
        """One coordinate."""
        return float(self(np.array([value]))[0])


def runs(known: Flags) -> list[slice]:
    """The stretches of consecutive true samples."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], known, [False])).astype(np.int8)))
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def thinned(x: Floats, y: Floats, points: int) -> tuple[Floats, Floats]:
    """At most about ``points`` samples of a line: the smallest and the largest of each of so many equal parts."""
    if len(x) <= points:
        return x, y
    parts = np.linspace(0, len(x), points // 2 + 1).astype(int)
    kept = []
    for a, b in pairwise(parts.tolist()):
        if b > a:
            kept += sorted({a + int(np.argmin(y[a:b])), a + int(np.argmax(y[a:b]))})
    index = np.array(kept)
    return x[index], y[index]


def line(x: Floats, y: Floats, joined: Flags, points: int) -> str:
    """A path through coordinates, broken where ``joined[i]`` is false (sample i does not follow on the one before) and
    where y is nan.
    """
    commands = []
    known = np.isfinite(y)
    for stretch in runs(known):
        cuts = np.flatnonzero(~joined[stretch][1:]) + 1 + stretch.start
        for a, b in zip([stretch.start, *cuts], [*cuts, stretch.stop], strict=True):
            share = max(8, round(points * (b - a) / max(len(x), 1)))
            px, py = thinned(x[a:b], y[a:b], share)
            commands.append(_polyline(px, py) + ("h.1" if len(px) == 1 else ""))
    return "".join(commands)


def band(x: Floats, low: Floats, high: Floats, points: int) -> str:
    """Closed areas between two lines of coordinates, where both are known."""
    commands = []
    for stretch in runs(np.isfinite(low) & np.isfinite(high)):
        span = stretch.stop - stretch.start
        parts = min(span, max(2, round(points * span / max(len(x), 1))))
        cuts = np.linspace(stretch.start, stretch.stop, parts + 1).astype(int)
        index = cuts[:-1]
        # Coordinates grow downwards: the band's lower edge has the larger one.
        bottom, top = np.maximum.reduceat(low, index), np.minimum.reduceat(high, index)
        # reduceat's last part runs to the end of the array, which belongs to a later stretch.
        bottom[-1], top[-1] = low[index[-1] : stretch.stop].max(), high[index[-1] : stretch.stop].min()
        px = np.concatenate((x[index], x[index][::-1]))
        commands.append(_polyline(px, np.concatenate((top, bottom[::-1]))) + "z")
    return "".join(commands)


def _polyline(x: Floats, y: Floats) -> str:
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))


def ticks(low: float, high: float, about: int) -> list[float]:
    """Round numbers between two bounds."""
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = power * next(factor for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= raw * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [n * step for n in range(first, math.floor(high / step + 1e-9) + 1)]


def label(value: float, ticked: Sequence[float]) -> str:
    """A tick's number with the decimals that tell it from its neighbours."""
    step = abs(ticked[1] - ticked[0]) if len(ticked) > 1 else abs(value) or 1.0
    size = max(abs(t) for t in ticked)
    if size >= 1e6 or step < 1e-4:  # noqa: PLR2004 - beyond these, powers of ten read better
        return f"{value:.3g}"
    return f"{value + 0.0:,.{max(0, -math.floor(math.log10(step) + 1e-9))}f}"


def time_ticks(low_ms: float, high_ms: float, about: int) -> list[tuple[float, str]]:
    """Round UTC times between two bounds, with the date where a day begins."""
    raw = (high_ms - low_ms) / 1000.0 / about
    step = next((s for s in _TIME_STEPS if s >= raw), math.ceil(raw / 2592000) * 2592000) * 1000
    found = []
    day = None
    for n in range(math.ceil(low_ms / step), math.floor(high_ms / step) + 1):
        moment = datetime.fromtimestamp(n * step / 1000, UTC)
        text = moment.strftime("%H:%M:%S" if step < 60_000 else "%H:%M")  # noqa: PLR2004 - a minute
        if moment.date() != day:
            text = moment.strftime("%d %b") + ("" if step >= 86_400_000 else f" {text}")  # noqa: PLR2004 - a day
            day = moment.date()
        found.append((float(n * step), text))
    return found
