"""The HTML report on a file."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np

from detection.evidence import forecaster_of
from detection.judge import THRESHOLD, Judged
from detection.report import page
from detection.report.chart import Chart, Expectation, Shade
from detection.tool.output import Document, what
from detection.words import duration, rarity, utc
from passwatch.contracts import AnomalyEvent, ChannelResult

_SIGMAS = 3.0
_NAMED = {"vae_timeseries": "VAE", "transformer_timeseries": "Transformer"}


def file_report(document: Document) -> str:
    """The report as one HTML document."""
    judged = document.judgement
    channels = list(_channels(document))
    events = judged.events
    anomalous = sum(result.verdict == "ANOMALY" for _, result, _ in channels)
    times = document.table.timestamps
    span = f"{utc(int(times[0]))} to {utc(int(times[-1]))} UTC"
    lead = page.verdict(judged.verdict) + (f" · {escape(judged.reason)}" if judged.reason else "")
    figures = [
        ("events", str(len(events)), f"{sum(e.severity == 'critical' for e in events)} critical"),
        ("channels with events", f"{anomalous} of {len(channels)}", "judged together, by subsystem"),
        ("rows", f"{len(document.table):,}", f"one every {document.calibration.cadence_ms / 1000:g} s"),
        ("span", duration((times[-1] - times[0]) / 1000), span),
    ]
    order = {"ANOMALY": 0, "INSUFFICIENT_DATA": 1, "NOMINAL": 2}
    channels.sort(key=lambda one: (order[one[1].verdict], -(one[1].score or 0.0)))
    ids = {id(one): f"c{number}" for number, (one, _, _) in enumerate(channels)}
    names = {one.channel.name: ids[id(one)] for one, _, _ in channels}
    body = [
        f'<p class="lead">{lead}</p>',
        page.facts(figures),
        page.notes((*judged.warnings, *judged.notes)),
        _events(events, names) if events else "",
        "<h2>Channels</h2>",
        page.legend(("value", "band", "warning", "critical", *(("fitted",) if document.fitted else ()), "score")),
        *(_card(ids[id(one)], subsystem, result, one, document) for one, result, subsystem in channels),
    ]
    models = ", ".join(f"{model} {version}" for model, version in document.calibration.models.items())
    footer = f"Calibration {document.calibration.revision}, fitted on {document.calibration.source}. Models: {models}."
    return page.page(
        f"{document.file.name} · Passwatch", "Passwatch · telemetry judged", document.file.name, body, footer
    )


def _channels(document: Document) -> Iterator[tuple[Judged, ChannelResult, str]]:
    for subsystem, judgement in document.judgement.subsystems.items():
        for one, result in zip(document.judgement.evidence[subsystem], judgement.channels, strict=True):
            yield one, result, subsystem


def _events(events: list[AnomalyEvent], names: dict[str, str]) -> str:
    columns = (
        ("channel", ""),
        ("from (UTC)", "t"),
        ("lasts", "t"),
        ("severity", ""),
        ("score", "n"),
        ("what", "words"),
        ("detected by", ""),
        ("share", "n"),
    )
    rows = (
        (
            "",
            (
                page.link(names[event.channel], event.channel),
                utc(event.start),
                duration((event.end - event.start) / 1000),
                page.verdict(event.severity),
                f"{event.score:.2f}",
                escape(what(event)),
                escape(_NAMED.get(event.detector, event.detector)),
                f"{event.share:.0%}",
            ),
        )
        for event in events
    )
    return f"<h2>Events</h2>{page.table(columns, rows)}"


def _card(identifier: str, subsystem: str, result: ChannelResult, one: Judged, document: Document) -> str:
    own = [event for event in document.judgement.subsystems[subsystem].events if event.channel == result.channel]
    about = [subsystem]
    if one.calibration is not None:
        about.append(one.calibration.character)
    if result.score is not None:
        about.append(f"highest score {result.score:.3g}")
    if result.note:
        about.append(result.note)
    items = (_item(event, one) for event in own)
    if not len(one.series):
        return (
            f'<section class="card" id="{identifier}"><header><h3>{escape(result.channel)}</h3>'
            f'{page.verdict(result.verdict)}<span class="about">{escape(" · ".join(about))}</span></header></section>'
        )
    folded = result.verdict == "NOMINAL"
    return page.card(
        chart(one, own, document),
        identifier,
        page.verdict(result.verdict),
        " · ".join(about),
        items,
        folded=folded,
    )


def _item(event: AnomalyEvent, judged: Judged) -> str:
    """An event in words, and what is behind it."""
    behind: tuple[str, ...] = (
        f"{utc(event.start)} to {utc(event.end)} UTC, peak {utc(event.peak)}",
        f"score {event.score:.3g} over {event.threshold:g}, detected by {', '.join(_detectors(event, judged))}",
        f"{event.share:.0%} of the evidence in its subsystem",
    )
    if event.confidence is not None:
        behind += (f"nominal telemetry scores higher {rarity(event.confidence)}",)
    words = escape(event.explanation)
    return f'<li class="{event.severity}">{words}<span class="about">{escape(" · ".join(behind))}</span></li>'


def _detectors(event: AnomalyEvent, judged: Judged) -> list[str]:
    """The members beyond their threshold during an event, the one that named it first."""
    times = judged.series.timestamps
    inside = slice(int(np.searchsorted(times, event.start)), int(np.searchsorted(times, event.end, side="right")))
    exceeding = [name for name, ratio in judged.ratios.items() if (ratio[inside] > THRESHOLD).any()]
    names = dict.fromkeys([event.detector, *(forecaster_of(name) for name in exceeding)])
    return [_NAMED.get(name, name) for name in names]


def chart(judged: Judged, events: list[AnomalyEvent], document: Document) -> Chart:
    """A judged channel's chart, with the expectation that says most."""
    series, fitted = judged.series, document.fitted
    shades = [] if fitted is None else [Shade(float(fitted[0]), float(fitted[1]), "fitted", "fitted on these rows")]
    shades += [
        Shade(float(event.start), float(event.end), event.severity, event.explanation)
        for event in sorted(events, key=lambda event: event.score)
    ]
    low, high = float(series.values.min()), float(series.values.max())
    said = "; ".join(event.explanation for event in events) or "no event"
    return Chart(
        name=judged.channel.name,
        unit=judged.channel.unit,
        summary=f"{len(series)} samples from {low:.4g} to {high:.4g} {judged.channel.unit}: {said}",
        x=series.timestamps.astype(np.float64),
        values=series.values,
        joined=np.asarray(series.run > 1, dtype=np.bool_),
        scores=judged.scores,
        clock=True,
        expectation=_expectation(judged, events),
        shades=shades,
        shown=(float(document.shown[0]), float(document.shown[1])),
    )


def _expectation(judged: Judged, events: list[AnomalyEvent]) -> Expectation | None:
    """A forecast and its bounds: of the forecaster that named the event of the highest score, else of the closest one.

    Where members vote, no forecaster has bounds of its own; three sigmas are drawn.
    """
    if judged.calibration is None:
        return None
    members = judged.calibration.members
    bands = {}
    for name in (name for name in judged.forecasts if name in members):
        forecast, bounds = judged.forecasts[name], members[name]
        low, high = bounds.low or -_SIGMAS, bounds.high or _SIGMAS
        if not judged.calibration.settled:
            low, high = -_SIGMAS, _SIGMAS
        if np.isfinite(forecast.values).any():
            bands[name] = Expectation(
                forecast.values,
                forecast.values + low * forecast.sigma,
                forecast.values + high * forecast.sigma,
                f"forecast by {_NAMED.get(name, name)}",
            )
    named = [event.detector for event in sorted(events, key=lambda event: -event.score) if event.detector in bands]
    if named:
        return bands[named[0]]
    return min(bands.values(), key=lambda band: float(np.nanmedian(band.high - band.low)), default=None)
