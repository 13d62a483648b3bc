"""RabbitMQ's management, for tests that take connections away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from tests.support.wait import wait_for


@dataclass(frozen=True)
class Management:
    """The management API at ``url``; the account is taken from the broker URLs that it is asked about."""

    url: str

    def close_connections(self, broker_url: str, at_least: int = 1) -> int:
        """Cut all connections to the virtual host of this broker URL, once there are enough; how many it cut."""
        broker = urlsplit(broker_url)
        account = (broker.username or "", broker.password or "")
        vhost = broker.path.removeprefix("/")

        def listed() -> list[dict[str, Any]] | None:
            answer = requests.get(
                f"{self.url}/api/vhosts/{quote(vhost, safe='')}/connections", auth=account, timeout=10
            )
            found: list[dict[str, Any]] = answer.json()
            return found if len(found) >= at_least else None

        connections = wait_for("RabbitMQ lists the connections", listed)
        for connection in connections:
            name = quote(str(connection["name"]), safe="")
            requests.delete(f"{self.url}/api/connections/{name}", auth=account, timeout=10)
        return len(connections)
