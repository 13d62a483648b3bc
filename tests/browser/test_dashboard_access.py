"""The dashboard serves people who use a keyboard, a screen reader, or a small screen."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browsing import CHANNEL, Watched, violations

pytestmark = [pytest.mark.system, pytest.mark.browser]


def test_everything_is_reached_by_keyboard(page: Page, judged: Watched) -> None:
    """Channel, range, values under the cursor and zoom are chosen without a mouse."""
    page.goto(judged.address(metric="gyro_x"))
    page.get_by_role("searchbox", name="Search channels").focus()
    page.keyboard.type(CHANNEL)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=CHANNEL)).to_be_visible()

    page.get_by_role("radio", name="1d", exact=True).focus()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("range=6h"))

    page.get_by_role("group", name=f"{CHANNEL}, telemetry against forecasts").focus()
    time = page.get_by_role("status", name="Time of the values")
    expect(time).to_contain_text("newest")
    page.keyboard.press("ArrowRight")
    expect(time).not_to_contain_text("newest")
    page.keyboard.press("+")
    expect(page.get_by_role("button", name="Reset zoom")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Reset zoom")).to_be_hidden()


def test_events_are_walked_by_keyboard_and_keep_the_focus(page: Page, judged: Watched) -> None:
    """One stop of the tabulator leads to all events; choosing one moves the chart, and the focus stays on it."""
    page.goto(judged.address(metric="gyro_x"))
    events = page.get_by_role("list", name="Events").get_by_role("button")
    expect(events.first).to_be_visible()
    page.get_by_role("radio", name="All", exact=True).focus()
    page.keyboard.press("Tab")
    expect(events.first).to_be_focused()
    page.keyboard.press("End")
    expect(events.last).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("from=.+&to="))
    expect(events.last).to_be_focused()
    expect(events.last).to_have_attribute("aria-current", "true")


def test_a_channel_without_events_says_so_and_leads_to_the_others(page: Page, judged: Watched) -> None:
    """Its part of the page is as high as with events, axe finds nothing wrong in it, and a button shows all events."""
    page.goto(judged.address(metric="gyro_x"))
    expect(page.get_by_role("list", name="Events")).to_be_visible()
    panel = page.get_by_role("region", name="Anomaly events")
    height = panel.evaluate("e => e.offsetHeight")
    page.get_by_role("radio", name="This channel").focus()
    page.keyboard.press("Space")
    expect(panel).to_contain_text("No anomaly was found in what was judged of gyro_x.")
    assert panel.evaluate("e => e.offsetHeight") == height
    assert violations(page) == []
    panel.get_by_role("button", name="All channels").press("Enter")
    expect(page.get_by_role("list", name="Events")).to_be_visible()


def test_tab_enters_at_a_link_past_the_header(page: Page, judged: Watched) -> None:
    """The first stop of the tabulator is the link that skips the header, and it leads to the content."""
    page.goto(judged.address())
    expect(page.get_by_role("list", name="Events")).to_be_visible()
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="Skip to content")
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


@pytest.mark.parametrize("width", [1440, 480])
def test_an_accessibility_check_finds_nothing(page: Page, judged: Watched, width: int) -> None:
    """axe finds no violation, contrast included, and a narrow screen does not scroll sideways."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(judged.address())
    expect(page.get_by_role("list", name="Events")).to_be_visible()
    expect(page.get_by_role("table", name="Batches")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_motion_is_still_for_those_who_ask_for_it(page: Page, judged: Watched) -> None:
    """With reduced motion asked for, nothing on the page goes on moving."""
    page.emulate_media(reduced_motion="reduce")
    page.goto(judged.address())
    expect(page.get_by_role("list", name="Events")).to_be_visible()
    moving = (
        "document.getAnimations().filter(a => a.playState === 'running' && a.effect.getTiming().duration > 1).length"
    )
    assert page.evaluate(moving) == 0
