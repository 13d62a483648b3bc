"""Stored telemetry as the fleets in which channels are calibrated."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detection.nominal import Samples, nominal_fleets
from passwatch.mission import Channel

CADENCE_MS = 1000
CHANNELS = {name: Channel(name=name, subsystem="eps" if name != "c" else "aocs", unit="V") for name in "abc"}


def samples(count: int) -> Samples:
    return np.arange(count, dtype=np.int64) * CADENCE_MS, np.arange(count, dtype=np.float64)


FOUND = st.dictionaries(
    st.sampled_from(["S1", "S2", "S3"]), st.dictionaries(st.sampled_from("abcd"), st.integers(0, 5).map(samples))
)


@given(FOUND)
@settings(deadline=None)
def test_each_channel_with_telemetry_is_in_one_fleet(found: dict[str, dict[str, Samples]]) -> None:
    """Every known channel that has a sample is fitted once, on series of the fleet's satellites in their order."""
    fleets = nominal_fleets(found, CHANNELS, CADENCE_MS)
    fitted = [name for fleet in fleets for group in fleet.subsystems.values() for name in group]
    there = {name for own in found.values() for name, (times, _) in own.items() if len(times) and name in CHANNELS}
    assert sorted(fitted) == sorted(there)
    for fleet in fleets:
        for subsystem, group in fleet.subsystems.items():
            for name, nominal in group.items():
                assert CHANNELS[name].subsystem == subsystem
                assert [len(s) for s in nominal.series] == [len(found[who][name][0]) for who in fleet.satellites]


def test_satellites_that_lack_a_channel_do_not_thin_out_the_others() -> None:
    """The many complete satellites are fitted together; one that lacks a channel takes no part."""
    found = {
        "S1": {"a": samples(9), "b": samples(9)},
        "S2": {"a": samples(9), "b": samples(9)},
        "S3": {"a": samples(9)},
    }
    (fleet,) = nominal_fleets(found, CHANNELS, CADENCE_MS)
    assert fleet.satellites == ("S1", "S2")
    assert fleet.samples == {"a": 18, "b": 18}


def test_satellites_with_channels_of_their_own_make_fleets_of_their_own() -> None:
    """Where each satellite records another channel, each is fitted by itself."""
    found = {"S1": {"a": samples(9)}, "S2": {"b": samples(7)}}
    fleets = nominal_fleets(found, CHANNELS, CADENCE_MS)
    assert [(f.satellites, [list(group) for group in f.subsystems.values()]) for f in fleets] == [
        (("S1",), [["a"]]),
        (("S2",), [["b"]]),
    ]
