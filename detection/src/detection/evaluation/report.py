"""The evaluation as one HTML file: figures beside the baselines, and a chart per channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

import numpy as np

from detection.evaluation.dataset import Recording, Span
from detection.evaluation.metric import Counts, count, interval
from detection.evaluation.protocol.study import Study
from detection.evaluation.run import Outcome, Prediction
from detection.report import page, svg
from detection.report.chart import Chart, Shade

OURS = "passwatch"
FIGURES: tuple[tuple[str, Callable[[Counts], float]], ...] = (
    ("F0.5", lambda counts: counts.f05),
    ("recall", lambda counts: counts.recall),
    ("precision", lambda counts: counts.precision),
    ("true negative rate", lambda counts: counts.true_negative_rate),
)
_DRAWS = 1000


def evaluation_report(
    folder: str,
    recordings: Sequence[Recording],
    predictions: Mapping[str, Mapping[str, Prediction]],
    outcomes: Sequence[Outcome],
    models: Mapping[str, str],
    protocol: Study | None,
) -> str:
    """The report as one HTML document; ``predictions`` by method and channel, ``models`` by name and version."""
    ours = predictions[OURS]
    labelled = [recording for recording in recordings if recording.events is not None]
    samples = sum(len(recording.test) for recording in recordings)
    figures = [
        ("channels", f"{len(recordings)}", f"{len(labelled)} of them labelled"),
        ("samples judged", f"{samples:,}", "of the test arrays, each from earlier ones alone"),
        ("events", f"{sum(len(ours[r.channel].events) for r in recordings)}", "predicted"),
        ("labelled events", f"{sum(len(r.events or ()) for r in recordings)}", "to be found"),
    ]
    kinds = ("found", "false", "label") if labelled else ("critical",)
    body = [
        page.facts(figures),
        page.notes(("fitted on each channel's train array alone; no label was used",)),
        *(_methods(labelled, predictions, outcomes) if outcomes else ()),
        *(_gap(protocol, len(labelled)) if protocol is not None else ()),
        "<h2>Channels</h2>",
        page.legend(("value", *kinds, "score")),
        *(
            _card(f"c{i}", recording, ours[recording.channel])
            for i, recording in enumerate(_hard_first(recordings, ours))
        ),
    ]
    said = ", ".join(f"{model} {version}" for model, version in models.items())
    return page.page(f"{folder} · Passwatch", "Passwatch · evaluation", folder, body, f"Models: {said}.")


def _hard_first(recordings: Sequence[Recording], ours: Mapping[str, Prediction]) -> list[Recording]:
    """Channels with something missed or falsely found, then the others, by name."""
    return sorted(recordings, key=lambda r: (not _wrong(r, ours[r.channel]), r.channel))


def _wrong(recording: Recording, prediction: Prediction) -> bool:
    counts = _counts(recording, prediction)
    return counts is not None and bool(counts.missed or counts.false)


def _counts(recording: Recording, prediction: Prediction) -> Counts | None:
    if recording.events is None:
        return None
    return count(recording.events, prediction.events, len(recording.test))


def _methods(
    labelled: Sequence[Recording], predictions: Mapping[str, Mapping[str, Prediction]], outcomes: Sequence[Outcome]
) -> list[str]:
    """Every method's figures with their 95 % intervals, drawn and as a table."""
    found = {}
    for outcome in outcomes:
        by_channel = [
            count(r.events or (), predictions[outcome.method][r.channel].events, len(r.test)) for r in labelled
        ]
        found[outcome.method] = [
            (figure(outcome.counts), *interval(by_channel, _DRAWS, figure=figure)) for _, figure in FIGURES
        ]
    columns = [("method", ""), *((name, "n") for name, _ in FIGURES)]
    columns += [("median delay", "n"), ("false events per nominal day", "n")]
    rows = [
        (
            "ours" if outcome.method == OURS else "",
            [
                escape(outcome.method.replace("_", " ")),
                *(f"{value:.3f} <small>{low:.2f}–{high:.2f}</small>" for value, low, high in found[outcome.method]),
                "–" if outcome.delay is None else f"{outcome.delay:.0f} samples",
                f"{outcome.false_per_day:.3f}",
            ],
        )
        for outcome in outcomes
    ]
    return [
        "<h2>Figures</h2>",
        f'<div class="card">{_whiskers(found)}</div>',
        page.table(columns, rows),
        page.notes(
            (
                "intervals: 95 %, by drawing channels with replacement",
                "F0.5 is corrected: precision is multiplied by the true negative rate, so that flagging all scores 0",
            )
        ),
    ]


def _gap(protocol: Study, labelled: int) -> list[str]:
    """The rules in sample, and chosen apart from what they judge, with the difference between the two."""
    best, gaps = protocol["best in sample"], protocol["gap"]
    rows = {
        "shipped rule": protocol["shipped"],
        f"best of {protocol['rules']} rules, in sample": best,
        **{f"best rule, {name}": row for name, row in protocol["nested"].items()},
    }
    columns = [("rule", ""), *((name, "n") for name, _ in FIGURES), ("gap to in sample", "n")]
    cells = []
    for name, row in rows.items():
        low, high = row["interval"]
        gap = gaps.get(name.removeprefix("best rule, "))
        values = [f"{row['f05']:.3f} <small>{low:.2f}–{high:.2f}</small>"]
        values += [f"{row[key]:.3f}" for key in ("recall", "precision", "true_negative_rate")]
        cells.append(("", [escape(name), *values, "–" if gap is None else f"{gap:.3f}"]))
    said = [
        f"chosen by these very labels, a rule reaches F0.5 {best['f05']:.3f}; chosen without what it then judges, "
        f"{min(row['f05'] for row in protocol['nested'].values()):.3f}: a gap of up to {max(gaps.values()):.3f}",
        "left out means: all recordings of a spacecraft, of a family (the letters of the name), or one, in turn; the "
        "rule is chosen on the rest, and all that was left out is counted together",
        "what was seen of a recording while the members were invented cannot be left out",
    ]
    if protocol["channels"] < labelled:
        said.append(f"over the {protocol['channels']} of {labelled} labelled channels that are judged by votes")
    return ["<h2>In sample, and out of it</h2>", page.table(columns, cells), page.notes(said)]


def _whiskers(found: Mapping[str, Sequence[tuple[float, float, float]]]) -> str:
    """Each figure of each method as a dot with its interval."""
    height = 26.0 * len(found) + 44.0
    width, gap, left = 1000.0, 22.0, 120.0
    each = (width - left - gap * len(FIGURES)) / len(FIGURES)
    parts = []
    for row, method in enumerate(found):
        y = 42.0 + 26.0 * row
        parts.append(f'<text class="y" x="{left - 10:g}" y="{y + 4:g}">{escape(method.replace("_", " "))}</text>')
    for column, (name, _) in enumerate(FIGURES):
        begin = left + column * (each + gap)
        across = svg.Scale(0.0, 1.0, begin, begin + each)
        parts.append(f'<text class="x" x="{begin + each / 2:.1f}" y="14">{name}</text>')
        for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
            parts.append(f'<path class="grid" d="M{across.at(tick):.1f} 26V{height - 16:g}"/>')
            if tick in {0.0, 0.5, 1.0}:
                parts.append(f'<text class="x" x="{across.at(tick):.1f}" y="{height - 2:g}">{tick:g}</text>')
        for row, (method, values) in enumerate(found.items()):
            y = 42.0 + 26.0 * row
            value, low, high = values[column]
            kind = "ours" if method == OURS else "other"
            title = f"{escape(method)}: {name} {value:.3f}, {low:.3f} to {high:.3f}"
            parts.append(
                f'<g class="whisker {kind}"><title>{title}</title>'
                f'<path d="M{across.at(low):.1f} {y:g}H{across.at(high):.1f}"/>'
                f'<circle cx="{across.at(value):.1f}" cy="{y:g}" r="4.5"/></g>'
            )
    said = "Figures of each method with their 95 % intervals; the table below has the same numbers"
    return (
        f'<svg class="figure" role="img" viewBox="0 0 {width:g} {height:g}" aria-label="{said}">{"".join(parts)}</svg>'
    )


def _card(identifier: str, recording: Recording, prediction: Prediction) -> str:
    counts = _counts(recording, prediction)
    about = [f"{len(recording.train):,} train and {len(recording.test):,} test samples"]
    if counts is None:
        about.append(f"{len(prediction.events)} events, not labelled")
        mark = page.verdict("ANOMALY" if prediction.events else "NOMINAL")
    else:
        about.append(f"{counts.found} found, {counts.missed} missed, {counts.false} false")
        about.append(f"{1 - counts.true_negative_rate:.1%} of nominal samples flagged")
        mark = '<span class="verdict INSUFFICIENT_DATA">to look at</span>' if counts.missed or counts.false else ""
    chart = Chart(
        name=recording.channel,
        unit="",
        summary="; ".join(about),
        x=np.arange(len(recording.test), dtype=np.float64),
        values=recording.test,
        joined=np.ones(len(recording.test), dtype=np.bool_),
        scores=np.full(len(recording.test), np.nan) if prediction.scores is None else prediction.scores,
        clock=False,
        shades=_shades(recording.events, prediction.events),
    )
    return page.card(chart, identifier, mark, " · ".join(about), (), folded=not _wrong(recording, prediction))


def _shades(labels: Sequence[Span] | None, events: Sequence[Span]) -> list[Shade]:
    """Events by whether they touch a label, and the labels along the top."""
    shades = []
    for first, last in events:
        touches = any(first <= end and last >= begin for begin, end in labels or ())
        kind = "critical" if labels is None else "found" if touches else "false"
        shades.append(Shade(float(first), float(last), kind, f"event: samples {first} to {last}"))
    for begin, end in labels or ():
        shades.append(Shade(float(begin), float(end), "label", f"labelled anomaly: samples {begin} to {end}"))
    return shades
