"""The report of ``passwatch detect`` in a browser that may not ask for anything."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from typer.testing import CliRunner

from detection.command import app

pytestmark = [pytest.mark.browser]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """On two channels, one with a fault, and three rows of 1970."""
    folder = tmp_path_factory.mktemp("report")
    calm = 20 + 3 * np.sin(np.arange(1500) / 30) + 0.05 * np.random.default_rng(1).standard_normal(1500)
    fault = calm + np.where((np.arange(1500) > 1200) & (np.arange(1500) < 1230), 3.0, 0.0)
    times = [*range(0, 90_000, 30_000), *(1_767_225_600_000 + 30_000 * i for i in range(1497))]
    rows = (f"{time},{a:.3f},{b:.3f}" for time, a, b in zip(times, fault, calm[::-1], strict=True))
    (folder / "a.csv").write_text("time,faulty,calm\n" + "\n".join(rows))
    done = CliRunner().invoke(app, ["detect", str(folder / "a.csv"), "--html", str(folder / "a.html")])
    assert done.exit_code == 0, done.output
    return folder / "a.html"


def test_charts_are_drawn_without_a_request_and_within_the_policy(page: Page, report: Path) -> None:
    """No error and no request but for the file; a closed channel is drawn when it is opened."""
    errors: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.as_uri())
    open_chart = page.locator("section .chart")
    expect(open_chart).to_have_attribute("data-drawn", "true")
    expect(open_chart.locator("canvas")).to_have_count(2)

    closed = page.locator("details.card")
    expect(closed.locator(".spark canvas")).to_have_count(1)
    expect(closed.locator(".chart")).not_to_have_attribute("data-drawn", "true")
    closed.locator("summary").click()
    expect(closed.locator(".chart")).to_have_attribute("data-drawn", "true")

    drawn = open_chart.locator(".u-over").first
    drawn.hover()
    expect(open_chart.locator(".u-legend")).to_contain_text("2026-01-01")
    assert errors == []
    assert asked == [report.as_uri()]
