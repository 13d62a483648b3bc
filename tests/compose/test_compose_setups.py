"""Bad set-ups, as an operator meets them: each is named before anything is harmed, with the way out."""

from __future__ import annotations

import os
import socket
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import compose_ports
from tests.support.engines import ROOT
from tests.support.installation import Installation, copy_checkout, run

pytestmark = pytest.mark.compose


@pytest.fixture
def fresh(engine: dict[str, Any], tmp_path: Path) -> Iterator[Installation]:
    """A checkout on which nothing was run yet, with ports that are free."""
    assert engine
    name = f"passwatch-test-{uuid.uuid4().hex[:8]}"
    ports = {name: str(port) for name, port in compose_ports.free().items()}
    copy_checkout(tmp_path)
    made = Installation(tmp_path, ports | {"COMPOSE_PROJECT_NAME": name, "IMAGE_TAG": name})
    made.write_settings()
    try:
        yield made
    finally:
        made.remove()


def test_a_port_that_is_taken_is_named_with_its_holder_and_its_variable(fresh: Installation) -> None:
    """Nothing is started, and the message says what to stop or what to set."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", fresh.port("HTTP_PORT")))
        other.listen()
        done = fresh.init(check=False)
    assert done.returncode == 1
    assert f"port {fresh.port('HTTP_PORT')} is taken by" in done.stderr
    assert f"process {os.getpid()}" in done.stderr
    assert "set HTTP_PORT to another port in .env" in done.stderr
    assert fresh.containers() == []


def test_too_little_memory_is_said_in_figures(fresh: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says how much is free and needed, how to get more, and how to go on all the same."""
    monkeypatch.setenv("MEMORY_MB", "99000000")
    starved = Installation(fresh.folder, fresh.settings)
    done = starved.init(check=False)
    assert done.returncode == 1
    assert "the platform needs 99000000 MB" in done.stderr
    assert "MEMORY_MB=" in done.stderr
    assert fresh.containers() == []


def test_a_volume_of_another_postgresql_is_named_and_left_as_it_is(fresh: Installation) -> None:
    """Both versions and the page are said by init_kafka.sh; `up` does not start a server that would only die."""
    volume = f"{fresh.project}_postgres_data"
    label = f"com.docker.compose.project={fresh.project}"
    run(["docker", "volume", "create", "--label", label, volume])
    write = "mkdir /data/pgdata; echo 13 >/data/pgdata/PG_VERSION; chown -R postgres /data"
    image = "postgres:15.14-bookworm"
    run(["docker", "run", "--rm", "-u", "0", "-v", f"{volume}:/data", "--entrypoint", "sh", image, "-c", write])
    done = fresh.init(check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "was written by PostgreSQL 13; this release runs PostgreSQL 15" in said
    assert "docs/operations/upgrade.md" in said
    assert fresh.call("up", "-d", "postgres", check=False).returncode != 0
    assert fresh.running("postgres") == []


def test_a_half_filled_env_is_completed_and_what_it_says_stays(fresh: Installation) -> None:
    """An empty secret and a missing one are made, a given one is kept, and the file is its owner's alone."""
    path = fresh.folder / ".env"
    path.write_text(path.read_text() + "POSTGRES_PASSWORD=given\nREDIS_PASSWORD=\n")
    path.chmod(0o644)
    run(["bash", "init_kafka.sh", "--only-env"], cwd=fresh.folder)
    assert fresh.setting("POSTGRES_PASSWORD") == "given"
    assert len(fresh.setting("REDIS_PASSWORD")) == len(fresh.setting("FLOWER_PASSWORD")) == 48
    assert {name: fresh.setting(name) for name in fresh.settings} == fresh.settings
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_text()
    run(["bash", "init_kafka.sh", "--only-env"], cwd=fresh.folder)
    assert path.read_text() == before


def test_triton_without_its_models_says_which_file_is_missing(installation: Installation) -> None:
    """The container ends with status 78 instead of serving nothing."""
    image = f"passwatch/triton-server:{installation.settings['IMAGE_TAG']}"
    command = ["docker", "run", "--rm", "--tmpfs", "/triton-models/shipped/models", image]
    done = run([*command, "vae_timeseries"], check=False)
    assert done.returncode == 78
    assert "/triton-models/shipped/models/vae_timeseries/config.pbtxt is missing" in done.stderr


def test_secrets_are_rotated_with_the_data_in_place(installation: Installation) -> None:
    """Every secret is new, the volumes' old ones open nothing, and the platform comes back healthy with its data."""
    names = ("POSTGRES_PASSWORD", "RABBITMQ_PASSWORD", "RABBITMQ_COOKIE", "REDIS_PASSWORD", "FLOWER_PASSWORD")
    before = {name: installation.setting(name) for name in names}
    count = "SELECT count(*) FROM operation.satellite"
    had = query(installation, before["POSTGRES_PASSWORD"], count)
    env = installation.init("--rotate-secrets")
    installation.up()
    assert not any(secret in env.stdout + env.stderr for secret in before.values())
    assert all(installation.setting(name) not in (value, "") for name, value in before.items())
    assert query(installation, installation.setting("POSTGRES_PASSWORD"), count) == had
    assert "password authentication failed" in query(installation, before["POSTGRES_PASSWORD"], count)
    rabbit = installation.only("rabbitmq")
    login = ("rabbitmqctl", "--quiet", "authenticate_user", "passwatch")
    installation.execute(rabbit, *login, installation.setting("RABBITMQ_PASSWORD"))
    with pytest.raises(AssertionError, match=r"refused|invalid"):
        installation.execute(rabbit, *login, before["RABBITMQ_PASSWORD"])


def query(installation: Installation, password: str, sql: str) -> str:
    """What PostgreSQL answers over the network to this password."""
    postgres = installation.only("postgres")
    command = ["docker", "exec", "--env", f"PGPASSWORD={password}", postgres.id]
    command += ["psql", "-h", "127.0.0.1", "-U", "passwatch", "-d", "passwatch", "-tAc", sql]
    done = run(command, check=False)
    return (done.stdout + done.stderr).strip()


def test_the_ports_that_are_looked_at_are_those_that_are_published() -> None:
    """The script reads them from the Compose file, without those of profiles."""
    script = f"source <(sed '/^# --- main/,$d' {ROOT / 'init_kafka.sh'}); cd {ROOT}; published_ports"
    listed = dict(line.split() for line in run(["bash", "-c", script], cwd=ROOT).stdout.splitlines())
    expected = {name: str(port) for name, port in compose_ports.DEFAULTS.items() if name != "ELASTICSEARCH_PORT"}
    assert listed == expected
