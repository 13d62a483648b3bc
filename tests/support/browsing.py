"""What browser tests look at, and what the browser says meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import ConsoleMessage, Page

from batch_simulator.faults import Fault, Kind
from passwatch.mission import Mission
from tests.support.moment import CADENCE_MS
from tests.support.station import BATCH_MS, Pass, simulated

AXE = Path(__file__).resolve().parents[2] / "frontend/node_modules/axe-core/axe.min.js"
CHECK = "async () => (await axe.run()).violations.map(v => `${v.id}: ${v.nodes.map(n => n.html).join(' | ')}`)"
CHANNEL = "battery_temp"
"""The channel that has a fault."""


@dataclass
class Complaints:
    """What the page complained of; ``expected`` holds words of complaints that a test provokes."""

    heard: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def hear(self, message: ConsoleMessage) -> None:
        """Keep warnings and errors."""
        if message.type in ("warning", "error"):
            self.heard.append(f"{message.type}: {message.text}")

    @property
    def unexpected(self) -> list[str]:
        """Those that no test asked for."""
        return [text for text in self.heard if not any(word in text for word in self.expected)]


@dataclass(frozen=True)
class Watched:
    """A satellite whose first pass is nominal and whose second one has a fault on :data:`CHANNEL`."""

    satellite_id: str
    nominal: Pass
    faulty: Pass
    fault: Fault

    def address(self, **more: str) -> str:
        """Where the dashboard shows it."""
        return "/?" + urlencode({"satellite": self.satellite_id, "metric": CHANNEL, "range": "1d", **more})


def violations(page: Page) -> list[str]:
    """What axe finds wrong with the page for people who use a screen reader, a keyboard, or need contrast."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(CHECK)
    return found


def watched(mission: Mission, satellite_id: str, start_ms: int) -> Watched:
    """Two passes of this satellite, not sent yet."""
    second = start_ms + BATCH_MS
    begin = second + 600 * CADENCE_MS
    fault = Fault(Kind.SHIFT, CHANNEL, begin, begin + 60 * CADENCE_MS, 8.0)
    nominal = simulated(mission, satellite_id, start_ms)
    faulty = simulated(mission, satellite_id, second, faults=[fault])
    return Watched(satellite_id, nominal, faulty, fault)
