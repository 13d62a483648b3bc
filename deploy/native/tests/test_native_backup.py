"""A backup's folder: what makes it one, and what is refused."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passwatch_native.backup import archive
from passwatch_native.backup.containers import settings
from passwatch_native.backup.manifest import NAME, BackupError, Manifest, verified, write


def a_backup(folder: Path, content: bytes = b"dump") -> Manifest:
    """A folder with two files and its manifest."""
    (folder / "kafka").mkdir(parents=True)
    (folder / "postgres.dump").write_bytes(content)
    (folder / "kafka/telemetry.gz").write_bytes(b"")
    made = Manifest("2026-01-02T03:04:05+00:00", "native", "0.1.0", {"postgresql": "15.14"}, {"operation.batch": 3})
    write(folder, made)
    return made


@given(content=st.binary(min_size=1, max_size=200), data=st.data())
def test_one_altered_byte_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, data: st.DataObject
) -> None:
    """A backup that is as it was written is whole; with any byte changed, added or taken away it is refused by name."""
    folder = tmp_path_factory.mktemp("backup") / "it"
    made = a_backup(folder, content)
    assert verified(folder) == made
    place = data.draw(st.integers(0, len(content) - 1))
    altered = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
    for other in (altered, content[:-1], content + b"x"):
        (folder / "postgres.dump").write_bytes(other)
        with pytest.raises(BackupError, match=r"(?s)damaged.*postgres\.dump"):
            verified(folder)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """Every file of the manifest must be there."""
    a_backup(tmp_path / "it")
    (tmp_path / "it/kafka/telemetry.gz").unlink()
    with pytest.raises(BackupError, match=r"kafka/telemetry\.gz is missing"):
        verified(tmp_path / "it")


def test_a_backup_that_was_broken_off_is_none(tmp_path: Path) -> None:
    """The manifest is written last; without it a folder is not used."""
    a_backup(tmp_path / "it")
    (tmp_path / "it" / NAME).unlink()
    with pytest.raises(BackupError, match="broken off"):
        verified(tmp_path / "it")


@pytest.mark.parametrize("said", ["", "[]", "{}", '{"format": 1}'])
def test_an_unreadable_manifest_is_an_answer(tmp_path: Path, said: str) -> None:
    """What is no manifest is refused with the file's name, not with a traceback."""
    a_backup(tmp_path / "it")
    (tmp_path / "it" / NAME).write_text(said)
    with pytest.raises(BackupError, match=r"manifest\.json cannot be read"):
        verified(tmp_path / "it")


def test_another_format_is_told(tmp_path: Path) -> None:
    """A later version's backup is not guessed at."""
    a_backup(tmp_path / "it")
    path = tmp_path / "it" / NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 2}))
    with pytest.raises(BackupError, match="has format 2, this version of Passwatch reads 1"):
        verified(tmp_path / "it")


def test_an_archive_has_what_links_lead_to(tmp_path: Path) -> None:
    """A snapshot is made of links; its archive holds the files, and comes out the same."""
    data = tmp_path / "data"
    (data / "small").mkdir(parents=True)
    (data / "small/part").write_text("samples")
    snapshot = tmp_path / "snapshot"
    snapshot.mkdir()
    (snapshot / "small").symlink_to(data / "small")
    archive.pack(snapshot, tmp_path / "it.tar")
    archive.unpack(tmp_path / "it.tar", tmp_path / "out")
    assert not (tmp_path / "out/small").is_symlink()
    assert (tmp_path / "out/small/part").read_text() == "samples"


def test_files_that_differ_are_named(tmp_path: Path) -> None:
    """A file that is missing or has another content differs; one that only the folder has does not."""
    for name in ("same", "other", "gone"):
        (tmp_path / "kept").mkdir(exist_ok=True)
        (tmp_path / "kept" / name).write_text(name)
    archive.pack(tmp_path / "kept", tmp_path / "it.tar")
    (tmp_path / "kept/gone").unlink()
    (tmp_path / "kept/other").write_text("changed")
    (tmp_path / "kept/new").write_text("new")
    assert archive.differing(tmp_path / "it.tar", tmp_path / "kept", tmp_path / "scratch") == ["gone", "other"]


def test_compose_settings_are_read_as_compose_reads_them(tmp_path: Path) -> None:
    """Comments and empty lines are none; a value may hold an equals sign."""
    path = tmp_path / ".env"
    path.write_text("# secrets\n\nPOSTGRES_PASSWORD=a=b\nHTTP_PORT=80\n")
    assert settings(path) == {"POSTGRES_PASSWORD": "a=b", "HTTP_PORT": "80"}
    with pytest.raises(BackupError, match=r"run first: bash init_kafka\.sh"):
        settings(tmp_path / "nothing")
