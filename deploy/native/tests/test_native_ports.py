"""Ports: the plan of a stack, and who holds one."""

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passwatch_native.ports import (
    OFFSETS,
    SPAN,
    PortPlan,
    ephemeral_ports,
    free_port_base,
    holder,
    is_free,
    is_open,
    listeners,
)

NONE = range(0)


@given(st.integers(1024, 65535 - SPAN))
def test_a_plan_has_a_port_of_its_own_for_every_process(base: int) -> None:
    """No two processes share a port, and all lie within the stack's span."""
    ports = [port for _, port in PortPlan(base, ephemeral=NONE).items()]
    assert len(set(ports)) == len(OFFSETS)
    assert all(base <= port < base + SPAN for port in ports)


def test_a_single_port_can_be_chosen() -> None:
    """An override moves one process and no other."""
    plan = PortPlan(20000, {"kafka": 9092})
    assert plan["kafka"] == 9092
    assert plan["postgres"] == PortPlan(20000)["postgres"]


@pytest.mark.parametrize(
    ("base", "overrides", "said"),
    [
        (80, {}, "1024"),
        (65530, {}, "65485"),
        (20000, {"kafak": 1}, "kafak"),
        (20000, {"kafka": 20012}, "same port"),
    ],
)
def test_an_unusable_plan_is_refused_with_its_reason(base: int, overrides: dict[str, int], said: str) -> None:
    """A base out of range, an unknown name and a clash are named."""
    with pytest.raises(ValueError, match=said):
        PortPlan(base, overrides)


@pytest.mark.parametrize(
    ("base", "overrides", "said"),
    [
        (40_000, {}, r"port 40000 \(nginx\).*outgoing connections.*at most 32718"),
        (32_750, {}, r"port 3277\d \(.*outgoing connections"),
        (20_000, {"kafka": 60_999}, r"port 60999 \(kafka\)"),
    ],
)
def test_ports_of_outgoing_connections_are_refused(base: int, overrides: dict[str, int], said: str) -> None:
    """A base, a span that reaches into them, and a single port: each with the reason and the way out."""
    with pytest.raises(ValueError, match=said):
        PortPlan(base, overrides, ephemeral=range(32_768, 61_000))
    assert PortPlan(61_000, ephemeral=range(32_768, 61_000))["nginx"] == 61_000


def test_a_range_that_leaves_no_port_is_said_with_its_cure() -> None:
    """Where every port above 1024 may be handed out, the range has to be narrowed."""
    with pytest.raises(ValueError, match=r"Narrow that range.*sysctl"):
        PortPlan(20_000, ephemeral=range(1_024, 65_536))


def test_the_kernels_range_is_read(tmp_path: Path) -> None:
    """Both ends count; a system without the file hands out none."""
    said = tmp_path / "range"
    said.write_text("32768\t60999\n")
    assert ephemeral_ports(said) == range(32_768, 61_000)
    assert not ephemeral_ports(tmp_path / "missing")


def test_a_listening_port_is_taken_open_and_held_by_this_process() -> None:
    """What listens is seen, with its process; what has closed is not."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
        assert is_open(port)
        found = holder(port)
        assert found is not None
        assert found[0] == os.getpid()
    assert is_free(port)
    assert not is_open(port)
    assert holder(port) is None


def test_only_listening_sockets_count_as_listeners() -> None:
    """An established connection's line names no listener; IPv4 and IPv6 lines are read alike."""
    table = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0 0 10 0
   1: 0100007F:1F91 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0 20 4 30 10 -1
   2: 00000000000000000000000001000000:1F92 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 333 1 0 100 0 0 10 0
"""
    assert listeners(table) == {0x1F90: "111", 0x1F92: "333"}


def test_a_free_base_has_all_of_its_ports_free() -> None:
    """Every process of a stack on this base could listen."""
    base = free_port_base()
    assert all(is_free(base + offset) for offset in OFFSETS.values())
