"""A histogram of the faults' sizes and lengths, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

import numpy as np

from training.faults.plan import PlannedFault

WIDTH, HEIGHT, MARGIN = 420, 200, 36
_SIZE_EDGES = np.geomspace(1.0, 20.0, 13)
_LENGTH_EDGES = np.geomspace(1.0, 600.0, 13)
_INK, _BAR = "#333", "#4a7fb5"


def histogram(faults: Sequence[PlannedFault]) -> str:
    """Two panels: sizes in sigmas of the faults that have one of their own, and lengths in samples of all."""
    sizes = [abs(fault.size) for fault in faults if fault.size and fault.target in {e.channel for e in fault.effects}]
    lengths = [float(fault.samples) for fault in faults]
    panels = [
        _panel(0, f"{len(sizes)} sizes, sigma", sizes, _SIZE_EDGES),
        _panel(WIDTH, f"{len(lengths)} lengths, samples", lengths, _LENGTH_EDGES),
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDTH} {HEIGHT}" font-family="sans-serif"'
    return f'{head} font-size="11" fill="{_INK}">\n' + "\n".join(panels) + "\n</svg>\n"


def _panel(left: int, title: str, values: Sequence[float], edges: np.ndarray) -> str:
    counts, _ = np.histogram(values, edges)
    top = max(int(counts.max()), 1)
    step = (WIDTH - 2 * MARGIN) / len(counts)
    parts = [f'<text x="{left + MARGIN}" y="16">{escape(title)}</text>']
    for k, count in enumerate(counts):
        tall = (HEIGHT - 2 * MARGIN) * count / top
        x, y = left + MARGIN + k * step, HEIGHT - MARGIN - tall
        parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{step - 2:.1f}" height="{tall:.1f}" fill="{_BAR}"/>')
        parts.append(f'<text x="{x + step / 2:.1f}" y="{y - 3:.1f}" text-anchor="middle">{count}</text>')
    for k in range(0, len(edges), 3):
        x = left + MARGIN + k * step
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - MARGIN + 14}" text-anchor="middle">{edges[k]:.3g}</text>')
    return "\n".join(parts)
