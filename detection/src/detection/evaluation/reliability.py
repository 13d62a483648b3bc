"""Whether confidences mean what they say: how often nominal telemetry apart from the calibration's exceeds them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import numpy as np

from detection.report import page, svg
from detection.types import Floats

RARITIES = (0.5, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5)
"""1 − p: how often nominal telemetry should exceed a confidence of p."""
ENOUGH = 30.0
"""A rarity is compared where at least so many samples should exceed it."""


@dataclass(frozen=True, slots=True)
class Level:
    """How often a confidence of 1 − ``rarity`` was exceeded: by ``observed`` of all ``samples``, and by half of the
    channels between ``low`` and ``high``.
    """

    rarity: float
    samples: int
    observed: float
    low: float
    high: float

    @property
    def factor(self) -> float:
        """How many times as often as it says; 1 is right, above it the confidence is too sure."""
        return self.observed / self.rarity


def reliability(confidences: Mapping[str, Floats]) -> list[Level]:
    """Compare the confidences of nominal samples, by channel ([n] each, nan where there is none), with how often they
    are exceeded; at those rarities that the samples suffice for.
    """
    known = {name: values[np.isfinite(values)] for name, values in confidences.items()}
    known = {name: values for name, values in known.items() if len(values)}
    samples = sum(map(len, known.values()))
    levels = []
    for rarity in RARITIES:
        if samples * rarity < ENOUGH:
            break
        exceeding = {name: int(np.count_nonzero(values > 1.0 - rarity)) for name, values in known.items()}
        parts = [exceeding[name] / len(values) for name, values in known.items()]
        low, high = np.quantile(parts, (0.25, 0.75))
        levels.append(Level(rarity, samples, sum(exceeding.values()) / samples, float(low), float(high)))
    return levels


def deviation(levels: list[Level]) -> float:
    """The largest factor by which a frequency is off, either way; infinite where nothing exceeded a level."""
    return max((max(one.factor, 1.0 / one.factor if one.factor else math.inf) for one in levels), default=math.inf)


def plot(levels: list[Level]) -> str:
    """The reliability plot as SVG: how often it should be exceeded, across, and how often it was, both logarithmic."""
    width, height, left, bottom = 560.0, 460.0, 70.0, 412.0
    lowest = math.floor(math.log10(levels[-1].rarity))
    across = svg.Scale(lowest, 0.0, left, width - 16)
    upwards = svg.Scale(lowest, 0.0, bottom, 16)
    parts = []
    for power in range(lowest, 1):
        x, y = across.at(power), upwards.at(power)
        said = f"{10.0**power:.{max(-power, 0)}f}"
        parts.append(f'<path class="grid" d="M{x:.1f} 16V{bottom:g}M{left:g} {y:.1f}H{width - 16:g}"/>')
        parts.append(f'<text class="x" x="{x:.1f}" y="{bottom + 18:g}">{said}</text>')
        parts.append(f'<text class="y" x="{left - 8:g}" y="{y + 4:.1f}">{said}</text>')

    def place(rarity: float, frequency: float) -> tuple[float, float]:
        return across.at(math.log10(rarity)), upwards.at(math.log10(max(frequency, 10.0**lowest)))

    edge = [place(one.rarity, one.high) for one in levels] + [place(one.rarity, one.low) for one in reversed(levels)]
    line = [place(one.rarity, one.observed) for one in levels]
    corner = place(10.0**lowest, 10.0**lowest), place(1.0, 1.0)
    parts.append(f'<path class="band" d="M{_joined(edge)}z"><title>half of the channels</title></path>')
    parts.append(f'<path class="diagonal" d="M{_joined(list(corner))}"/>')
    parts.append(f'<path class="score" d="M{_joined(line)}"/>')
    for one, (x, y) in zip(levels, line, strict=True):
        title = f"should be exceeded by {one.rarity:g}, was by {one.observed:.3g}"
        parts.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4"><title>{title}</title></circle>')
    parts.append(f'<text class="x" x="{(left + width) / 2:g}" y="{height - 8:g}">should be exceeded by: 1 − p</text>')
    turned = f"translate(14 {bottom / 2:g}) rotate(-90)"
    parts.append(f'<text class="unit" transform="{turned}">was exceeded by</text>')
    said = "Reliability: how often nominal telemetry exceeded each confidence; the table has the same numbers"
    return (
        f'<svg class="square" role="img" viewBox="0 0 {width:g} {height:g}" aria-label="{said}">{"".join(parts)}</svg>'
    )


def _joined(points: list[tuple[float, float]]) -> str:
    return "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def report(levels: list[Level], what: str, calibration: str) -> str:
    """Plot and table as one HTML document."""
    columns = (
        ("confidence p", "n"),
        ("should be exceeded by", "n"),
        ("was exceeded by", "n"),
        ("factor", "n"),
        ("half of the channels", "n"),
    )
    rows = (
        (
            "",
            (
                f"{1 - one.rarity:.7g}",
                f"{one.rarity:g}",
                f"{one.observed:.3g}",
                f"{one.factor:.2f}",
                f"{one.low:.2g} to {one.high:.2g}",
            ),
        )
        for one in levels
    )
    body = (
        f'<p class="lead">{escape(what)}</p>',
        page.facts(
            (
                ("samples", f"{levels[0].samples:,}", "of all channels"),
                ("off by at most", f"× {deviation(levels):.2f}", "over all levels"),
            )
        ),
        f'<h2>Nominal telemetry beyond each confidence</h2><div class="card">{plot(levels)}</div>',
        page.table(columns, rows),
    )
    return page.page("Reliability · Passwatch", "Passwatch · calibration", "Reliability", body, calibration)
