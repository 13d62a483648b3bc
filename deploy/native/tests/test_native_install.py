"""Installing: what is missing, what is current, and what is said when something cannot be had."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passwatch_native import preflight
from passwatch_native.install import java, node
from passwatch_native.install.command import InstallError, run
from passwatch_native.install.dashboard import sources
from passwatch_native.install.debian import Requirement, how_to_become_root, missing, refuse_if_impossible
from passwatch_native.install.stamps import Stamps, digest

GB = 1024**3


def test_only_what_is_not_there_is_missing() -> None:
    """A package counts as there when what it brings is, wherever that came from."""
    wanted = [Requirement("have", lambda: True), Requirement("lack", lambda: False)]
    assert missing(wanted) == ["lack"]


@pytest.mark.parametrize(
    ("euid", "sudo", "before"), [(0, False, []), (0, True, []), (1000, True, ["sudo"]), (1000, False, None)]
)
def test_root_needs_no_sudo_and_others_have_no_way_without(euid: int, *, sudo: bool, before: list[str] | None) -> None:
    """Without root and without sudo nothing is tried."""
    assert how_to_become_root(euid, sudo=sudo) == before


def test_without_root_and_sudo_the_missing_packages_and_the_command_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message can be handed to an administrator as it is; with nothing missing nothing is said."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("shutil.which", lambda name, **_: None if name == "sudo" else f"/usr/bin/{name}")
    refuse_if_impossible([])
    with pytest.raises(
        InstallError, match=r"(?s)neither root nor sudo.*redis-server, nginx.*install .*redis-server nginx"
    ):
        refuse_if_impossible(["redis-server", "nginx"])


def test_another_system_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no apt-get, the packages are named for someone who knows their own system."""
    monkeypatch.setattr("shutil.which", lambda _name, **_: None)
    with pytest.raises(InstallError, match=r"(?s)no Debian system.*redis-server"):
        refuse_if_impossible(["redis-server"])


def test_a_stamp_is_current_until_a_source_changes(tmp_path: Path) -> None:
    """A change of content, of name, or of what else it depends on is a change."""
    source = tmp_path / "source"
    source.write_text("one")
    stamps = Stamps(tmp_path / "stamps")
    made = digest(tmp_path, [source], "x")
    assert not stamps.is_current("it", made)
    stamps.set("it", made)
    assert stamps.is_current("it", digest(tmp_path, [source], "x"))
    assert not stamps.is_current("it", digest(tmp_path, [source], "y"))
    renamed = source.rename(tmp_path / "renamed")
    assert not stamps.is_current("it", digest(tmp_path, [renamed], "x"))
    renamed.rename(source)
    source.write_text("two")
    assert not stamps.is_current("it", digest(tmp_path, [source], "x"))


def test_a_builds_sources_are_not_its_products(tmp_path: Path) -> None:
    """Installed packages and the build itself do not make it stale."""
    for name in ("src/a.ts", "index.html", "node_modules/x/y.js", "dist/index.html"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    assert {str(path.relative_to(tmp_path)) for path in sources(tmp_path)} == {"src/a.ts", "index.html"}


def test_a_failed_installer_is_quoted_with_the_cure() -> None:
    """The message has the command's last words, its status and what to do."""
    with pytest.raises(InstallError, match=r"(?s)Thing failed \(status 3\).*no such host.*Look at the network"):
        run("Thing", ["sh", "-c", "echo no such host >&2; exit 3"], cure="Look at the network")


def test_a_missing_installer_is_named_with_the_cure() -> None:
    """A program that is not there is an answer, not a traceback."""
    with pytest.raises(InstallError, match=r"(?s)no-such-program.*Get it"):
        run("Thing", ["no-such-program"], cure="Get it")


VERSION = st.lists(st.integers(0, 99), min_size=2, max_size=3)


@given(VERSION, VERSION)
def test_node_is_new_enough_from_the_version_needed_on(have: list[int], need: list[int]) -> None:
    """Versions compare number by number, as package.json's `>=` does; what is not said is zero."""
    said, needed = "v" + ".".join(map(str, have)), ">=" + ".".join(map(str, need))
    assert node.new_enough(said, needed) == ([*have, 0][:3] >= [*need, 0][:3])


@pytest.mark.parametrize(
    ("said", "release"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_412"', 8),
        ('openjdk version "21" 2023-09-19', 21),
        ("no java", 0),
    ],
)
def test_a_javas_release_is_read_from_what_it_says(said: str, release: int) -> None:
    """Kafka needs 17; a Java that is there may be older."""
    assert java.major(said) == release


def test_the_dashboard_says_its_node_in_the_form_that_is_read() -> None:
    """package.json's `engines` is one lower bound."""
    text = (Path(__file__).parents[3] / "frontend/package.json").read_text()
    assert json.loads(text)["engines"]["node"].startswith(">=")


def test_a_full_disk_is_told_with_what_is_needed() -> None:
    """The first run needs more than later ones; the message says how much and what to do."""
    assert preflight.disk_problem(Path("/x"), 4 * GB, installed=False) is None
    assert preflight.disk_problem(Path("/x"), 2 * GB, installed=True) is None
    said = preflight.disk_problem(Path("/x"), 2 * GB, installed=False)
    assert said is not None
    assert "2.0 GB" in said
    assert "3 GB" in said
    assert "make clean" in said


def test_too_little_memory_is_told() -> None:
    """What is available counts, not what is installed."""
    assert preflight.memory_problem("MemTotal: 24000000 kB\nMemAvailable: 8000000 kB\n") is None
    said = preflight.memory_problem("MemTotal: 24000000 kB\nMemAvailable: 1000000 kB\n")
    assert said is not None
    assert "1.0 GB" in said
