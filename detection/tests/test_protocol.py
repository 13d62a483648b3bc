"""The nested protocol: what is left out has no say in the choice that judges it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detection.evaluation.dataset import Recording
from detection.evaluation.metric import Counts
from detection.evaluation.protocol.rules import Candidate, Evidence, best, candidates, family, nested

FOUND = Counts(found=1, nominal=100)
MISSED = Counts(missed=1, nominal=100)
QUICK, SLOW = Candidate(("range",), 4.0), Candidate(("range",), 9.0)


def test_a_group_is_judged_by_the_rule_that_the_others_chose() -> None:
    """Where each group would choose the rule that fails on the other, nested judging finds nothing."""
    table = {QUICK: {"A-1": FOUND, "B-1": MISSED}, SLOW: {"A-1": MISSED, "B-1": FOUND}}
    estimate = nested(table, {"A-1": "A", "B-1": "B"})
    assert estimate.counts.found == 0
    assert estimate.counts.missed == 2
    assert estimate.chosen == {"A": SLOW.name, "B": QUICK.name}


@given(st.lists(st.booleans(), min_size=2, max_size=8), st.integers(0, 7))
def test_the_left_out_group_has_no_say(hits: list[bool], left: int) -> None:
    """Whatever a rule does on the group left out, the rule chosen without it stays the same."""
    channels = [f"A-{i}" for i in range(len(hits))]
    table = {
        QUICK: dict(zip(channels, (FOUND if hit else MISSED for hit in hits), strict=True)),
        SLOW: dict(zip(channels, (MISSED if hit else FOUND for hit in hits), strict=True)),
    }
    out = channels[left % len(channels)]
    kept = [channel for channel in channels if channel != out]
    changed = {rule: {**counts, out: MISSED if counts[out] == FOUND else FOUND} for rule, counts in table.items()}
    assert best(table, kept) == best(changed, kept)


def test_a_rule_counts_events_touched_and_events_that_touch_none() -> None:
    """The sum of its members' votes above the threshold is an event; other members have no say."""
    votes = {"range": np.zeros(100), "level": np.zeros(100), "loud": np.full(100, 11.0)}
    votes["range"][[10, 50]] = 3.0
    votes["level"][[10, 50]] = 3.0
    evidence = Evidence(Recording("A-1", votes["range"], votes["range"], ((8, 12),)), votes, np.zeros(100))
    both = Candidate(("range", "level"), 5.0).count(evidence)
    assert (both.found, both.missed, both.false) == (1, 0, 1)
    assert Candidate(("range", "level"), 5.0, alone=True).count(evidence).missed == 1
    assert Candidate(("range",), 5.0).count(evidence).missed == 1


def test_a_rule_whose_members_do_not_speak_finds_nothing() -> None:
    """A recording without votes of a rule's members counts as judged by it, and everything in it as missed."""
    silent = Evidence(Recording("A-1", np.zeros(50), np.zeros(100), ((8, 12),)), {}, np.zeros(100))
    for alone in (False, True):
        counts = Candidate(("range",), 4.0, alone=alone).count(silent)
        assert (counts.found, counts.missed, counts.flagged_nominal) == (0, 1, 0)


def test_the_menu_holds_every_rule_once() -> None:
    """All members, those without each one, forecasters and statistics alone: each set at each threshold, once."""
    menu = candidates(("range", "level", "vae"), ("vae",))
    assert len(menu) == len(set(menu))
    assert {rule.members for rule in menu} == {
        ("range", "level", "vae"),
        ("vae",),
        ("range", "level"),
        ("level", "vae"),
        ("range", "vae"),
    }


def test_a_family_is_the_letters_of_the_channel() -> None:
    """Channels of one family differ in their number alone."""
    assert [family(channel) for channel in ("A-1", "A-12", "TT-3")] == ["A", "A", "TT"]
