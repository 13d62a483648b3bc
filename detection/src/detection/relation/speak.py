"""What the views of one channel say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detection.calibration import ChannelCalibration
from detection.evidence import ratio
from detection.relation.scale import relative
from detection.relation.statistics import statistics
from detection.relation.views import VIEWS, Scene, own_weights
from detection.types import Floats


@dataclass(frozen=True, slots=True)
class Spoken:
    """A channel's ratios by member, and by view what it is implied to be, in its spreads: [slots] each."""

    known: ChannelCalibration
    ratios: Mapping[str, Floats]
    implied: Mapping[str, Floats]
    loudest: Floats
    """The largest ratio; nan where there is none."""


def speak(
    scene: Scene,
    names: Sequence[str],
    name: str,
    known: ChannelCalibration,
    instead: Mapping[int, Floats] | None = None,
) -> Spoken:
    """What the views of a channel say; nothing of one that lacks a channel which it sees.

    ``instead`` are values, in spreads, to take for those of another channel.
    """
    own = names.index(name)
    ratios: dict[str, Floats] = {}
    implied: dict[str, Floats] = {}
    fitted_views = known.relation.views if known.relation else {}
    period = known.relation.period if known.relation else 0
    for view in VIEWS:
        fitted = fitted_views.get(view.name)
        if fitted is None or not fitted.sees <= set(names):
            continue
        context = [names.index(other) for other in fitted.context]
        weights = np.array(fitted.weights)
        implied[view.name] = scene.implied(own, view, period, context, weights, instead)
        innovation = (scene.values[own] - implied[view.name]) / fitted.sigma
        tells = names.index(fitted.teller.channel) if fitted.teller else own
        innovation = relative(scene.grid, innovation, fitted.teller, tells, period)
        doubt = scene.doubt(own, view, period, context, weights)
        if doubt is not None:
            doubt = relative(scene.grid, doubt / fitted.sigma, fitted.teller, tells, period)
        found = statistics(view, innovation, own_weights(weights, view, period), doubt)
        ratios |= {member: ratio(values, known.members[member]) for member, values in found.items()}
    return Spoken(known, ratios, implied, _loudest(ratios, scene.grid.slots))


def _loudest(ratios: Mapping[str, Floats], slots: int) -> Floats:
    return np.asarray(np.fmax.reduce([np.full(slots, np.nan), *ratios.values()]), dtype=np.float64)
