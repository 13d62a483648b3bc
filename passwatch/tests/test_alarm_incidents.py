"""Findings of a satellite become incidents: one fault, one incident, and its cause first."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passwatch.alarms.findings import Finding, kind_of
from passwatch.alarms.incidents import Joining, groups, summarise

MINUTE = 60_000
JOINING = Joining(gap_ms=30 * MINUTE, unseen_ms=600 * MINUTE)


def finding(name: str, start: int, end: int, **other: Any) -> Finding:
    values: dict[str, Any] = {
        "source": "verdict",
        "subsystem": "eps",
        "channel": name,
        "severity": "warning",
        "kind": "step",
        "score": 1.5,
    }
    return Finding(finding_id=f"{name}/{start}", start=start * MINUTE, end=end * MINUTE, **(values | other))


@st.composite
def many(draw: st.DrawFn) -> list[Finding]:
    found = {}
    for _ in range(draw(st.integers(1, 12))):
        start = draw(st.integers(0, 2_000))
        one = finding(
            draw(st.sampled_from("abc")),
            start,
            start + draw(st.integers(0, 200)),
            at_start=draw(st.booleans()),
            at_end=draw(st.booleans()),
        )
        found[one.finding_id] = one
    return list(found.values())


@given(many(), st.randoms())
def test_the_order_of_arrival_does_not_matter(found: list[Finding], random: Any) -> None:
    """The same findings are the same incidents, however they come; none is in two, none is lost."""
    expected = groups(found, JOINING)
    shuffled = list(found)
    random.shuffle(shuffled)
    assert groups(shuffled, JOINING) == expected
    assert sorted(f.finding_id for group in expected for f in group) == sorted(f.finding_id for f in found)


@given(many())
def test_incidents_are_apart_and_their_findings_are_not(found: list[Finding]) -> None:
    """No two findings of different incidents belong together; in an incident each belongs to another of it."""
    made = groups(found, JOINING)
    for i, group in enumerate(made):
        others = [f for j, other in enumerate(made) if j != i for f in other]
        assert not any(JOINING.together(a, b) for a in group for b in others)
        assert all(len(group) == 1 or any(JOINING.together(a, b) for b in group if b is not a) for a in group)


def test_a_fault_that_lasts_from_one_pass_into_the_next_is_one() -> None:
    """Hours that nobody saw do not part a fault that reached their beginning and their end."""
    before, after = finding("a", 0, 60, at_end=True), finding("a", 500, 520, at_start=True)
    assert len(groups([before, after], JOINING)) == 1
    assert len(groups([before, finding("a", 500, 520)], JOINING)) == 2


def test_the_cause_is_what_began_first_and_deviates() -> None:
    """An effect that scores higher but began later is no cause; nor is a slight deviation that began by chance."""
    found = [
        finding("gyro_x", 0, 1, score=1.01),
        finding("battery_temp", 2, 60, score=20.0, severity="critical"),
        finding("temp_obc", 50, 110, score=25.0, severity="critical", subsystem="thermal"),
    ]
    whole = summarise(found)
    assert whole.cause.channel == "battery_temp"
    assert (whole.onset, whole.end, whole.severity, whole.score) == (0, 110 * MINUTE, "critical", 25.0)
    assert {c.channel for c in whole.channels} == {"gyro_x", "battery_temp", "temp_obc"}
    assert sum(c.share for c in whole.channels) == pytest.approx(1)


def test_an_incident_of_nothing_is_refused() -> None:
    """There is no incident without a finding."""
    with pytest.raises(ValueError, match="at least one"):
        summarise([])


@pytest.mark.parametrize(
    ("detector", "samples", "kind"),
    [
        ("limits", 1, "limit"),
        ("flat", 50, "stuck"),
        ("relation_mean_60", 50, "relation"),
        ("deviation", 50, "noise"),
        ("activity_long", 50, "noise"),
        ("vae_timeseries_mean", 50, "drift"),
        ("level", 50, "drift"),
        ("vae_timeseries", 1, "spike"),
        ("autoregression_quiet", 50, "step"),
    ],
)
def test_kinds_follow_from_the_member(detector: str, samples: int, kind: str) -> None:
    """Each member of the detector finds deviations of one form."""
    assert kind_of(detector, samples * 30_000, 30_000) == kind
