"""Which port each process of a stack listens on, and who holds a port that is taken."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

DEFAULT_BASE = 18080
FIRST_UNPRIVILEGED = 1024
SPAN = 50
"""A stack uses ports from its base to its base + SPAN - 1."""

OFFSETS: Mapping[str, int] = {
    "nginx": 0,
    "operation-server": 1,
    "operation-server-2": 2,
    "flower": 3,
    "supervisor": 9,
    "kafka": 10,
    "kafka-controller": 11,
    "victoria": 12,
    "rabbitmq": 13,
    "rabbitmq-management": 14,
    "rabbitmq-prometheus": 15,
    "rabbitmq-distribution": 16,
    "epmd": 17,
    "postgres": 20,
    "redis": 21,
    "triton-http": 22,
    "triton": 23,
    "triton-metrics": 24,
    "elasticsearch": 25,
    "elasticsearch-transport": 26,
    "victoria-consumer": 30,
    "batch-inference-trigger": 31,
    "analysis-worker": 32,
    "limit-monitor": 33,
}


class PortPlan:
    """The ports of one stack, each overridable by name.

    ``ephemeral`` are the ports that the kernel hands to outgoing connections: one that is in use there cannot be
    listened on, and which are changes from moment to moment. The kernel's own range if not given.

    Raises:
        ValueError: a port lies where none may; the message says which and why.
    """

    def __init__(
        self,
        base: int = DEFAULT_BASE,
        overrides: Mapping[str, int] | None = None,
        *,
        ephemeral: range | None = None,
    ) -> None:
        if not FIRST_UNPRIVILEGED <= base <= 65535 - SPAN:
            raise ValueError(f"port base {base}: must lie between {FIRST_UNPRIVILEGED} and {65535 - SPAN}")
        overrides = overrides or {}
        unknown = sorted(set(overrides) - set(OFFSETS))
        if unknown:
            raise ValueError(f"no such port: {', '.join(unknown)}; there are {', '.join(OFFSETS)}")
        self.base = base
        self._ports = {name: overrides.get(name, base + offset) for name, offset in OFFSETS.items()}
        if len(set(self._ports.values())) != len(self._ports):
            raise ValueError("two processes were given the same port")
        outgoing = ephemeral_ports() if ephemeral is None else ephemeral
        lost = [name for name, port in self._ports.items() if port in outgoing]
        if lost:
            span = f"{outgoing.start} to {outgoing.stop - 1}"
            raise ValueError(
                f"port {self._ports[lost[0]]} ({lost[0]}) lies among {span}, which the kernel hands to outgoing "
                f"connections (net.ipv4.ip_local_port_range): any of them may be taken at any moment. "
                f"{_advice(outgoing)}"
            )

    def __getitem__(self, name: str) -> int:
        return self._ports[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ports)

    def items(self) -> list[tuple[str, int]]:
        """Name and port of all."""
        return list(self._ports.items())


def ephemeral_ports(source: Path = Path("/proc/sys/net/ipv4/ip_local_port_range")) -> range:
    """The ports that the kernel hands to outgoing connections; none where it does not say."""
    try:
        first, last = source.read_text().split()
    except OSError:
        return range(0)
    return range(int(first), int(last) + 1)


def _advice(outgoing: range) -> str:
    highest = outgoing.start - SPAN
    if highest >= FIRST_UNPRIVILEGED:
        return f"Choose a base of at most {highest}, such as {min(DEFAULT_BASE, highest)}."
    return "Narrow that range, for example: sysctl net.ipv4.ip_local_port_range='32768 60999'"


def is_free(port: int) -> bool:
    """Whether a process could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def is_open(port: int) -> bool:
    """Whether something accepts connections on this loopback port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port_base(rng: random.Random | None = None) -> int:
    """A base whose whole span of ports is free, below the range the kernel hands to outgoing connections.

    Raises:
        RuntimeError: none was found.
    """
    rng = rng or random.Random()  # noqa: S311 - spreads stacks that start at once; nothing secret
    candidates = list(range(20_000, 32_000, SPAN))
    rng.shuffle(candidates)
    for base in candidates:
        if all(is_free(base + offset) for offset in OFFSETS.values()):
            return base
    raise RuntimeError("no free ports for a stack between 20000 and 32000")


def listeners(tables: str) -> dict[int, str]:
    """Listening ports and their socket inodes, from the text of ``/proc/net/tcp`` and ``tcp6``."""
    found: dict[int, str] = {}
    for line in tables.splitlines():
        match line.split():
            case [_, local, _, "0A", _, _, _, _, _, inode, *_]:
                found[int(local.rpartition(":")[2], 16)] = inode
    return found


def holder(port: int) -> tuple[int, str] | None:
    """Process id and program that listen on this port, if this user may know them."""
    tables = "\n".join(path.read_text() for path in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")) if path.exists())
    inode = listeners(tables).get(port)
    if inode is None:
        return None
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            if any(str(fd.readlink()) == f"socket:[{inode}]" for fd in (process / "fd").iterdir()):
                return int(process.name), (process / "comm").read_text().strip()
        except OSError:
            continue
    return None
