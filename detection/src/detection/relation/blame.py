"""Which channel it is: one that is off shows in all that see it.

A channel explains what seems wrong with another where the other would be as expected, had the first had the value
that it is implied to have. A fault explains all of what it does to others; what it does to others explains but a part
of it, since no regression takes another channel for more than it tells. Where each explains the other, it is the one
whose own past did not let expect it, or that is clearly further off; where that does not tell, both are named.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

import numpy as np

from detection.relation.grid import lagged, share_of
from detection.relation.speak import Spoken, speak
from detection.relation.views import FAR, SHADOW, Scene
from detection.types import Flags, Floats

CLEARLY = 1.5
"""How much further off one of two is that explain one another."""
_DOUBLING = tuple(1 << k for k in range(SHADOW.bit_length() - 1))
"""Lags by which, one after the other, a value is spread over the shadow's samples."""


@dataclass(frozen=True, slots=True)
class ByItself:
    """What a channel's own past tells of it, [slots]: where a sample is not what it let expect, and where that or the
    last few samples together are not."""

    sudden: Flags
    strange: Flags


def blamed_on_others(
    scene: Scene,
    names: Sequence[str],
    related: Set[str],
    spoken: Callable[[str], Spoken],
    name: str,
    by_itself: Callable[[str], ByItself],
) -> Flags:
    """Where what seems wrong with a channel is another's fault: [slots].

    What the ``related`` channels' views say is ``spoken`` when it is asked for: most have nothing to answer for.
    """
    own = spoken(name)
    blamed = np.zeros(scene.grid.slots, dtype=np.bool_)
    if own.known.relation is None or not (own.loudest > 1.0).any():
        return blamed
    for other in sorted(own.known.relation.context & related):
        suspect = _suspect(scene, names, spoken(other), other, by_itself)
        loud = _lately((spoken(other).loudest > 1.0) | suspect) & (own.loudest > 1.0)
        if not loud.any():
            continue
        is_explained = loud & _explains(scene, names, spoken, other, suspect, name)
        if is_explained.any() and _sees(spoken(other), name):
            is_clear = _recent(spoken(other).loudest) > CLEARLY * _recent(own.loudest)
            is_clear |= _lately(by_itself(other).sudden) & ~_lately(by_itself(name).sudden)
            back = _suspect(scene, names, own, name, by_itself)
            is_explained &= is_clear | ~_explains(scene, names, spoken, name, back, other)
        blamed |= is_explained
    return blamed


def _suspect(
    scene: Scene, names: Sequence[str], spoken: Spoken, name: str, by_itself: Callable[[str], ByItself]
) -> Flags:
    """Where nothing implies a channel yet, at a record's begin or after a gap, and it lately was strange: [slots]."""
    implied = spoken.implied.get(FAR.name)
    unknown: Flags = np.isfinite(scene.values[names.index(name)])
    if implied is not None:
        unknown &= ~np.isfinite(implied)
    return unknown & _lately(by_itself(name).strange & unknown) if unknown.any() else unknown


def _explains(
    scene: Scene, names: Sequence[str], spoken: Callable[[str], Spoken], first: str, suspect: Flags, second: str
) -> Flags:
    """Where the second channel would be as expected, had the first been what it is implied to be, and where it is
    ``suspect`` not been there."""
    implied = spoken(first).implied.get(FAR.name)
    at = names.index(first)
    been = np.where(suspect, np.nan, scene.bridged[at])
    instead = {at: been if implied is None else np.where(np.isfinite(implied), implied, been)}
    again = speak(scene, names, second, spoken(second).known, instead)
    return np.asarray(~(again.loudest > 1.0), dtype=np.bool_)


def _sees(spoken: Spoken, name: str) -> bool:
    return spoken.known.relation is not None and name in spoken.known.relation.context


def _lately(flags: Flags) -> Flags:
    return np.asarray(share_of(flags, 0, SHADOW - 1) > 0.0, dtype=np.bool_)


def _recent(values: Floats) -> Floats:
    """The largest of the last values, over the shadow: [slots]."""
    for lag in _DOUBLING:
        values = np.fmax(values, lagged(values, lag))
    return values
