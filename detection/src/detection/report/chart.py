"""A channel's chart: its values with what was expected and what was found, and below them the score.

uPlot draws it in the reader's browser, as it does in the dashboard; here the data is thinned and written down.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np
from numpy.typing import NDArray

from detection.types import Flags, Floats

POINTS = 3000
"""Samples of a chart, about: of more, the extremes of equal parts are drawn."""
_OFF_SCALE = 6.0
"""Values further out than so many widths of the channel's usual range are marked at the border."""


@dataclass(frozen=True, slots=True)
class Shade:
    """A span of a chart, in units of x: an event (``warning``, ``critical``, ``found`` on a label, or ``false``), a
    ``label`` or the ``fitted`` rows.
    """

    first: float
    last: float
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """What was expected, [n], and the band from ``low`` to ``high`` within which a value raises nothing; nan where
    nothing was. ``name`` says by whom.
    """

    expected: Floats
    low: Floats
    high: Floats
    name: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn of one channel; ``x`` [n] are times in ms if ``clock``, else sample numbers. ``joined[i]`` says
    that sample i follows on the one before without a gap. ``scores`` [n] are above 1 where something was found. A
    chart begins with the part of x from ``shown[0]`` to ``shown[1]``.
    """

    name: str
    unit: str
    summary: str
    x: Floats
    values: Floats
    joined: Flags
    scores: Floats
    clock: bool
    expectation: Expectation | None = None
    shades: Sequence[Shade] = field(default=())
    shown: tuple[float, float] | None = None


def draw(chart: Chart, identifier: str) -> str:
    """The chart's place in the document and its data; it is described for those who do not see it."""
    return (
        f'<div class="chart" role="img" aria-label="{escape(f"{chart.name}: {chart.summary}")}"'
        f' data-chart="{identifier}-data"></div>'
        f'<script type="application/json" id="{identifier}-data">{_data(chart)}</script>'
    )


def sparkline(identifier: str) -> str:
    """The place of the chart's values alone, small, beside the channel's name."""
    return f'<span class="spark" aria-hidden="true" data-spark="{identifier}-data"></span>'


def value_range(chart: Chart) -> tuple[float, float]:
    """The range of values that is drawn: all that is shown at first, unless some are so far out that the rest would
    be a flat line.
    """
    shown = np.ones(len(chart.x), dtype=np.bool_)
    if chart.shown is not None:
        shown = (chart.x >= chart.shown[0]) & (chart.x <= chart.shown[1])
    finite = chart.values[np.isfinite(chart.values) & shown]
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


def drawn_rows(chart: Chart) -> NDArray[np.int64]:
    """The samples that are drawn: all, or of equal parts the smallest and largest values and the highest score, and
    those beside a gap.
    """
    count = len(chart.x)
    if count <= POINTS:
        return np.arange(count)
    bounds = np.linspace(0, count, POINTS // 3 + 1).astype(int)
    cuts = np.flatnonzero(~chart.joined)
    kept = {0, count - 1, *(cuts[cuts > 0] - 1).tolist(), *cuts.tolist()} if len(cuts) < POINTS else {0, count - 1}
    scores = np.where(np.isfinite(chart.scores), chart.scores, -np.inf)
    low, high = (np.where(np.isfinite(chart.values), chart.values, out) for out in (np.inf, -np.inf))
    for a, b in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        kept |= {a + int(np.argmin(low[a:b])), a + int(np.argmax(high[a:b])), a + int(np.argmax(scores[a:b]))}
    return np.array(sorted(kept))


def _data(chart: Chart) -> str:
    """The chart's data as JSON that cannot end the element that it is in; ``x`` as steps. A gap is a row of nothing."""
    rows = drawn_rows(chart)
    begins = np.flatnonzero(~chart.joined)
    # A drawn row begins a stretch if there was a gap since the drawn row before it.
    gaps = np.flatnonzero(np.diff(np.searchsorted(begins, rows, side="right")) > 0) + 1
    x = np.insert(chart.x[rows], gaps, (chart.x[rows[gaps - 1]] + chart.x[rows[gaps]]) / 2)

    def column(values: Floats, digits: int = 6) -> list[float | None]:
        return _numbers(np.insert(values[rows], gaps, np.nan), digits)

    expectation = chart.expectation
    content: dict[str, object] = {
        "name": chart.name,
        "unit": chart.unit,
        "clock": chart.clock,
        "x": np.diff(np.round(x).astype(np.int64), prepend=0).tolist(),
        "values": column(chart.values),
        "scores": column(chart.scores, 4),
        "shades": [[shade.first, shade.last, shade.kind] for shade in chart.shades],
        "range": value_range(chart),
        "shown": chart.shown,
    }
    if expectation is not None:
        content["expected"] = column(expectation.expected)
        content["low"], content["high"] = column(expectation.low), column(expectation.high)
        content["by"] = expectation.name
    return json.dumps(content, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _numbers(values: Floats, digits: int) -> list[float | None]:
    """So many significant digits of each; None where there is none."""
    return [float(f"{value:.{digits}g}") if np.isfinite(value) else None for value in values.tolist()]
