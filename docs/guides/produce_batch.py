"""Sends one small batch to Passwatch: the least that a ground station has to do.

pip install confluent-kafka
python produce_batch.py 127.0.0.1:18090 SAT-001
"""

import json
import sys
import time
from collections.abc import Iterator

from confluent_kafka import Producer

TOPIC = "satellite-telemetry"
RECORDS, CADENCE_MS, RECORDS_PER_MESSAGE = 120, 30_000, 100


def batch(satellite_id: str, end_ms: int) -> Iterator[tuple[str, dict[str, object]]]:
    """The batch's messages in the order of sending: (type, payload), the marker last."""
    start = end_ms - (RECORDS - 1) * CADENCE_MS
    times = [start + i * CADENCE_MS for i in range(RECORDS)]
    about = {"mission": "default", "satellite_id": satellite_id, "batch_id": f"pass-{start}"}
    for first in range(0, RECORDS, RECORDS_PER_MESSAGE):
        part = times[first : first + RECORDS_PER_MESSAGE]
        channels = {
            "battery_voltage": [28.0 + 0.01 * (i % 7) for i in range(len(part))],
            "battery_temp": [21.5 if i % 50 else None for i in range(len(part))],  # null: a missing sample
        }
        yield "TelemetryChunk", {**about, "first_index": first, "timestamps": part, "channels": channels}
    yield "BatchEnd", {**about, "records": RECORDS, "first_time": times[0], "last_time": times[-1]}


def main(bootstrap: str, satellite_id: str) -> None:
    """Send the batch, and return when Kafka has all of it."""
    failures: list[object] = []
    producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "partitioner": "murmur2_random"})
    for kind, payload in batch(satellite_id, int(time.time() * 1000)):
        producer.produce(
            TOPIC,
            key=satellite_id,  # the satellite's messages keep their order
            value=json.dumps(payload),
            headers={"passwatch-type": kind, "passwatch-schema": "1"},
            on_delivery=lambda error, _message: failures.append(error) if error else None,
        )
    waiting = producer.flush(30)
    if failures or waiting:
        raise SystemExit(f"not delivered: {failures or waiting}")


if __name__ == "__main__":
    main(*sys.argv[1:])
