"""Fixtures of a real browser at the running platform, wherever ``base_url`` says that it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.browsing import Complaints
from tests.support.wait import PATIENCE_S

PATIENCE_MS = PATIENCE_S * 1000
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> Complaints:
    """The page's complaints."""
    return Complaints()


@pytest.fixture
def page(browser: Browser, base_url: str, complaints: Complaints) -> Iterator[Page]:
    """A page that must not complain, neither in its console nor by an exception."""
    context = browser.new_context(base_url=base_url, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.on("console", complaints.hear)
    page.on("pageerror", lambda error: complaints.heard.append(f"exception: {error}"))
    yield page
    context.close()
    assert complaints.unexpected == []
