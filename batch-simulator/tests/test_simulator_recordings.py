"""Folders of recorded telemetry, and their replay."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from batch_simulator import encode, recorded
from batch_simulator.errors import UsageError
from batch_simulator.recordings import Folder
from passwatch.mission import Mission

SHIPPED = Path(__file__).resolve().parents[2] / "datasets" / "nasa-smap-msl"
START = 1_780_000_020_000


def _small(folder: Path) -> Path:
    bits = np.zeros((7, 12), dtype=np.uint8)
    bits[:, 2] = 1
    bits[3:, 9] = 1
    arrays: dict[str, np.ndarray] = {
        "ZZ|test": np.zeros(1),
        "Q-7|train|value": np.array([0.5, 0.25, 0.5], dtype=np.float32),
        "Q-7|train|cmd": np.packbits(np.zeros((3, 12), dtype=np.uint8), axis=1),
        "Q-7|test|value": np.array([0.1, 0.2, np.nan, 0.4, 0.5, 0.6, 0.7], dtype=np.float32),
        "Q-7|test|cmd": np.packbits(bits, axis=1),
    }
    np.savez(folder / "data.npz", allow_pickle=False, **arrays)
    return folder


def test_a_recording_is_read_exactly(tmp_path: Path) -> None:
    """Values arrive as recorded; of the command columns those that change, under their own numbers."""
    recording = Folder(_small(tmp_path)).read("Q-7", "test")
    assert np.array_equal(
        recording.values, np.array([0.1, 0.2, np.nan, 0.4, 0.5, 0.6, 0.7], dtype=np.float32), equal_nan=True
    )
    assert list(recording.commands) == [9]
    assert recording.commands[9].tolist() == [0, 0, 0, 1, 1, 1, 1]
    assert recording.labels == []


def test_both_parts_are_train_and_then_test(tmp_path: Path) -> None:
    """The test part follows the training part, its labels with it; column 2 now changes too."""
    folder = _small(tmp_path)
    (folder / "labels.csv").write_text('channel,anomalies\nQ-7,"[[1, 2], [5, 6]]"\n')
    recording = Folder(folder).read("Q-7", "both")
    assert recording.values.size == 10
    assert list(recording.commands) == [2, 9]
    assert recording.labels == [(4, 5), (8, 9)]
    assert Folder(folder).read("Q-7", "train").labels == []


def test_batches_tile_the_recording(tmp_path: Path, recorded_mission: Mission) -> None:
    """Every sample is in exactly one batch, a minute apart, and experts' spans are cut where batches are."""
    folder = _small(tmp_path)
    (folder / "labels.csv").write_text('channel,anomalies\nQ-7,"[[1, 4]]"\n')
    recording = Folder(folder).read("Q-7", "test")
    made = list(recorded.batches(recording, recorded_mission, START, 3, commands=True))
    assert [batch.records for batch, _ in made] == [3, 3, 1]
    times = np.concatenate([batch.timestamps for batch, _ in made])
    assert times.tolist() == [START + i * 60_000 for i in range(7)]
    values = np.concatenate([batch.channels["Q-7"] for batch, _ in made])
    assert np.array_equal(values, recording.values, equal_nan=True)
    assert set(made[0][0].channels) == {"Q-7", "cmd_9"}
    assert {batch.satellite_id for batch, _ in made} == {"NASA-Q-7"}
    spans = [[((label.start_ms - START) // 60_000, (label.end_ms - START) // 60_000) for label in ls] for _, ls in made]
    assert spans == [[(1, 2)], [(3, 4)], []]
    plain = next(recorded.batches(recording, recorded_mission, START, 3, commands=False))[0]
    assert set(plain.channels) == {"Q-7"}


def test_all_channels_of_the_shipped_folder_can_be_replayed(recorded_mission: Mission) -> None:
    """48 channels, each with a satellite that the mission takes and commands that it knows as context."""
    folder = Folder(SHIPPED)
    assert len(folder.choose(None)) == 48
    for channel in folder.channels:
        recording = folder.read(channel, "test")
        satellite = recorded.satellite_of(channel, recorded_mission)
        assert recorded_mission.has_satellite(satellite)
        assert recording.labels
        assert all(0 <= a <= b < recording.values.size for a, b in recording.labels)
        for column in recording.commands:
            known = recorded_mission.channel(f"cmd_{column}")
            assert known is not None
            assert known.role == "context"


@pytest.mark.parametrize(
    ("arrays", "told"),
    [
        ({}, "no key of the form"),
        ({"A-1|test|value": np.zeros((3, 2))}, "no row of numbers"),
        ({"A-1|test|value": np.array(["a", "b"])}, "no row of numbers"),
        ({"A-1|test|value": np.zeros(0)}, "no row of numbers"),
        ({"A-1|train|value": np.zeros(3)}, r"no key A-1\|test\|value"),
        ({"A-1|test|value": np.zeros(3), "A-1|test|cmd": np.zeros((2, 1), dtype=np.uint8)}, "not one row"),
        ({"A-1|test|value": np.zeros(3), "A-1|test|cmd": np.zeros((3, 1))}, "not one row"),
    ],
)
def test_a_folder_with_wrong_arrays_is_refused(tmp_path: Path, arrays: dict[str, np.ndarray], told: str) -> None:
    """The message names the file, the key and what is wrong with it."""
    np.savez(tmp_path / "data.npz", allow_pickle=False, **arrays)
    with pytest.raises(UsageError, match=told):
        Folder(tmp_path).read("A-1", "test")


def test_a_folder_without_readable_data_is_refused(tmp_path: Path) -> None:
    """No folder, no file, no archive, pickled objects and several files: each error says which."""
    with pytest.raises(UsageError, match="no such folder"):
        Folder(tmp_path / "none")
    with pytest.raises(UsageError, match=r"no \.npz file"):
        Folder(tmp_path)
    (tmp_path / "a.npz").write_bytes(b"PK not really")
    with pytest.raises(UsageError, match=r"a\.npz: not a NumPy"):
        Folder(tmp_path)
    np.savez(tmp_path / "a.npz", allow_pickle=True, **{"A-1|test|value": np.array([{}], dtype=object)})
    with pytest.raises(UsageError, match="cannot be read"):
        Folder(tmp_path).read("A-1", "test")
    (tmp_path / "b.npz").write_bytes(b"")
    with pytest.raises(UsageError, match="several"):
        Folder(tmp_path)


def test_wrong_labels_are_refused_with_their_line(tmp_path: Path) -> None:
    """The message names file and line."""
    folder = _small(tmp_path)
    (folder / "labels.csv").write_text('channel,anomalies\nQ-7,"[[1, 2]]"\nQ-8,nonsense\n')
    with pytest.raises(UsageError, match=r"labels\.csv, line 3"):
        Folder(folder)


def test_unknown_channels_are_refused_with_their_like(tmp_path: Path, recorded_mission: Mission) -> None:
    """A channel that is not there, and one whose name the mission does not take."""
    folder = Folder(_small(tmp_path))
    with pytest.raises(UsageError, match=r"'Q-8'.*Q-7"):
        folder.choose("Q-8")
    with pytest.raises(UsageError, match="no channel named"):
        folder.choose(" , ")
    assert folder.choose("Q-7, Q-7") == ["Q-7"]
    with pytest.raises(UsageError, match="volts"):
        recorded.satellite_of("volts", recorded_mission)


def test_a_stream_is_named_in_every_message_and_in_the_id(tmp_path: Path, recorded_mission: Mission) -> None:
    """What is replayed as a test is another batch than flight data, and each of its messages says so."""
    recording = Folder(_small(tmp_path)).read("Q-7", "test")
    flown = next(recorded.batches(recording, recorded_mission, START, 3, commands=False))[0]
    tested = next(recorded.batches(recording, recorded_mission, START, 3, commands=False, stream="test"))[0]
    assert (flown.batch_id, flown.uid != tested.uid) == (tested.batch_id, True)
    assert {m.stream for m in encode.chunks(tested, 2)} | {encode.marker(tested).stream} == {"test"}
