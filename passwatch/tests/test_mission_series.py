"""From the name of a series back to its channel."""

from __future__ import annotations

from pathlib import Path

import pytest

from passwatch.mission import load_missions


def test_every_listed_channel_is_found_by_its_series(missions_dir: Path) -> None:
    """The way from a listed channel to its series and back ends at the channel, in every shipped mission."""
    for mission in load_missions(missions_dir).values():
        assert [mission.channel_of(channel.metric) for channel in mission.channels] == mission.channels


@pytest.mark.parametrize("name", ["A-1", "P-15", "MS-9", "cmd_3"])
def test_channels_known_by_pattern_keep_their_own_name(missions_dir: Path, name: str) -> None:
    """A recorded channel is found under the name that it was recorded with."""
    mission = load_missions(missions_dir)["nasa-smap-msl"]
    known = mission.channel(name)
    assert known is not None
    assert mission.channel_of(known.metric) == known


def test_a_series_of_no_channel_is_none(missions_dir: Path) -> None:
    """A series that no channel makes has none."""
    missions = load_missions(missions_dir)
    assert missions["default"].channel_of("satellite_unheard_of") is None
    assert missions["nasa-smap-msl"].channel_of("satellite_a_1_2") is None
