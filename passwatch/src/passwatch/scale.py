"""Which values of a channel the storage can hold without harm to the values beside them. Pure.

VictoriaMetrics keeps the samples of a series in blocks of up to 8,192, as whole numbers of 18 to 19 digits with one
decimal exponent for all. A value M leaves the others of its block a step of up to M / 9e17: beside 3.4e38 all others
read back as 0, and a later merge of the storage's parts does the same to the pass before. So a value that is out of
all proportion to its channel is not stored.
"""

from __future__ import annotations

from passwatch.mission import Channel

STEPS = 1e10
"""So many steps of its resolution a channel may reach: 33 bits, more than a 32-bit counter counts."""
RANGES = 10.0
"""So many times its range a channel may reach; what is beyond that was not sent by its sensor."""
LIMITS = 1e5
"""So many times its largest limit a channel may reach that has neither a range nor a resolution."""
DEFAULT_LARGEST = 1e7
"""For a channel of which nothing is known: values of 1 and more beside it keep 11 digits."""
SMALLEST = 1e-250
"""Values nearer to zero than this (and not zero) are no measurements; far below, doubles lose digits themselves."""


def largest_magnitude(channel: Channel) -> float:
    """The largest absolute value of the channel that is stored, in its unit.

    From its range if the mission gives one, otherwise from its resolution, otherwise from its limits, otherwise
    :data:`DEFAULT_LARGEST`. Never less than ten times its largest limit.

    >>> largest_magnitude(Channel(name="battery_voltage", subsystem="eps", unit="V", resolution=0.01))
    100000000.0
    """
    given = (
        channel.limits.warning_low,
        channel.limits.warning_high,
        channel.limits.critical_low,
        channel.limits.critical_high,
    )
    limit = max((abs(value) for value in given if value is not None), default=0.0)
    if channel.range is not None:
        largest = RANGES * max(abs(value) for value in channel.range)
    elif channel.resolution is not None:
        largest = STEPS * channel.resolution
    elif limit:
        largest = LIMITS * limit
    else:
        largest = DEFAULT_LARGEST
    return max(largest, RANGES * limit)
