"""The dashboard says which models and which calibration made the verdicts that it shows."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browsing import CHANNEL, Watched, violations
from tests.support.candidates import Operations
from tests.support.console import Console
from tests.support.station import BATCH_MS, Station

pytestmark = [pytest.mark.system, pytest.mark.browser]

PANELS = ("Recent batches", "Judged by, in the span shown", "Statistics of the span shown")


def judges(page: Page) -> Locator:
    """What judged the span shown, one item each."""
    panel = page.get_by_role("region", name="Judged by, in the span shown")
    return panel.get_by_role("list", name="Models and calibrations").get_by_role("listitem")


def tops(page: Page) -> list[float]:
    """Where the panels below the chart begin, from the top of the page."""
    return [page.get_by_role("region", name=name).evaluate("e => e.offsetTop") for name in PANELS]


def test_an_event_tells_the_shipped_calibration_that_judged_it_and_moves_nothing(
    page: Page, judged: Watched, console: Console
) -> None:
    """Revision, models and whose calibration it is are those of the batch's provenance; no panel changes its place."""
    (made,) = [item for item in console.judged(judged.faulty.uid)["provenance"] if item["subsystem"] == "eps"]
    page.goto(judged.address())
    expect(judges(page)).to_have_count(1)
    expect(judges(page)).to_contain_text("2 batches")
    before = tops(page)
    page.get_by_role("list", name="Events").get_by_role("button", name=CHANNEL).first.click()
    expect(judges(page).get_by_role("button", name=judged.faulty.batch_id)).to_be_visible()
    expect(judges(page)).to_contain_text(made["calibration"]["revision"])
    expect(judges(page)).to_contain_text("the mission’s, shipped with it")
    for version in made["models"].values():
        expect(judges(page)).to_contain_text(version)
    assert tops(page) == before


def test_a_calibration_of_the_satellites_own_is_told_live_and_reached_by_keyboard(
    page: Page, satellite: Watched, station: Station, console: Console, base_url: str
) -> None:
    """The first verdict by it adds it, with when and on what it was fitted; the keyboard leads to what was before."""
    page.goto(satellite.address())
    expect(judges(page)).to_have_count(1)
    expect(judges(page)).to_contain_text("the mission’s, shipped with it")

    start_ms = satellite.nominal.marker().first_time
    span = [datetime.fromtimestamp(t / 1000, UTC).isoformat() for t in (start_ms, start_ms + BATCH_MS)]
    request = {"mission": "default", "satellite_id": satellite.satellite_id, "from": span[0], "to": span[1]}
    operations = Operations(base_url)
    fitted = operations.fit(request)
    operations.post(f"/calibrations/{fitted['revision']}/activate")
    station.whole(satellite.faulty)
    station.flush()
    console.judged(satellite.faulty.uid)

    expect(judges(page)).to_have_count(2)
    own, shipped = judges(page).nth(0), judges(page).nth(1)
    expect(own).to_contain_text(satellite.faulty.batch_id)
    expect(own).to_contain_text(fitted["revision"])
    expect(own).to_contain_text(f"{satellite.satellite_id}’s own, fitted here")
    expect(own).to_contain_text(re.compile(rf"Fitted on\s*{span[0][:10]} {span[0][11:19]}"))
    expect(shipped).to_contain_text(satellite.nominal.batch_id)
    assert violations(page) == []

    own.get_by_role("button").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("from=.+&to="))
    expect(judges(page)).to_have_count(1)
    expect(judges(page)).to_contain_text("the mission’s, shipped with it")
