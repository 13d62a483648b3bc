"""A channel's picture: its values with what was forecast and what was found, and below them the score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np

from detection.report import svg
from detection.types import Flags, Floats

WIDTH = 1000.0
_LEFT, _RIGHT = 64.0, 8.0
_TOP, _VALUES, _GAP, _SCORE, _AXIS = 10.0, 190.0, 14.0, 56.0, 22.0
_POINTS = 1600
_OFF_SCALE = 6.0
"""Values further out than so many widths of the channel's usual range are drawn at the border."""
_SCORE_TOP = 4.0
"""The score's scale reaches at least to 1.5, and at most to this."""


@dataclass(frozen=True, slots=True)
class Shade:
    """A span of a picture, in units of x: an event (``warning``, ``critical``, ``found`` on a label, or ``false``), a
    ``label`` or the ``fitted`` rows.
    """

    first: float
    last: float
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Band:
    """What was forecast: the range [n] within which a value raises nothing, and the forecast itself [n]."""

    low: Floats
    high: Floats
    middle: Floats
    name: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn of one channel; ``x`` [n] are times in ms if ``clock``, else sample numbers. ``joined[i]`` says
    that sample i follows on the one before without a gap. ``scores`` [n] are above 1 where something was found.
    """

    name: str
    unit: str
    summary: str
    x: Floats
    values: Floats
    joined: Flags
    scores: Floats
    clock: bool
    band: Band | None = None
    shades: Sequence[Shade] = field(default=())


def draw(picture: Picture, identifier: str) -> str:
    """The picture as inline SVG, with a title and a description for those who do not see it."""
    bottom = _TOP + _VALUES
    height = bottom + _GAP + _SCORE + _AXIS
    low, high = float(picture.x[0]), float(picture.x[-1])
    across = svg.Scale(low, high if high > low else low + 1.0, _LEFT, WIDTH - _RIGHT)
    upwards = svg.Scale(*value_range(picture), bottom - 2, _TOP + 2)
    parts = [
        f'<svg class="chart" role="img" viewBox="0 0 {WIDTH:g} {height:g}"'
        f' aria-labelledby="{identifier}-t {identifier}-d">',
        f'<title id="{identifier}-t">{escape(picture.name)}</title>',
        f'<desc id="{identifier}-d">{escape(picture.summary)}</desc>',
        _grid(picture, across, upwards, bottom, height),
        *(_shaded(shade, across, bottom) for shade in picture.shades),
        _band(picture.band, picture.x, across, upwards) if picture.band else "",
        f'<path class="value" d="{svg.line(across(picture.x), upwards(picture.values), picture.joined, _POINTS)}"/>',
        _beyond(picture, across, upwards),
        _score(picture, across, bottom + _GAP),
        "</svg>",
    ]
    return "".join(parts)


def sparkline(picture: Picture) -> str:
    """The values alone, small, beside the channel's name."""
    width, height = 160.0, 26.0
    low, high = float(picture.x[0]), float(picture.x[-1])
    across = svg.Scale(low, high if high > low else low + 1.0, 1.0, width - 1.0)
    upwards = svg.Scale(*value_range(picture), height - 2.0, 2.0)
    marks = [
        f'<rect class="shade {shade.kind}" x="{across.at(shade.first):.1f}" y="0" height="{height:g}"'
        f' width="{max(across.at(shade.last) - across.at(shade.first), 2.0):.1f}"/>'
        for shade in picture.shades
        if shade.kind not in {"label", "fitted"}
    ]
    drawn = svg.line(across(picture.x), upwards(picture.values), picture.joined, 240)
    return (
        f'<svg class="spark" viewBox="0 0 {width:g} {height:g}" aria-hidden="true">'
        f'{"".join(marks)}<path class="value" d="{drawn}"/></svg>'
    )


def value_range(picture: Picture) -> tuple[float, float]:
    """The range of values that is drawn: all of them, unless some are so far out that the rest would be a flat line."""
    finite = picture.values[np.isfinite(picture.values)]
    if not len(finite):
        return 0.0, 1.0
    inner_low, inner_high = np.quantile(finite, (0.02, 0.98))
    reach = _OFF_SCALE * max(float(inner_high - inner_low), 1e-9 * max(1.0, abs(float(inner_high))))
    if inner_high == inner_low:
        reach = np.inf
    low = max(float(finite.min()), float(inner_low) - reach)
    high = min(float(finite.max()), float(inner_high) + reach)
    margin = 0.06 * (high - low) or max(abs(high) * 0.01, 1e-6)
    return low - margin, high + margin


def _grid(picture: Picture, across: svg.Scale, upwards: svg.Scale, bottom: float, height: float) -> str:
    right = WIDTH - _RIGHT
    parts = [f'<rect class="plot" x="{_LEFT:g}" y="{_TOP:g}" width="{right - _LEFT:g}" height="{_VALUES:g}"/>']
    rows = svg.ticks(upwards.low, upwards.high, 5)
    for value in rows:
        y = upwards.at(value)
        parts.append(f'<path class="grid" d="M{_LEFT:g} {y:.1f}H{right:g}"/>')
        parts.append(f'<text class="y" x="{_LEFT - 7:g}" y="{y + 3.5:.1f}">{svg.label(value, rows)}</text>')
    if picture.clock:
        columns = svg.time_ticks(across.low, across.high, 8)
    else:
        numbers = svg.ticks(across.low, across.high, 8)
        columns = [(number, f"{number:,.0f}") for number in numbers]
    for value, text in columns:
        x = across.at(value)
        parts.append(f'<path class="grid" d="M{x:.1f} {_TOP:g}V{bottom + _GAP + _SCORE:g}"/>')
        parts.append(f'<text class="x" x="{x:.1f}" y="{height - 6:g}">{text}</text>')
    if picture.unit:
        turned = f"translate(12 {_TOP + _VALUES / 2:g}) rotate(-90)"
        parts.append(f'<text class="unit" transform="{turned}">{escape(picture.unit)}</text>')
    return "".join(parts)


def _shaded(shade: Shade, across: svg.Scale, bottom: float) -> str:
    x = across.at(shade.first)
    width = max(across.at(shade.last) - x, 2.0)
    y, height = (_TOP, 6.0) if shade.kind in {"label", "fitted"} else (_TOP, bottom + _GAP + _SCORE - _TOP)
    return (
        f'<rect class="shade {shade.kind}" x="{x:.1f}" y="{y:g}" width="{width:.1f}" height="{height:g}">'
        f"<title>{escape(shade.title)}</title></rect>"
    )


def _band(band: Band, x: Floats, across: svg.Scale, upwards: svg.Scale) -> str:
    places = across(x)
    area = svg.band(places, upwards(band.low), upwards(band.high), _POINTS // 2)
    joined = np.ones(len(x), dtype=np.bool_)
    return (
        f'<path class="band" d="{area}"><title>{escape(band.name)}</title></path>'
        f'<path class="middle" d="{svg.line(places, upwards(band.middle), joined, _POINTS)}"/>'
    )


def _beyond(picture: Picture, across: svg.Scale, upwards: svg.Scale) -> str:
    """Marks at the border where values are off the scale, with the furthest one's number."""
    parts = []
    for outside, extreme, y, tip in (
        (picture.values > upwards.high, np.nanargmax, _TOP + 12, -8),
        (picture.values < upwards.low, np.nanargmin, _TOP + _VALUES - 12, 8),
    ):
        if outside.any():
            at = int(extreme(picture.values))
            x = float(across(picture.x)[at])
            side, dx = ("end", -9) if x > WIDTH * 0.8 else ("start", 9)
            parts.append(f'<path class="off" d="M{x - 5:.1f} {y:g}h10l-5 {tip}z"/>')
            parts.append(
                f'<text class="off" style="text-anchor:{side}" x="{x + dx:.1f}" y="{y + 1:g}">'
                f"{picture.values[at]:.4g} {escape(picture.unit)}</text>"
            )
    return "".join(parts)


def _score(picture: Picture, across: svg.Scale, top: float) -> str:
    right = WIDTH - _RIGHT
    finite = picture.scores[np.isfinite(picture.scores)]
    highest = float(finite.max()) if len(finite) else 0.0
    scale = svg.Scale(0.0, min(max(1.5, highest * 1.05), _SCORE_TOP), top + _SCORE, top)
    threshold = scale.at(1.0)
    places, heights = across(picture.x), scale(picture.scores)
    above = np.where(picture.scores > 1.0, heights, np.nan)
    floor = np.where(np.isfinite(above), threshold, np.nan)
    drawn = svg.line(places, heights, picture.joined, _POINTS)
    top_label = f"{scale.high:.1f}" + ("+" if highest > _SCORE_TOP else "")
    return (
        f'<rect class="plot" x="{_LEFT:g}" y="{top:g}" width="{right - _LEFT:g}" height="{_SCORE:g}"/>'
        f'<path class="excess" d="{svg.band(places, floor, above, _POINTS // 2)}"/>'
        f'<path class="score" d="{drawn}"/>'
        f'<path class="threshold" d="M{_LEFT:g} {threshold:.1f}H{right:g}"><title>threshold: score 1</title></path>'
        f'<text class="y" x="{_LEFT - 7:g}" y="{threshold + 3.5:.1f}">1</text>'
        + (f'<text class="y" x="{_LEFT - 7:g}" y="{top + 8:g}">{top_label}</text>' if scale.high > 1.8 else "")  # noqa: PLR2004
        + f'<text class="unit" transform="translate(12 {top + _SCORE / 2:g}) rotate(-90)">score</text>'
    )
