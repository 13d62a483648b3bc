"""The real Kafka behind a gate that a test shuts and opens, by what clients call themselves."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator

METADATA, FIND_COORDINATOR = 3, 10
"""The answers that tell clients where brokers are; see https://kafka.apache.org/protocol.html#protocol_api_keys"""


class GatedKafka:
    """Passes on what clients and a broker say, so that clients know the broker under the gate's address alone.

    Through a shut gate connections can still be made, but nothing is answered.
    """

    def __init__(self, broker: str) -> None:
        host, port = broker.rsplit(":", 1)
        self._broker = (host, int(port))
        self._server = socket.create_server((host, 0))
        self._port: int = self._server.getsockname()[1]
        self.address = f"{host}:{self._port}"
        self.asked: Counter[str] = Counter()
        self._admits: Callable[[str], bool] = lambda _client: True
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def open(self) -> None:
        """Let everyone in."""
        self._admits = lambda _client: True
        self._cut()

    def shut(self, but_for: str | None = None) -> None:
        """Cut all connections, and answer only clients of this name."""
        self._admits = lambda client: client == but_for
        self.asked.clear()
        self._cut()

    def close(self) -> None:
        """End; nothing listens any more."""
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._cut()

    def _cut(self) -> None:
        sockets, self._sockets = self._sockets, []
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                broker = socket.create_connection(self._broker)
                self._sockets += [client, broker]
                pending: dict[int, int] = {}
                threading.Thread(target=self._ask, args=(client, broker, pending), daemon=True).start()
                threading.Thread(target=self._answer, args=(broker, client, pending), daemon=True).start()

    def _ask(self, client: socket.socket, broker: socket.socket, pending: dict[int, int]) -> None:
        for frame in _frames(client):
            key, _version, correlation, length = struct.unpack_from(">hhih", frame)
            name = frame[10 : 10 + max(length, 0)].decode()
            self.asked[name] += 1
            if self._admits(name):
                pending[correlation] = key
                _send(broker, frame)
        _end(broker)

    def _answer(self, broker: socket.socket, client: socket.socket, pending: dict[int, int]) -> None:
        real, own = (self._broker[0].encode() + struct.pack(">i", port) for port in (self._broker[1], self._port))
        for frame in _frames(broker):
            (correlation,) = struct.unpack_from(">i", frame)
            places = pending.pop(correlation, None) in (METADATA, FIND_COORDINATOR)
            _send(client, frame.replace(real, own) if places else frame)
        _end(client)


def _frames(source: socket.socket) -> Iterator[bytes]:
    with contextlib.suppress(OSError), source.makefile("rb") as stream:
        while len(head := stream.read(4)) == 4:
            yield stream.read(struct.unpack(">i", head)[0])


def _send(target: socket.socket, frame: bytes) -> None:
    with contextlib.suppress(OSError):
        target.sendall(struct.pack(">i", len(frame)) + frame)


def _end(target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
