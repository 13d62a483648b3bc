"""Redis: the cache of trends, with a password and an append-only file."""

from __future__ import annotations

from passwatch_native import probes
from passwatch_native.credentials import write_private
from passwatch_native.engines.layout import Layout
from passwatch_native.program import Program


def config(layout: Layout) -> str:
    """The text of redis.conf. A title would overwrite the environment, by which a stack's processes are known."""
    return f"""\
bind 127.0.0.1
port {layout.ports["redis"]}
dir "{layout.data / "redis"}"
requirepass {layout.credentials.redis}
appendonly yes
save ""
maxmemory 256mb
maxmemory-policy allkeys-lru
daemonize no
set-proc-title no
"""


def program(layout: Layout) -> Program:
    """Redis under the supervisor."""
    path = layout.etc / "redis.conf"

    def prepare() -> None:
        (layout.data / "redis").mkdir(parents=True, exist_ok=True)
        write_private(path, config(layout))

    login = f"AUTH {layout.credentials.redis}\r\nPING\r\n".encode()
    return Program(
        name="redis",
        command=("redis-server", str(path)),
        probe=probes.tcp_exchange(layout.ports["redis"], login, b"+OK"),
        prepare=prepare,
    )
