"""The trend dashboard shows what the platform knows, and its address is the whole of its state."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browsing import CHANNEL, Complaints, Watched

pytestmark = [pytest.mark.system, pytest.mark.browser]


@pytest.mark.parametrize("address", ["/", "/dashboard.html"])
def test_the_dashboard_opens_with_pickers_and_chart(page: Page, judged: Watched, address: str) -> None:
    """Both addresses show pickers for satellite, channel and range, the figures and the chart."""
    page.goto(address)
    expect(page.get_by_role("listbox", name="Satellites").get_by_role("option").first).to_be_visible()
    expect(page.get_by_role("listbox", name="Channels").get_by_role("option").first).to_be_visible()
    for name in ("1h", "6h", "1d", "1w"):
        expect(page.get_by_role("radio", name=name, exact=True)).to_be_attached()
    expect(page.get_by_role("group", name="telemetry against forecasts")).to_be_visible()
    expect(page.get_by_role("status", name="Live updates")).to_have_text("Live")
    assert judged.satellite_id in page.get_by_role("listbox", name="Satellites").inner_text()


def test_a_judged_anomaly_is_shown_with_its_evidence(page: Page, judged: Watched) -> None:
    """The fault's channel has a shaded span, an event with words, a verdict, both forecasts and its batches."""
    page.goto(judged.address())
    shades = page.get_by_role("list", name="Anomalies in the chart").get_by_role("listitem")
    expect(shades.first).to_be_visible()
    expect(page.get_by_role("list", name="Events").get_by_role("button", name=CHANNEL).first).to_be_visible()
    lines = page.get_by_role("list", name="Lines of the chart")
    for name in ("Telemetry", "VAE", "Transformer"):
        expect(lines.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
    batches = page.get_by_role("table", name="Batches")
    expect(batches.get_by_role("row").filter(has_text=judged.faulty.batch_id)).to_contain_text("Anomaly")
    expect(batches.get_by_role("row").filter(has_text=judged.faulty.batch_id)).to_contain_text("100")
    expect(page.get_by_role("region", name="Statistics of the span shown")).to_contain_text("Mean")
    channel = page.get_by_role("option", name=re.compile(rf"^{CHANNEL}\b"))
    expect(channel).to_contain_text("Anomaly")


def test_an_event_takes_the_chart_there_and_a_link_brings_another_reader_to_the_same_view(
    page: Page, judged: Watched
) -> None:
    """Choosing an event zooms onto it; the address opened afresh shows the same span; a range leaves the zoom."""
    page.goto(judged.address(metric="gyro_x"))
    page.get_by_role("list", name="Events").get_by_role("button", name=CHANNEL).first.click()
    expect(page.get_by_role("heading", name=CHANNEL)).to_be_visible()
    expect(page).to_have_url(re.compile("from=.+&to="))
    chart = page.get_by_role("group", name=f"{CHANNEL}, telemetry against forecasts")
    expect(chart).to_be_visible()
    shown = chart.get_attribute("aria-label")
    page.goto(page.url)
    expect(chart).to_have_attribute("aria-label", shown or "")
    page.get_by_role("radio", name="6h", exact=True).click()
    expect(page).not_to_have_url(re.compile("from="))
    expect(page).to_have_url(re.compile("range=6h"))


def test_dragging_over_the_chart_zooms_and_a_double_click_goes_back(page: Page, judged: Watched) -> None:
    """The mouse picks a span of the chart and leaves it again."""
    page.goto(judged.address())
    plot = page.get_by_role("group", name="telemetry against forecasts").locator("canvas")
    box = plot.bounding_box()
    assert box is not None
    height = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.5, height)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, height, steps=8)
    page.mouse.up()
    expect(page.get_by_role("button", name="Reset zoom")).to_be_visible()
    page.mouse.dblclick(box["x"] + box["width"] * 0.5, height)
    expect(page.get_by_role("button", name="Reset zoom")).to_be_hidden()


@pytest.mark.usefixtures("judged")
def test_an_unknown_satellite_is_said_to_be_unknown(page: Page, complaints: Complaints) -> None:
    """An address with a satellite that nobody heard of shows the API's own words and a way to try again."""
    complaints.expected = ("404",)
    page.goto("/?satellite=NOBODY")
    alert = page.get_by_role("alert").first
    expect(alert).to_contain_text("NOBODY")
    expect(alert.get_by_role("button", name="Try again")).to_be_visible()
