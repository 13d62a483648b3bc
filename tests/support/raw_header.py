"""Sends a message whose header's name is any bytes, as any client of Kafka may; Python's client only takes text."""

from __future__ import annotations

import ctypes
from pathlib import Path

import confluent_kafka

_TOPIC, _PARTITION, _VALUE, _KEY, _MSGFLAGS, _HEADER, _END = 1, 3, 4, 5, 7, 9, 0
_COPY = 2
_PRODUCER = 0
_FLUSH_MS = 30_000


def send_with_header(
    bootstrap: str, topic: str, name: bytes, value: bytes, *, partition: int = 0, key: bytes = b""
) -> None:
    """Send one message with this header, through librdkafka's own interface, and wait until Kafka has it."""
    (path,) = (Path(confluent_kafka.__file__).parent.parent / "confluent_kafka.libs").glob("librdkafka-*.so*")
    library = ctypes.CDLL(str(path))
    for function in ("rd_kafka_conf_new", "rd_kafka_new"):
        getattr(library, function).restype = ctypes.c_void_p
    error = ctypes.create_string_buffer(512)
    configuration = ctypes.c_void_p(library.rd_kafka_conf_new())
    library.rd_kafka_conf_set(configuration, b"bootstrap.servers", bootstrap.encode(), error, ctypes.c_size_t(512))
    client = ctypes.c_void_p(library.rd_kafka_new(_PRODUCER, configuration, error, ctypes.c_size_t(512)))
    assert client.value, error.value
    try:
        arguments: list[object] = [
            client,
            _TOPIC,
            ctypes.c_char_p(topic.encode()),
            _PARTITION,
            ctypes.c_int32(partition),
        ]
        arguments += [_MSGFLAGS, _COPY, _VALUE, ctypes.c_char_p(value), ctypes.c_size_t(len(value))]
        arguments += [_KEY, ctypes.c_char_p(key), ctypes.c_size_t(len(key))]
        arguments += [_HEADER, ctypes.c_char_p(name), ctypes.c_char_p(b"x"), ctypes.c_ssize_t(1), _END]
        assert library.rd_kafka_producev(*arguments) == 0
        assert library.rd_kafka_flush(client, _FLUSH_MS) == 0
        assert library.rd_kafka_outq_len(client) == 0
    finally:
        library.rd_kafka_destroy(client)
