"""The dashboard follows the platform by itself."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browsing import Complaints, Watched
from tests.support.console import Console
from tests.support.cut import Line
from tests.support.station import Station

pytestmark = [pytest.mark.system, pytest.mark.browser]

SOON_MS = 5_000


def test_a_new_anomaly_is_in_the_chart_within_five_seconds_of_its_verdict(
    page: Page, satellite: Watched, station: Station, console: Console
) -> None:
    """Without a reload the verdict's anomaly is shaded in the chart, listed, and its batch is in the table."""
    page.goto(satellite.address())
    anomalies = page.get_by_role("list", name="Anomalies in the chart")
    expect(anomalies).to_be_attached()
    expect(anomalies.get_by_role("listitem")).to_have_count(0)
    expect(page.get_by_role("status", name="Live updates")).to_have_text("Live")
    page.evaluate("window.neverReloaded = true")

    station.whole(satellite.faulty)
    station.flush()
    console.judged(satellite.faulty.uid)

    expect(anomalies.get_by_role("listitem").first).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_role("list", name="Events").get_by_role("button").first).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_role("row").filter(has_text=satellite.faulty.batch_id)).to_contain_text("Anomaly")
    assert page.evaluate("window.neverReloaded") is True


def test_seven_tabs_of_one_browser_follow_the_platform(
    page: Page, satellite: Watched, station: Station, console: Console
) -> None:
    """A browser opens six connections to a host: with a stream in each tab, the seventh would never load."""
    tabs = [page, *(page.context.new_page() for _ in range(6))]
    for tab in tabs:
        tab.goto(satellite.address())
        expect(tab.get_by_role("status", name="Live updates")).to_have_text("Live")
        expect(tab.get_by_role("list", name="Anomalies in the chart")).to_be_attached()

    station.whole(satellite.faulty)
    station.flush()
    console.judged(satellite.faulty.uid)

    for tab in tabs:
        expect(tab.get_by_role("list", name="Anomalies in the chart").get_by_role("listitem").first).to_be_visible()
    for tab in tabs[:-1]:
        tab.close()
    expect(tabs[-1].get_by_role("status", name="Live updates")).to_have_text("Live")


def test_what_happened_while_the_line_was_cut_is_shown_when_it_is_mended(
    page: Page, satellite: Watched, station: Station, console: Console, line: Line, complaints: Complaints
) -> None:
    """A cut line is said to be cut; after it the page misses nothing, without a reload."""
    complaints.expected = ("ERR_", "Failed to load resource")
    page.goto(line.url + satellite.address())
    status = page.get_by_role("status", name="Live updates")
    anomalies = page.get_by_role("list", name="Anomalies in the chart").get_by_role("listitem")
    expect(status).to_have_text("Live")
    page.evaluate("window.neverReloaded = true")

    line.cut()
    expect(status).to_have_text(re.compile("Reconnecting|Polling"))
    station.whole(satellite.faulty)
    station.flush()
    console.judged(satellite.faulty.uid)
    expect(anomalies).to_have_count(0)

    line.mend()
    expect(status).to_have_text("Live")
    expect(anomalies.first).to_be_visible(timeout=SOON_MS)
    assert page.evaluate("window.neverReloaded") is True
