"""The life cycle of an alarm: no path loses one that nobody has acknowledged."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from passwatch.alarms import lifecycle
from passwatch.alarms.findings import SEVERITIES, Severity, rank
from passwatch.alarms.lifecycle import STANDING, UNACKNOWLEDGED, NotPossible, Rules

HOUR = 3_600_000


class Life(RuleBasedStateMachine):
    """Everything that can happen to an alarm, in any order, beside a plain account of what somebody has to see."""

    @initialize(
        on=st.sampled_from([0, 5_000]),
        off=st.sampled_from([0, 5_000]),
        clear=st.sampled_from([None, 0, HOUR]),
        severity=st.sampled_from(SEVERITIES),
        active=st.booleans(),
    )
    def start(self, on: int, off: int, clear: int | None, severity: Severity, active: bool) -> None:
        self.delays, self.now = Rules(on, off, clear, longest_shelving_ms=HOUR), 1_000_000
        self.alarm = lifecycle.begin(severity, active=active, now=self.now, rules=self.delays)
        self.raised = 0
        self.unseen = False
        self._account()

    def _account(self) -> None:
        """A rise of the count of raisings is something that nobody has seen yet."""
        assert self.alarm.raised >= self.raised
        if self.alarm.raised > self.raised:
            self.unseen = True
        self.raised = self.alarm.raised

    @rule(ms=st.sampled_from([0, 1, 1_000, 4_999, 5_000, HOUR, 2 * HOUR]))
    def time_passes(self, ms: int) -> None:
        self.now += ms
        self.alarm = lifecycle.tick(self.alarm, self.now, self.delays)
        self._account()

    @rule(active=st.booleans())
    def condition(self, active: bool) -> None:
        self.alarm = lifecycle.condition(self.alarm, active=active, now=self.now, rules=self.delays)
        self._account()

    @rule(severity=st.sampled_from(SEVERITIES))
    def worse(self, severity: Severity) -> None:
        before = self.alarm
        self.alarm = lifecycle.worse(before, severity, self.now)
        grew = rank(severity) > rank(before.severity) and before.state != "pending"
        assert self.alarm.raised == before.raised + grew
        self._account()

    @rule(severity=st.sampled_from(SEVERITIES), active=st.booleans())
    def comes_back(self, severity: Severity, active: bool) -> None:
        self.alarm = lifecycle.comes_back(self.alarm, severity, active=active, now=self.now)
        self._account()

    @rule()
    def acknowledge(self) -> None:
        if self.unseen:
            self.alarm = lifecycle.acknowledge(self.alarm, self.now)
            self.unseen = False
        else:
            with pytest.raises(NotPossible):
                lifecycle.acknowledge(self.alarm, self.now)

    @rule()
    def clear(self) -> None:
        allowed = not self.unseen and self.alarm.state == "returned"
        if allowed:
            self.alarm = lifecycle.clear(self.alarm)
            assert self.alarm.state == "cleared"
        else:
            with pytest.raises(NotPossible):
                lifecycle.clear(self.alarm)

    @rule(ms=st.sampled_from([-1, 0, 1, HOUR, HOUR + 1]))
    def shelve(self, ms: int) -> None:
        if 0 < ms <= HOUR and self.alarm.state in STANDING:
            self.alarm = lifecycle.shelve(self.alarm, self.now + ms, self.now, self.delays)
        else:
            with pytest.raises(NotPossible):
                lifecycle.shelve(self.alarm, self.now + ms, self.now, self.delays)

    @rule()
    def unshelve(self) -> None:
        if self.alarm.shelved_until is not None:
            self.alarm = lifecycle.unshelve(self.alarm)
        else:
            with pytest.raises(NotPossible):
                lifecycle.unshelve(self.alarm)

    @rule(on=st.booleans())
    def suppress(self, on: bool) -> None:
        self.alarm = lifecycle.suppress(self.alarm, suppressed=on)

    @rule(out=st.booleans())
    def service(self, out: bool) -> None:
        self.alarm = lifecycle.service(self.alarm, out=out)

    @rule(severity=st.sampled_from(SEVERITIES), active=st.booleans(), acknowledged=st.booleans())
    def merges(self, severity: Severity, active: bool, acknowledged: bool) -> None:
        other = lifecycle.begin(severity, active=active, now=self.now, rules=Rules())
        other = lifecycle.acknowledge(other, self.now) if acknowledged else other
        quiet = self.alarm.quiet
        merged = lifecycle.merge(self.alarm, other)
        turned = lifecycle.merge(other, self.alarm)
        assert (merged.state, merged.severity, merged.quiet) == (turned.state, turned.severity, turned.quiet)
        assert not merged.quiet or quiet
        self.alarm = merged
        self.unseen = self.unseen or not acknowledged
        self.raised = merged.raised

    @invariant()
    def what_nobody_has_seen_stays(self) -> None:
        if hasattr(self, "alarm"):
            assert self.unseen == (self.alarm.state in UNACKNOWLEDGED)
            if self.unseen and not (self.alarm.suppressed or self.alarm.out_of_service):
                assert self.alarm.annunciated or self.alarm.shelved_until is not None

    @invariant()
    def a_shelving_ends_by_itself(self) -> None:
        if hasattr(self, "alarm") and self.alarm.shelved_until is not None:
            assert self.alarm.shelved_until - self.now <= HOUR
            later = lifecycle.tick(self.alarm, self.alarm.shelved_until, self.delays)
            assert later.shelved_until is None


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=40)


def test_what_is_over_when_it_becomes_known_is_latched() -> None:
    """A verdict tells of a fault that has passed: somebody must still see it."""
    alarm = lifecycle.begin("warning", active=False, now=0, rules=Rules(on_delay_ms=10))
    assert alarm.state == "returned-unacknowledged"
    assert alarm.annunciated


def test_a_condition_within_the_on_delay_raises_nothing() -> None:
    """What goes before the delay is over was never an alarm."""
    rules = Rules(on_delay_ms=5_000)
    alarm = lifecycle.begin("critical", active=True, now=0, rules=rules)
    assert (alarm.state, alarm.raised) == ("pending", 0)
    assert lifecycle.tick(alarm, 4_999, rules).state == "pending"
    assert lifecycle.tick(alarm, 5_000, rules).state == "unacknowledged"
    assert lifecycle.condition(alarm, active=False, now=4_999, rules=rules).state == "cleared"


def test_chatter_within_the_off_delay_is_one_alarm() -> None:
    """A condition that comes and goes faster than the off-delay returns to normal once, and is raised once."""
    rules = Rules(off_delay_ms=5_000)
    alarm = lifecycle.begin("warning", active=True, now=0, rules=rules)
    for now in range(1_000, 20_000, 1_000):
        alarm = lifecycle.condition(alarm, active=(now // 1_000) % 2 == 0, now=now, rules=rules)
        assert (alarm.state, alarm.raised) == ("unacknowledged", 1)
    assert lifecycle.tick(alarm, 25_000, rules).state == "returned-unacknowledged"


def test_a_logged_incident_is_nobodys_alarm() -> None:
    """Late data is recorded, and does not ask for attention when it grows worse."""
    alarm = lifecycle.worse(lifecycle.log("watch", active=False, now=0), "critical", 1)
    assert (alarm.state, alarm.severity, alarm.annunciated) == ("logged", "critical", False)
