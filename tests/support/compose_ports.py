"""The ports that the Compose file publishes, and ports to use instead where those are taken."""

from __future__ import annotations

import os

from passwatch_native.ports import free_port_base, is_free

DEFAULTS = {
    "HTTP_PORT": 80,
    "FLOWER_PORT": 5555,
    "KAFKA_UI_PORT": 8080,
    "VICTORIA_PORT": 8428,
    "RABBITMQ_MANAGEMENT_PORT": 15672,
    "TRITON_HTTP_PORT": 8500,
    "TRITON_GRPC_PORT": 8501,
    "TRITON_METRICS_PORT": 8502,
    "KAFKA_PORT": 9092,
    "ELASTICSEARCH_PORT": 9200,
    "OPERATION_SERVER_PORT": 8000,
    "POSTGRES_PORT": 5432,
    "REDIS_PORT": 6379,
}
"""What the project promises; all of them on 127.0.0.1."""


def in_a_row(base: int) -> dict[str, int]:
    """Ports from ``base`` on."""
    return {name: base + number for number, name in enumerate(DEFAULTS)}


def free() -> dict[str, int]:
    """Ports in a row that nothing listens on, and that the kernel gives to no outgoing connection."""
    base = free_port_base()
    while not all(map(is_free, in_a_row(base).values())):  # a stack does not use all that are in its span
        base = free_port_base()
    return in_a_row(base)


def to_use() -> dict[str, int]:
    """The promised ports, each replaced by a free one if it is taken; or, from ``PORT_BASE`` on, ports in a row."""
    base = os.environ.get("PORT_BASE")
    if base:
        return in_a_row(int(base))
    instead = free()
    return {name: port if is_free(port) else instead[name] for name, port in DEFAULTS.items()}
