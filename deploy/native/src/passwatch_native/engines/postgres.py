"""PostgreSQL: a cluster of its own with a password, durable, on loopback TCP only."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path

import sqlalchemy
import sqlalchemy.exc

from passwatch_native.credentials import write_private
from passwatch_native.engines.layout import Layout
from passwatch_native.ports import is_open
from passwatch_native.program import Program, Readiness

USER = "passwatch"
DATABASE = "passwatch"
SYSTEM_USER = "postgres"
"""Who runs the server when root starts the stack: PostgreSQL refuses to run as root."""


def config(port: int) -> str:
    """What is set apart from the defaults."""
    return f"""\
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
max_connections = 200
shared_buffers = 128MB
fsync = on
full_page_writes = on
synchronous_commit = on
password_encryption = scram-sha-256
log_min_messages = warning
log_line_prefix = '%m [%p] %q%u@%d '
logging_collector = off
"""


def binaries() -> Path:
    """The folder of the newest installed server.

    Raises:
        FileNotFoundError: none is installed.
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    if initdb:
        return Path(initdb).resolve().parent
    raise FileNotFoundError("PostgreSQL's server is not installed (no initdb)")


def data_folder(layout: Layout, euid: int) -> Path:
    """Where the cluster lies: in the stack's folder, or in its account's home if that cannot reach it."""
    inside = layout.data / "postgres"
    if euid != 0 or reachable_by_others(layout.dir.parent):
        return inside
    return Path(pwd.getpwnam(SYSTEM_USER).pw_dir) / f"passwatch-{layout.id}"


def reachable_by_others(folder: Path) -> bool:
    """Whether any account may pass through this folder and all above it."""
    return all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))


def program(layout: Layout) -> Program:
    """PostgreSQL under the supervisor."""
    root = os.geteuid() == 0
    data = data_folder(layout, os.geteuid())
    port, password = layout.ports["postgres"], layout.credentials.postgres

    def prepare() -> None:
        settings = data / "postgresql.auto.conf"
        if not (data / "PG_VERSION").exists():
            _make_cluster(data, password, as_root=root)
        owner = settings.stat()
        write_private(settings, config(port))
        if root:
            os.chown(settings, owner.st_uid, owner.st_gid)

    return Program(
        name="postgres",
        command=(str(binaries() / "postgres"), "-D", str(data)),
        probe=lambda: _probe(port, password),
        prepare=prepare,
        after=lambda: _ensure_database(port, password),
        user=SYSTEM_USER if root else None,
        stop_signal="INT",
        stop_wait_s=30,
    )


def _make_cluster(data: Path, password: str, *, as_root: bool) -> None:
    """Make the cluster; the password travels through a file that is gone after it, not the arguments."""
    shutil.rmtree(data, ignore_errors=True)  # what an interrupted attempt left
    data.mkdir(parents=True, mode=0o700)
    secret = data.with_name(data.name + ".pw")
    write_private(secret, password)
    command = [str(binaries() / "initdb"), "-D", str(data), "-U", USER, f"--pwfile={secret}"]
    command += ["--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-instructions"]
    account = None
    if as_root:
        account = SYSTEM_USER
        shutil.chown(data, account, account)
        shutil.chown(secret, account, account)
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd="/", user=account, group=account
        )
    finally:
        secret.unlink()
    if done.returncode != 0:
        shutil.rmtree(data, ignore_errors=True)
        raise RuntimeError(f"PostgreSQL's cluster could not be made: {done.stderr.strip()}")


def _engine(port: int, password: str) -> sqlalchemy.Engine:
    url = sqlalchemy.URL.create(
        "postgresql+psycopg2", username=USER, password=password, host="127.0.0.1", port=port, database="postgres"
    )
    return sqlalchemy.create_engine(
        url, poolclass=sqlalchemy.NullPool, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3}
    )


def _probe(port: int, password: str) -> Readiness:
    if not is_open(port):
        return Readiness(ok=False, detail=f"port {port}: not listening")
    try:
        _engine(port, password).connect().close()
    except sqlalchemy.exc.OperationalError as error:
        return Readiness(ok=False, detail=str(error.orig).strip())
    return Readiness(ok=True, detail="ready")


def _ensure_database(port: int, password: str) -> None:
    with _engine(port, password).connect() as connection:
        wanted = {"name": DATABASE}
        if connection.scalar(sqlalchemy.text("SELECT 1 FROM pg_database WHERE datname = :name"), wanted) is None:
            connection.execute(sqlalchemy.text(f'CREATE DATABASE "{DATABASE}"'))
