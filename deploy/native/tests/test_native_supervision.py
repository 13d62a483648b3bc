"""A stack of real engines survives what happens to it, and leaves nothing behind."""

import os
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from passwatch_native import processes
from passwatch_native.paths import Checkout
from passwatch_native.ports import free_port_base
from passwatch_native.services import ServiceOptions
from passwatch_native.stack import ENGINE_NAMES, PortTaken, Stack, StackError

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack without Triton, in a private folder whose path is longer than a Unix socket's may be."""
    folder = tmp_path_factory.mktemp("private") / ("long-" * 20) / "with space"
    folder.mkdir(parents=True)
    stack = Stack(folder, free_port_base(), options=ServiceOptions(triton=False))
    try:
        stack.up("engines")
        yield stack
    finally:
        stack.clean()


def test_every_engine_is_ready_and_private(own: Stack) -> None:
    """All are ready, and no file with a secret is readable by others."""
    found = own.status()
    assert {s.name for s in found} == set(ENGINE_NAMES) - {"triton", "elasticsearch"}
    assert all(s.ready for s in found), found
    for name in ("credentials.json", "stack.json", "etc/supervisord.conf", "etc/rabbitmq.conf", "etc/redis.conf"):
        assert stat.S_IMODE((own.dir / name).stat().st_mode) == 0o600, name
    for folder in ("etc", "logs"):
        assert stat.S_IMODE((own.dir / folder).stat().st_mode) == 0o700, folder


def test_what_is_optional_and_missing_breaks_no_list(own: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout without Elasticsearch still shows, stops and names its processes."""
    monkeypatch.setattr(Checkout, "elasticsearch", property(lambda _: Path("/nonexistent/elasticsearch")))
    assert {s.name for s in own.status()} == set(ENGINE_NAMES) - {"triton", "elasticsearch"}
    with pytest.raises(StackError, match="no process 'elasticsearch'"):
        own.wait_ready(["elasticsearch"])


def test_no_secret_shows_in_arguments_or_logs(own: Stack) -> None:
    """Neither the process list nor a log file tells a password."""
    secrets = own.layout.credentials
    seen = "\n".join(p.command for p in processes.of_stack(own.dir))
    seen += "\n".join(path.read_text(errors="replace") for path in own.layout.logs.iterdir())
    for secret in (secrets.postgres, secrets.rabbitmq, secrets.redis, secrets.erlang_cookie, secrets.supervisor):
        assert secret not in seen


@pytest.mark.parametrize("victim", ["redis", "victoria", "postgres", "kafka", "rabbitmq", "epmd"])
def test_a_killed_engine_comes_back(own: Stack, victim: str) -> None:
    """SIGKILL is answered by a new process that becomes ready."""
    before = own.kill(victim)
    own.wait_ready([victim], 90)
    assert own.pid(victim) != before


def test_a_stopped_engine_stays_down_until_it_is_started(own: Stack) -> None:
    """An orderly stop is not undone by the supervisor."""
    own.stop("redis")
    with pytest.raises(StackError, match="redis"):
        own.pid("redis")
    assert not next(s for s in own.status() if s.name == "redis").ready
    own.start("redis")
    own.wait_ready(["redis"])


def test_a_second_stack_is_told_who_holds_its_ports(own: Stack, tmp_path: Path) -> None:
    """The message names port, process and cure."""
    other = Stack(tmp_path / "other", own.layout.ports.base, options=ServiceOptions(triton=False))
    with pytest.raises(
        PortTaken, match=rf"port {own.layout.ports['redis']}, which redis needs, is taken by redis-server"
    ):
        other.up("engines")


def test_a_killed_supervisors_orphans_are_replaced(own: Stack) -> None:
    """After SIGKILL of the supervisor, starting again ends what it left and the data is still there."""
    left = {p.pid for p in processes.of_stack(own.dir)}
    os.kill(int((own.dir / "supervisord.pid").read_text()), signal.SIGKILL)
    own.up("engines")
    assert all(s.ready for s in own.status())
    assert not left & {p.pid for p in processes.of_stack(own.dir)}


def test_starting_what_runs_changes_nothing(own: Stack) -> None:
    """A second start keeps every process."""
    before = {s.name: s.pid for s in own.status()}
    own.up("engines")
    assert {s.name: s.pid for s in own.status()} == before


def test_down_leaves_no_process_and_up_brings_the_data_back(own: Stack) -> None:
    """After down nothing carries the stack's mark; its secrets and data serve the next start."""
    before = own.env
    own.down()
    assert processes.of_stack(own.dir) == []
    again = Stack(own.dir)
    assert again.env == before
    begun = time.monotonic()
    again.up("engines")
    assert all(s.ready for s in again.status()), f"after {time.monotonic() - begun:.0f} s"
