"""The HTML around the charts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

from detection.report.chart import Chart, draw, sparkline

LEGEND = {
    "value": "value",
    "band": "expected, and how far off a value nominally is",
    "warning": "event, warning",
    "critical": "event, critical",
    "found": "event on a labelled anomaly",
    "false": "event where none is labelled",
    "label": "labelled anomaly",
    "fitted": "rows that it was fitted on",
    "score": "score; an event is above 1",
}
"""What the marks of a chart mean."""
_VERDICTS = {"NOMINAL": "nominal", "ANOMALY": "anomaly", "INSUFFICIENT_DATA": "insufficient data"}


def page(title: str, kicker: str, heading: str, body: Iterable[str], footer: str) -> str:
    """A whole document that needs nothing else and may do nothing else: its style and scripts are in it, and its
    content security policy allows these alone, and no request.
    """
    style = f"{_own('uPlot.min.css')}{_own('style.css')}"
    content = "".join(body)
    scripts = [_own("uPlot.iife.min.js"), _own("report.js")] if "data-chart=" in content else []
    allowed = " ".join(map(_hashed, scripts)) or "'none'"
    policy = (
        f"default-src 'none'; style-src {_hashed(style)}; script-src {allowed}; base-uri 'none'; form-action 'none'"
    )
    without = '<noscript><p class="lead">The charts are drawn by the script in this file.</p></noscript>'
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body><main>"
        f'<p class="kicker">{escape(kicker)}</p><h1>{escape(heading)}</h1>{without if scripts else ""}'
        f"{content}<footer>{escape(footer)}</footer></main>"
        f"{''.join(f'<script>{script}</script>' for script in scripts)}</body></html>\n"
    )


def _own(name: str) -> str:
    return files("detection.report").joinpath(name).read_text(encoding="utf-8")


def _hashed(source: str) -> str:
    """The source as a content security policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


def verdict(kind: str) -> str:
    """A verdict or a severity, by colour, shape and word."""
    return f'<span class="verdict {escape(kind)}">{escape(_VERDICTS.get(kind, kind))}</span>'


def facts(found: Sequence[tuple[str, str, str]]) -> str:
    """Figures side by side: name, figure, and what it means."""
    shown = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(figure)}<small>{escape(meaning)}</small></dd></div>"
        for name, figure, meaning in found
    )
    return f'<dl class="facts">{shown}</dl>'


def notes(said: Iterable[str]) -> str:
    """Remarks, one a line."""
    lines = "".join(f"<li>{escape(one)}</li>" for one in said)
    return f'<ul class="notes">{lines}</ul>' if lines else ""


def table(columns: Sequence[tuple[str, str]], rows: Iterable[tuple[str, Sequence[str]]]) -> str:
    """A table: columns by name and class (``n`` for numbers), rows by class and their cells, which are HTML."""
    head = "".join(f'<th class="{kind}" scope="col">{escape(name)}</th>' for name, kind in columns)
    body = "".join(
        f'<tr class="{kind}">'
        + "".join(f'<td class="{columns[i][1]}">{cell}</td>' for i, cell in enumerate(cells))
        + "</tr>"
        for kind, cells in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def legend(marks: Sequence[str]) -> str:
    """What the marks of the charts mean."""
    shown = "".join(f'<span><i class="l-{mark}"></i>{escape(LEGEND[mark])}</span>' for mark in marks)
    return f'<p class="legend">{shown}</p>'


def link(identifier: str, name: str) -> str:
    """A link to a channel's chart."""
    return f'<a href="#{identifier}">{escape(name)}</a>'


def card(chart: Chart, identifier: str, mark: str, about: str, found: Iterable[str], *, folded: bool) -> str:
    """A channel: its name, ``mark`` (HTML), a remark, its chart and its events (HTML list items).

    A ``folded`` one shows its values small until it is opened.
    """
    listed = "".join(found)
    events = f'<ul class="events">{listed}</ul>' if listed else ""
    head = f'<h3>{escape(chart.name)}</h3>{mark}<span class="about">{escape(about)}</span>'
    if folded:
        head = f"<summary>{head}{sparkline(identifier)}</summary>"
        return f'<details class="card" id="{identifier}">{head}{draw(chart, identifier)}{events}</details>'
    return f'<section class="card" id="{identifier}"><header>{head}</header>{draw(chart, identifier)}{events}</section>'
