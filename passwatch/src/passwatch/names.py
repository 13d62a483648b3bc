"""What ids and names may be, said once: for the simulator, the API, Kafka's messages, mission files and files to judge.

The limits are those of the narrowest place that a name goes through; a name that keeps to them can be stored, asked for
and shown everywhere.
"""

from __future__ import annotations

import re

MAX_MISSION = 64
MAX_SATELLITE = 64
MAX_BATCH = 128
MAX_NAME = 128
"""Characters of a channel's name."""
MAX_SUBSYSTEM = 64

# `$` would let a newline at the end through.
MISSION_PATTERN = rf"^[a-z0-9][a-z0-9-]{{0,{MAX_MISSION - 1}}}$(?!\n)"
SATELLITE_PATTERN = rf"^[A-Za-z0-9][A-Za-z0-9._-]{{0,{MAX_SATELLITE - 1}}}$(?!\n)"
BATCH_PATTERN = rf"^[A-Za-z0-9][A-Za-z0-9._:-]{{0,{MAX_BATCH - 1}}}$(?!\n)"

METRIC_PREFIX = "satellite_"
_SATELLITE = re.compile(SATELLITE_PATTERN)
_PLAIN = re.compile(r"[a-z0-9_]+")
_CAPITALS = re.compile(r"[A-Z0-9-]+")
_ESCAPED = re.compile(r":([0-9a-f]+):")


def satellite_id_fault(satellite_id: str) -> str | None:
    """What is wrong with a satellite's id; None if nothing is.

    >>> satellite_id_fault("SAT-001")
    >>> satellite_id_fault("S" * 65)
    'it has 65 characters; the most is 64'
    """
    if len(satellite_id) > MAX_SATELLITE:
        return f"it has {len(satellite_id)} characters; the most is {MAX_SATELLITE}"
    if not _SATELLITE.search(satellite_id):
        return "it must begin with a letter or digit, and consist of letters, digits, '.', '_' and '-'"
    return None


def channel_name_fault(name: str) -> str | None:
    """What is wrong with a channel's name; None if nothing is.

    >>> channel_name_fault("t.emp")
    >>> channel_name_fault("")
    'it is empty'
    """
    if not name:
        return "it is empty"
    if len(name) > MAX_NAME:
        return f"it has {len(name)} characters; the most is {MAX_NAME}"
    if name != name.strip() or not name.isprintable():
        return "it has a control character, or a space at an end"
    return None


def metric_name(channel: str) -> str:
    """The name of a channel's series, from which :func:`spellings` finds the channel's name again.

    Small letters, digits and ``_`` stay as they are. A name of capitals, digits and ``-`` alone (recorded channels are
    called so) is written small, with ``_``. Of every other name, letters and digits stay and the rest is escaped: the
    character's number in hex between colons.

    >>> [metric_name(name) for name in ("battery_temp", "A-1", "Temp", "t.emp")]
    ['satellite_battery_temp', 'satellite_a_1', 'satellite_Temp', 'satellite_t:2e:emp']
    """
    if _PLAIN.fullmatch(channel):
        return METRIC_PREFIX + channel
    if _CAPITALS.fullmatch(channel):
        return METRIC_PREFIX + channel.lower().replace("-", "_")
    kept = (c if c.isascii() and (c.isalnum() or c == "_") else f":{ord(c):x}:" for c in channel)
    return METRIC_PREFIX + "".join(kept)


def spellings(metric: str) -> list[str]:
    """The names that a channel with this series may have, the one that comes first if several are known first.

    >>> spellings("satellite_a_1"), spellings("satellite_t:2e:emp")
    (['a_1', 'A-1'], ['t.emp'])
    """
    name = metric.removeprefix(METRIC_PREFIX)
    if _PLAIN.fullmatch(name):
        return [name, name.upper().replace("_", "-")]
    return [_ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), name)]
