"""Names that are stored apart are told apart again, whatever characters they have; others are refused with a reason."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passwatch.mission import Mission, MissionError, load_mission
from passwatch.names import METRIC_PREFIX, channel_name_fault, metric_name, satellite_id_fault, spellings

NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=20)
ALIKE = [
    ("Temp", "temp"),
    ("t.emp", "t-emp"),
    ("温度", "电压"),
    ("a b", "a_b"),
    ("TEMP", "Temp"),
    ("a:b", "a.b"),
    ("é", "e"),
]


def mission(folder: Path, **content: object) -> Mission:
    path = folder / "m.json"
    common = {"id": "m", "name": "M", "description": "", "cadence_s": 1, "batch_records": 10, "satellite_pattern": ".*"}
    path.write_text(json.dumps(common | content))
    return load_mission(path)


@pytest.fixture(scope="module")
def patterned(tmp_path_factory: pytest.TempPathFactory) -> Mission:
    """A mission that knows every name by its pattern."""
    everything = [{"pattern": ".*", "subsystem": "s", "unit": ""}]
    return mission(tmp_path_factory.mktemp("m"), channel_patterns=everything)


@given(NAMES)
def test_a_series_name_leads_back_to_its_channel(name: str) -> None:
    """Every name is among the spellings of its series, whose name the storage and a selector take as it is."""
    metric = metric_name(name)
    assert name in spellings(metric)
    assert re.fullmatch(METRIC_PREFIX + r"[A-Za-z0-9_:]+", metric)


@given(NAMES, NAMES)
def test_two_channels_never_share_a_series(patterned: Mission, one: str, other: str) -> None:
    """Of two names either the series differ or only one of them is a channel."""
    first, second = patterned.channel(one), patterned.channel(other)
    if first is not None and second is not None and one != other:
        assert first.metric != second.metric
    for found in filter(None, (first, second)):
        back = patterned.channel_of(found.metric)
        assert back is not None
        assert back.name == found.name


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_names_that_look_alike_are_kept_apart(patterned: Mission, tmp_path: Path, one: str, other: str) -> None:
    """Known by a pattern, or listed."""
    found = [patterned.channel(one), patterned.channel(other)]
    listed = mission(tmp_path, channels=[{"name": name, "subsystem": "s", "unit": ""} for name in (one, other)])
    assert len({channel.metric for channel in [*found, *listed.channels] if channel}) == 2


def test_a_name_that_cannot_be_kept_apart_is_refused_with_the_reason(patterned: Mission, tmp_path: Path) -> None:
    """`A-1` and `a_1` share a series, as recorded channels are stored; a mission has one of them."""
    assert patterned.channel("a_1") is not None
    assert patterned.channel("A-1") is None
    assert "'a_1'" in patterned.channel_fault("A-1")
    with pytest.raises(MissionError, match="share the series satellite_a_1"):
        mission(tmp_path, channels=[{"name": name, "subsystem": "s", "unit": ""} for name in ("A-1", "a_1")])


@pytest.mark.parametrize("name", ["", "x" * 129, "a\n", "a\x00b", " a", "a ", "\x1b[31m"])
def test_what_cannot_be_a_name_is_refused_everywhere(patterned: Mission, tmp_path: Path, name: str) -> None:
    """By a pattern and in a mission file alike, with the reason."""
    fault = channel_name_fault(name)
    assert fault
    assert patterned.channel(name) is None
    assert fault in patterned.channel_fault(name)
    with pytest.raises(MissionError, match=re.escape(fault)):
        mission(tmp_path, channels=[{"name": name, "subsystem": "s", "unit": ""}])


@pytest.mark.parametrize("satellite_id", ["", "S" * 65, "S\n", "a b", "-a", "ä"])
def test_what_cannot_be_a_satellites_id_is_none_of_any_mission(patterned: Mission, satellite_id: str) -> None:
    """Whatever the mission's own pattern takes."""
    assert satellite_id_fault(satellite_id)
    assert not patterned.has_satellite(satellite_id)
