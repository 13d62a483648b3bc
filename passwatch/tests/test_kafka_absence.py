"""When a Kafka client is taken to be lost: the rule, with times made up."""

from __future__ import annotations

import json
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passwatch.kafka_absence import Absence
from passwatch.kafka_watchdog import has_broker

Step = tuple[float, bool, bool]
"""Seconds since the step before, whether the client has a broker, whether Kafka answers others."""

gaps = st.floats(0, 100)
steps = st.lists(st.tuples(gaps, st.booleans(), st.booleans()), max_size=60)


def observed(absence: Absence, taken: list[Step], start: float = 0.0) -> float:
    """Let it observe these steps; the time at the end."""
    for gap, connected, answers in taken:
        start += gap
        absence.observe(start, connected=connected, kafka_answers=answers)
    return start


def test_a_client_that_stays_away_from_a_kafka_that_answers_is_lost_after_the_patience() -> None:
    """At one observation a second and a patience of 60 s the client is lost at the 61st, not before."""
    absence = Absence(60, 2)
    observed(absence, [(1.0, False, True)] * 60)
    assert not absence.is_too_long
    observed(absence, [(1.0, False, True)], start=60)
    assert absence.is_too_long


@given(steps, st.floats(0.1, 50), st.floats(0.1, 50))
def test_one_sign_of_life_or_an_outage_begins_the_patience_anew(
    taken: list[Step], patience: float, most: float
) -> None:
    """After any past, a client that has a broker, or a Kafka that answers nobody, leaves nothing of the absence."""
    for connected, answers in ((True, True), (True, False), (False, False)):
        absence = Absence(patience, most)
        end = observed(absence, taken)
        absence.observe(end, connected=connected, kafka_answers=answers)
        assert absence.seconds == 0
        assert not absence.is_too_long


@given(st.lists(st.tuples(gaps, st.booleans(), st.just(False)), max_size=60))
def test_nobody_is_lost_while_kafka_answers_nobody(taken: list[Step]) -> None:
    """However long Kafka itself is away, its clients are waited for."""
    absence = Absence(1, 100)
    observed(absence, taken)
    assert not absence.is_too_long


@given(steps, st.floats(0.1, 50), st.floats(0.1, 50))
def test_only_time_that_was_seen_counts(taken: list[Step], patience: float, most: float) -> None:
    """The absence is the sum of the gaps since it began, each of them bounded, whatever stood still in between."""
    absence = Absence(patience, most)
    observed(absence, taken)
    times = list(accumulate(gap for gap, _, _ in taken))
    begin = max((i for i, (_, connected, answers) in enumerate(taken) if connected or not answers), default=-1) + 1
    expected = sum(min(b - a, most) for a, b in zip(times[begin:], times[begin + 1 :], strict=False))
    assert absence.seconds == pytest.approx(expected)
    assert absence.is_too_long == (absence.seconds >= patience)


def statistics(*brokers: tuple[str, str]) -> str:
    """What librdkafka tells of a client with connections of these sources and states."""
    return json.dumps({"brokers": {str(i): {"source": s, "state": t} for i, (s, t) in enumerate(brokers)}})


@pytest.mark.parametrize("source", ["learned", "configured"])
@pytest.mark.parametrize("state", ["UP", "UPDATE"])
def test_one_connection_to_a_broker_is_enough(source: str, state: str) -> None:
    """A client with a connection is connected, whatever its others do."""
    assert has_broker(statistics(("learned", "DOWN"), (source, state)))


def test_a_coordinator_alone_is_no_broker() -> None:
    """What a client is left with that has lost its brokers: none, or those it does not fetch from, in any state."""
    assert not has_broker(statistics())
    assert not has_broker(statistics(("logical", "UP"), ("internal", "UP")))
    states = ("INIT", "DOWN", "TRY_CONNECT", "CONNECT", "APIVERSION_QUERY")
    assert not has_broker(statistics(*(("learned", state) for state in states)))
