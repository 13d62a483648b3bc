"""The ports that the Compose file publishes, and ports to use instead where those are taken."""

from __future__ import annotations

import os
import socket

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


def free(port: int) -> bool:
    """Whether something could listen on this port of loopback now."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def any_free() -> int:
    """A port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def to_use() -> dict[str, int]:
    """The promised ports, each replaced by a free one if it is taken; or, from ``PORT_BASE`` on, ports in a row."""
    base = os.environ.get("PORT_BASE")
    if base:
        return {name: int(base) + number for number, name in enumerate(DEFAULTS)}
    return {name: port if free(port) else any_free() for name, port in DEFAULTS.items()}
