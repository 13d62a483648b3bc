"""The life cycle of an alarm, as a state machine after ISA-18.2 (IEC 62682).

An alarm is raised when its condition has held for the on-delay, stays until somebody has acknowledged it, returns to
normal when its condition has been absent for the off-delay, and is cleared by hand or some time after it was
acknowledged and normal. Beside its state it can be kept from being annunciated: shelved for a time by an operator,
suppressed by design, or out of service. None of these forgets an alarm: each keeps its state, and when the last of
them ends, what is unacknowledged is annunciated again.

Every function takes the alarm as it is and the time (ms since the epoch, wall clock), and returns the alarm as it is
then. Times never run backwards for one alarm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from passwatch.alarms.findings import Severity, rank

State = Literal["pending", "unacknowledged", "acknowledged", "returned-unacknowledged", "returned", "cleared", "logged"]
"""``pending``: within the on-delay. ``returned-unacknowledged``: latched. ``returned``: acknowledged and normal again.
``logged``: recorded, and nobody's attention is asked for."""

UNACKNOWLEDGED: frozenset[State] = frozenset({"unacknowledged", "returned-unacknowledged"})
STANDING: frozenset[State] = frozenset({"unacknowledged", "acknowledged", "returned-unacknowledged", "returned"})
"""What needs, or has, somebody's attention."""


class NotPossible(Exception):
    """The act does not fit the alarm's state; the message says why."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Delays in ms. ``clear_after_ms`` None: only a person clears. ``longest_shelving_ms`` bounds every shelving."""

    on_delay_ms: int = 0
    off_delay_ms: int = 0
    clear_after_ms: int | None = None
    longest_shelving_ms: int = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm towards people. ``active`` is its condition, ``active_since`` when that last changed.

    ``severity`` is the worst since it was raised last.
    """

    state: State
    severity: Severity
    active: bool
    active_since: int
    raised_at: int | None = None
    raised: int = 0
    """How often it was raised: once, and once more with every re-alarm."""
    acknowledged_at: int | None = None
    shelved_until: int | None = None
    suppressed: bool = False
    out_of_service: bool = False

    @property
    def quiet(self) -> bool:
        """Whether it is kept from being annunciated."""
        return self.shelved_until is not None or self.suppressed or self.out_of_service

    @property
    def annunciated(self) -> bool:
        """Whether it asks for attention now."""
        return self.state in UNACKNOWLEDGED and not self.quiet


def begin(severity: Severity, *, active: bool, now: int, rules: Rules) -> Alarm:
    """The alarm of an incident that has just become known; without an on-delay it is raised at once.

    What is over already is raised too: it is latched.
    """
    alarm = Alarm("pending", severity, active, now)
    return alarm if active and rules.on_delay_ms > 0 else _raise(alarm, now)


def log(severity: Severity, *, active: bool, now: int) -> Alarm:
    """The record of an incident that raises no alarm: late data, or a stream that is only logged."""
    return Alarm("logged", severity, active, now)


def condition(alarm: Alarm, *, active: bool, now: int, rules: Rules) -> Alarm:
    """The condition is present, or absent; the delays decide what follows and when."""
    if active != alarm.active:
        alarm = replace(alarm, active=active, active_since=now)
    return tick(alarm, now, rules)


def worse(alarm: Alarm, severity: Severity, now: int) -> Alarm:
    """The severity is this now. If it has grown worse than it was, a raised alarm is raised again."""
    if rank(severity) <= rank(alarm.severity):
        return alarm
    alarm = replace(alarm, severity=severity)
    return alarm if alarm.state in {"pending", "logged"} else _raise(alarm, now)


def comes_back(alarm: Alarm, severity: Severity, *, active: bool, now: int) -> Alarm:
    """What had returned to normal has happened anew: it is raised again, whatever was done about it before."""
    alarm = replace(alarm, severity=severity if alarm.state == "cleared" else _worst(alarm.severity, severity))
    alarm = replace(alarm, active=active, active_since=now)
    return alarm if alarm.state in {"pending"} else _raise(alarm, now)


def acknowledge(alarm: Alarm, now: int) -> Alarm:
    """Somebody has seen it.

    Raises:
        NotPossible: it does not wait for that.
    """
    if alarm.state == "unacknowledged":
        return replace(alarm, state="acknowledged", acknowledged_at=now)
    if alarm.state == "returned-unacknowledged":
        return replace(alarm, state="returned", acknowledged_at=now)
    raise NotPossible(f"an alarm that is {alarm.state} waits for no acknowledgement")


def clear(alarm: Alarm) -> Alarm:
    """It is done with.

    Raises:
        NotPossible: it was not acknowledged, or its condition is still present.
    """
    if alarm.state in UNACKNOWLEDGED:
        raise NotPossible("it was not acknowledged yet")
    if alarm.state != "returned":
        why = "its condition is still present" if alarm.state == "acknowledged" else f"it is {alarm.state}"
        raise NotPossible(f"it cannot be cleared: {why}")
    return _cleared(alarm)


def shelve(alarm: Alarm, until: int, now: int, rules: Rules) -> Alarm:
    """Keep it from being annunciated until then.

    Raises:
        NotPossible: that is over already or longer than allowed, or the alarm is not standing.
    """
    if alarm.state not in STANDING:
        raise NotPossible(f"an alarm that is {alarm.state} cannot be shelved")
    if until <= now:
        raise NotPossible("the shelving would be over already")
    if until - now > rules.longest_shelving_ms:
        raise NotPossible(f"an alarm is shelved for at most {rules.longest_shelving_ms / 3_600_000:g} hours")
    return replace(alarm, shelved_until=until)


def unshelve(alarm: Alarm) -> Alarm:
    """Annunciate it again.

    Raises:
        NotPossible: it is not shelved.
    """
    if alarm.shelved_until is None:
        raise NotPossible("it is not shelved")
    return replace(alarm, shelved_until=None)


def suppress(alarm: Alarm, *, suppressed: bool) -> Alarm:
    """It is expected by what was planned, or no longer is."""
    return replace(alarm, suppressed=suppressed)


def service(alarm: Alarm, *, out: bool) -> Alarm:
    """Its channel or satellite was taken out of service, or has returned to it."""
    return replace(alarm, out_of_service=out)


def tick(alarm: Alarm, now: int, rules: Rules) -> Alarm:
    """What time alone changes: delays that are over, shelvings that end, what is cleared by itself."""
    if alarm.shelved_until is not None and now >= alarm.shelved_until:
        alarm = replace(alarm, shelved_until=None)
    for_ms = now - alarm.active_since
    if alarm.state == "pending":
        if not alarm.active:
            return _cleared(alarm)
        return _raise(alarm, now) if for_ms >= rules.on_delay_ms else alarm
    if not alarm.active and for_ms >= rules.off_delay_ms:
        if alarm.state == "unacknowledged":
            return replace(alarm, state="returned-unacknowledged")
        if alarm.state == "acknowledged":
            alarm = replace(alarm, state="returned")
    if alarm.active and alarm.state in {"returned", "returned-unacknowledged", "cleared"}:
        return _raise(alarm, now)
    if alarm.state == "returned" and rules.clear_after_ms is not None:
        since = max(alarm.active_since + rules.off_delay_ms, alarm.acknowledged_at or 0)
        return _cleared(alarm) if now - since >= rules.clear_after_ms else alarm
    return alarm


def merge(one: Alarm, other: Alarm) -> Alarm:
    """The alarm of two incidents that have turned out to be one: nothing that either asks for is lost.

    It is quiet in a way only where both were.
    """
    order: tuple[State, ...] = (
        "logged", "cleared", "pending", "returned", "acknowledged", "returned-unacknowledged", "unacknowledged"
    )  # fmt: skip
    active = one.active or other.active
    needs = max(one, other, key=lambda a: order.index(a.state))
    state: State = needs.state
    if state == "returned-unacknowledged" and active:
        state = "unacknowledged"
    if state == "returned" and active:
        state = "acknowledged"
    both = one.shelved_until is not None and other.shelved_until is not None
    return replace(
        needs,
        state=state,
        severity=_worst(one.severity, other.severity),
        active=active,
        active_since=min(a.active_since for a in (one, other) if a.active == active),
        raised=max(one.raised, other.raised),
        shelved_until=min(one.shelved_until or 0, other.shelved_until or 0) if both else None,
        suppressed=one.suppressed and other.suppressed,
        out_of_service=one.out_of_service and other.out_of_service,
    )


def _raise(alarm: Alarm, now: int) -> Alarm:
    state: State = "unacknowledged" if alarm.active else "returned-unacknowledged"
    return replace(alarm, state=state, raised_at=now, raised=alarm.raised + 1, acknowledged_at=None)


def _cleared(alarm: Alarm) -> Alarm:
    return replace(alarm, state="cleared", shelved_until=None)


def _worst(one: Severity, other: Severity) -> Severity:
    return max(one, other, key=rank)
