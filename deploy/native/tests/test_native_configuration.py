"""What is rendered for the engines, the supervisor and Nginx."""

import configparser
import json
import shlex
import stat
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from supervisor.datatypes import dict_of_key_value_pairs
from supervisor.options import UnhosedConfigParser, expand

from passwatch.settings import KafkaSettings, ServiceSettings, read_settings
from passwatch_native import nginx
from passwatch_native.credentials import Credentials, load_or_make, write_private
from passwatch_native.engines import kafka, postgres, rabbitmq, redis, victoria
from passwatch_native.engines.layout import Layout
from passwatch_native.ports import PortPlan
from passwatch_native.program import Program, Readiness
from passwatch_native.services import COMMANDS, SERVERS, Service, declared, environment, offered, settings_of
from passwatch_native.supervisor import configuration, section


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A stack that is never started."""
    return Layout(tmp_path / "stack", PortPlan(20000), Credentials.random())


def program(**given: object) -> Program:
    """A program with these attributes."""
    return Program(**{"name": "it", "command": ("true",), "probe": lambda: Readiness(True, "ready")} | given)  # type: ignore[arg-type]


TEXT = st.text(alphabet=string.ascii_letters + string.digits + " %\"'\\,;=$:/-_{}", max_size=30)


@given(words=st.lists(TEXT, min_size=1, max_size=4), value=TEXT)
def test_the_supervisor_reads_back_what_it_was_given_or_refuses_it(words: list[str], value: str) -> None:
    """Spaces, commas and per cent signs survive supervisord's syntax; what it cannot express is an error, not lost."""
    try:
        text = section(program(command=tuple(words), env={"NAME": value}), Path("/logs"))
    except ValueError:
        assert any(c in value for c in "'\"") or any(" ;" in t for t in [value, " ".join(words)])
        return
    parser = UnhosedConfigParser()
    parser.read_string(text)
    read = dict(parser["program:it"])
    assert shlex.split(expand(read["command"], {}, "command")) == words
    assert dict_of_key_value_pairs(expand(read["environment"], {}, "environment")) == {"NAME": value}


def test_nothing_listens_beyond_loopback(layout: Layout) -> None:
    """Every configured listener names 127.0.0.1."""
    assert "listen_addresses = '127.0.0.1'" in postgres.config(1)
    assert "bind 127.0.0.1\n" in redis.config(layout)
    assert "-httpListenAddr=127.0.0.1:20012" in victoria.program(layout).command
    listeners = [line for line in kafka.properties(layout).splitlines() if "listeners=" in line]
    assert all(
        address.startswith(("PLAINTEXT://127.0.0.1:", "CONTROLLER://127.0.0.1:"))
        for line in listeners
        for address in line.partition("=")[2].split(",")
    )
    text = rabbitmq.config(layout)
    assert "listeners.tcp.1 = 127.0.0.1:" in text
    assert "management.tcp.ip = 127.0.0.1" in text
    assert "prometheus.tcp.ip = 127.0.0.1" in text
    assert rabbitmq.environment(layout)["ERL_EPMD_ADDRESS"] == "127.0.0.1"


def test_no_secret_is_an_argument(layout: Layout) -> None:
    """Arguments are seen by every user of the machine; secrets travel in files and variables.

    Triton's key is one: it is taken in no other way, and keeps out web pages, not users of the machine.
    """
    programs = [kafka.program(layout), rabbitmq.program(layout), redis.program(layout), victoria.program(layout)]
    spoken = " ".join(word for each in programs for word in each.command)
    secrets = layout.credentials
    for secret in (
        secrets.postgres,
        secrets.rabbitmq,
        secrets.redis,
        secrets.erlang_cookie,
        secrets.supervisor,
        secrets.victoria,
    ):
        assert secret not in spoken


def test_postgres_is_durable() -> None:
    """A commit that was acknowledged survives a crash."""
    assert "fsync = on" in postgres.config(1)
    assert "synchronous_commit = on" in postgres.config(1)


def test_secrets_are_made_once_and_are_their_owners_alone(tmp_path: Path) -> None:
    """The second reader gets the first one's secrets, from a file of mode 600."""
    path = tmp_path / "credentials.json"
    first = load_or_make(path)
    assert load_or_make(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len({*json.loads(path.read_text()).values()}) == 8


def test_a_private_file_is_private_from_the_start_and_whole(tmp_path: Path) -> None:
    """Rewriting narrows the mode, and leaves no part behind."""
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_later_processes_stop_first(layout: Layout) -> None:
    """The supervisor stops in the reverse order of priority."""
    text = configuration(layout.dir, layout.logs, 1, "secret", [program(name="a"), program(name="b")], as_root=False)
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    assert int(parser["program:a"]["priority"]) < int(parser["program:b"]["priority"])


class _Settings(ServiceSettings, KafkaSettings):
    """A service that uses Kafka only."""


def test_a_service_is_given_what_it_declares_and_nothing_else(layout: Layout) -> None:
    """An undeclared variable would stop the service, so it is not passed on."""
    given = declared(_Settings, offered(layout, SERVERS[0]) | {"PASSWATCH_LOG_LEVEL": "debug"})
    assert set(given) == {"PASSWATCH_KAFKA_BOOTSTRAP", "PASSWATCH_LOG_FORMAT", "PASSWATCH_LOG_LEVEL"}


@pytest.mark.parametrize("service", COMMANDS.values(), ids=COMMANDS)
def test_every_command_is_started_with_settings_that_it_accepts(layout: Layout, service: Service) -> None:
    """For each settings class of a service, what the stack gives it is complete and has nothing unknown."""
    for verb in ("run", *service.other_settings):
        given = declared(settings_of(service, verb), offered(layout, service))
        read_settings(settings_of(service, verb), given)


def test_the_engines_variables_are_complete(layout: Layout) -> None:
    """Every engine and the missions are named."""
    names = {name.removeprefix("PASSWATCH_") for name in environment(layout)}
    engines = {"KAFKA_BOOTSTRAP", "VICTORIA_URL", "POSTGRES_DSN", "RABBITMQ_URL", "REDIS_URL", "ELASTICSEARCH_URL"}
    assert names == engines | {"TRITON_URL", "TRITON_KEY", "TRITON_HTTP_URL", "MISSIONS_DIR", "MODEL_REPOSITORY"}


def test_nginxs_own_variables_stay(layout: Layout) -> None:
    """Only names in braces are filled in, and all of them."""
    template = (layout.checkout.root / "nginx/passwatch.conf.template").read_text()
    body = "\n".join(line for line in template.splitlines() if not line.startswith("#"))
    text = nginx.fill(body, nginx.values(layout, [20001, 20002], as_root=False))
    assert "${" not in text
    assert "$http_host" in text
    assert "listen 127.0.0.1:20000;" in text
    assert text.count("server 127.0.0.1:2000") == 2


def test_postgres_lies_where_its_account_can_reach(tmp_path: Path, layout: Layout) -> None:
    """Under a private folder, root's stack keeps the cluster in the account's own home."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    hidden = Layout(closed / "stack", layout.ports, layout.credentials)
    assert postgres.data_folder(hidden, euid=1000) == hidden.data / "postgres"
    assert not postgres.reachable_by_others(closed)
    assert postgres.reachable_by_others(Path("/usr"))
