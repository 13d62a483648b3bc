import json
from pathlib import Path
from typing import Any

import pytest

from passwatch.mission import MissionError, load_mission, load_missions
from passwatch.names import metric_name

BASE: dict[str, Any] = {
    "id": "tiny",
    "name": "Tiny",
    "description": "two channels",
    "cadence_s": 30,
    "batch_records": 10,
    "satellite_pattern": "SAT-[0-9]+",
    "channels": [
        {"name": "battery_temp", "subsystem": "eps", "unit": "°C"},
        {"name": "mode", "subsystem": "obc", "unit": "1", "role": "context"},
    ],
}


def write(folder: Path, content: dict[str, Any], name: str = "tiny") -> Path:
    path = folder / f"{name}.json"
    path.write_text(json.dumps(content))
    return path


def test_channels_and_satellites_are_known(tmp_path: Path) -> None:
    """A mission knows its channels, its judged subsystems, and which satellites are its own."""
    mission = load_mission(write(tmp_path, BASE))
    channel = mission.channel("battery_temp")
    assert channel is not None
    assert channel.metric == "satellite_battery_temp"
    assert mission.channel("no_such") is None
    assert mission.subsystems == ["eps"]
    assert (mission.has_satellite("SAT-7"), mission.has_satellite("XSAT-7")) == (True, False)


def test_patterns_make_channels(tmp_path: Path) -> None:
    """A channel that no line lists is known if a pattern matches its whole name."""
    patterns = [{"pattern": "[A-Z]-[0-9]+", "subsystem": "recorded", "unit": "1"}]
    mission = load_mission(write(tmp_path, BASE | {"channels": [], "channel_patterns": patterns}))
    channel = mission.channel("A-1")
    assert channel is not None
    assert (channel.metric, channel.subsystem) == ("satellite_a_1", "recorded")
    assert mission.channel("A-1x") is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "other"}, "the id is 'other', but the file's name says 'tiny'"),
        ({"cadence_s": 0}, "must be positive"),
        ({"satellite_pattern": "("}, r"pattern '\('"),
        ({"channels": []}, "no channels"),
        ({"limts": {}}, "unknown field `limts`"),
        ({"channels": [BASE["channels"][0], BASE["channels"][0]]}, "share the series satellite_battery_temp"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    """A mission file that contradicts itself is refused with its path and what is wrong."""
    path = write(tmp_path, BASE | change)
    with pytest.raises(MissionError, match=message) as error:
        load_mission(path)
    assert str(path) in str(error.value)


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    """No missions at all is a mistake, not an empty answer."""
    with pytest.raises(MissionError, match="no mission file"):
        load_missions(tmp_path)


def test_the_revision_follows_the_content(tmp_path: Path) -> None:
    """Two contents have two revisions, the same content one."""
    first = load_mission(write(tmp_path, BASE)).revision
    again = load_mission(write(tmp_path, BASE)).revision
    changed = load_mission(write(tmp_path, BASE | {"name": "Tiny 2"})).revision
    assert first == again != changed


def test_names_become_series_names() -> None:
    """A series name holds only what VictoriaMetrics accepts, with the platform's prefix."""
    assert metric_name("A-1") == "satellite_a_1"
