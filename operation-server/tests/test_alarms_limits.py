"""Findings of limit-monitor become alarms at once, and the verdict that follows joins them."""

from __future__ import annotations

from typing import Any

import pytest

from passwatch import ids
from passwatch.contracts import LimitFinding

pytestmark = pytest.mark.engines


def violation(data: Any, record: int, *, channel: str = "battery_temp", **other: Any) -> LimitFinding:
    """A violation of a pass's channel that began with this record."""
    start = data.start_ms + record * 30_000
    stream = other.get("stream", "realtime")
    values: dict[str, Any] = {
        "finding_id": ids.limit_finding_id(data.mission, data.satellite_id, stream, channel, "value", start),
        "mission": data.mission,
        "satellite_id": data.satellite_id,
        "stream": stream,
        "channel": channel,
        "subsystem": "eps",
        "rule": "value",
        "severity": "critical",
        "start": start,
        "end": start,
        "ongoing": True,
        "score": 1.2,
        "value": 48.0,
        "explanation": f"{channel} 48 °C, above its critical limit 45 °C",
        "broker_time": data.end_ms,
    }
    return LimitFinding(**(values | other))


def listed(server: Any, data: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = server.json("/alarms", satellite_id=data.satellite_id)["items"]
    return items


def test_a_violation_is_an_alarm_and_the_verdict_joins_it(
    server: Any, sender: Any, a_pass: Any, eventually: Any
) -> None:
    """The alarm is there before the pass is judged; its end returns it to normal; the verdict is no second alarm."""
    data = a_pass()
    sender.limits(violation(data, 30))
    (item,) = eventually(lambda: listed(server, data), "the alarm")
    assert (item["state"], item["channel"], item["kind"], item["annunciated"]) == (
        "unacknowledged",
        "battery_temp",
        "limit",
        True,
    )
    sender.limits(violation(data, 30, ongoing=False, end=data.start_ms + 50 * 30_000))
    eventually(lambda: listed(server, data)[0]["state"] == "returned-unacknowledged", "the return to normal")
    sender.results(*data.results(events=[data.event("battery_temp", 28, 52), data.event("temp_obc", 60, 70)]))
    server.judged(data.uid)
    (joined,) = listed(server, data)
    assert (joined["incident_id"], joined["findings"], joined["raised"]) == (item["incident_id"], 3, 1)
    assert joined["channel"] == "battery_temp"


def test_a_violation_that_nobody_ended_ends_with_the_verdict(
    server: Any, sender: Any, a_pass: Any, eventually: Any
) -> None:
    """A monitor that was restarted amid a violation leaves it open; the verdict on that time closes it."""
    data = a_pass()
    sender.limits(violation(data, 30))
    (item,) = eventually(lambda: listed(server, data), "the alarm")
    assert item["ongoing"]
    sender.results(*data.results(events=[data.event("battery_temp", 28, 52)]))
    server.judged(data.uid)
    assert not listed(server, data)[0]["ongoing"]


def test_a_pass_of_1354_violations_is_one_incident(server: Any, sender: Any, a_pass: Any, eventually: Any) -> None:
    """However often limits are violated in a pass, it is one incident and was raised once."""
    data = a_pass(records=1354)
    names = ["battery_temp", "battery_soc"]
    sender.limits(*(violation(data, n, channel=names[n % 2], ongoing=False) for n in range(1354)))
    eventually(lambda: [i["findings"] for i in listed(server, data)] == [1354], "all violations", 120)
    (item,) = listed(server, data)
    assert (item["affected"], item["raised"]) == (2, 1)


@pytest.mark.parametrize(("stream", "states"), [("dump", ["logged"]), ("test", [])])
def test_a_playback_raises_none(
    server: Any, sender: Any, a_pass: Any, eventually: Any, stream: str, states: list[str]
) -> None:
    """Violations in a dump are on record, those of a test are not even that; neither asks for anybody."""
    data, live = a_pass(), a_pass(satellite_id=a_pass().satellite_id + "-live")
    sender.limits(*(violation(data, n, stream=stream) for n in range(0, 100, 10)), violation(live, 1))
    eventually(lambda: listed(server, live), "the alarm that was sent last")
    eventually(lambda: [i["state"] for i in listed(server, data)] == states, "the dump's incidents")
    assert not any(i["annunciated"] for i in listed(server, data))
