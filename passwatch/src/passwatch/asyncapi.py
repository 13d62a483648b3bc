"""The AsyncAPI 3.0 document of the messages, built from the contracts, topics and headers themselves.

``python -m passwatch.asyncapi`` prints it.
"""

from __future__ import annotations

import inspect
import json
import sys
from typing import Any

import msgspec

from passwatch import headers
from passwatch.contracts import (
    SCHEMA_VERSION,
    ActiveCalibration,
    BatchEnd,
    BatchProgress,
    CalibrationFit,
    CalibrationTask,
    JudgeTask,
    LimitFinding,
    Message,
    PartitionHeartbeat,
    SeriesPiece,
    SubsystemResult,
    TelemetryChunk,
)
from passwatch.examples import EXAMPLES
from passwatch.tasks import CALIBRATE_TASK, JUDGE_TASK, QUEUE
from passwatch.topics import CALIBRATIONS, DEAD_LETTERS, FITS, LIMIT_FINDINGS, PROGRESS, RESULTS, TELEMETRY, Topic

Json = dict[str, Any]

CARRIED: dict[Topic, tuple[type[Message], ...]] = {
    TELEMETRY: (TelemetryChunk, BatchEnd),
    PROGRESS: (BatchProgress, PartitionHeartbeat),
    RESULTS: (SeriesPiece, SubsystemResult),
    DEAD_LETTERS: (),
    FITS: (CalibrationFit,),
    CALIBRATIONS: (ActiveCalibration,),
    LIMIT_FINDINGS: (LimitFinding,),
}
"""Which messages a topic carries; the dead-letter topic carries what was no message."""

OPERATIONS: tuple[tuple[str, str, Topic, str], ...] = (
    ("sendTelemetry", "send", TELEMETRY, "A ground station, or batch-simulator, sends a batch."),
    ("storeTelemetry", "receive", TELEMETRY, "victoria-consumer stores it in VictoriaMetrics."),
    ("rejectTelemetry", "send", DEAD_LETTERS, "victoria-consumer sets aside what it cannot use."),
    ("reportProgress", "send", PROGRESS, "victoria-consumer says what can be read back now."),
    ("followProgress", "receive", PROGRESS, "batch-inference-trigger decides which batches are complete."),
    ("showProgress", "receive", PROGRESS, "operation-server shows the batches that are still coming in."),
    ("publishResult", "send", RESULTS, "analysis-worker publishes the series of a judgement, then its verdict."),
    ("keepResult", "receive", RESULTS, "operation-server keeps it and tells the browsers."),
    ("finishTask", "receive", RESULTS, "batch-inference-trigger sees that the task is done."),
    ("publishFit", "send", FITS, "analysis-worker publishes the calibration that it fitted."),
    ("keepFit", "receive", FITS, "operation-server keeps it, and makes it active if that was asked for."),
    ("activateCalibration", "send", CALIBRATIONS, "operation-server says what to judge by."),
    ("followCalibrations", "receive", CALIBRATIONS, "analysis-worker judges by it from then on."),
    ("checkTelemetry", "receive", TELEMETRY, "limit-monitor checks it against the mission's limits."),
    ("publishLimitFinding", "send", LIMIT_FINDINGS, "limit-monitor says where a violation begins, worsens and ends."),
    ("keepLimitFinding", "receive", LIMIT_FINDINGS, "operation-server makes it part of an incident."),
)
TASKS: tuple[tuple[type[Message], str, str], ...] = (
    (JudgeTask, JUDGE_TASK, "the judgement id"),
    (CalibrationTask, CALIBRATE_TASK, "the fit's id"),
)
"""The payloads of Celery tasks, their tasks' names, and what a task's id is."""
_KEYS: dict[type[Message], str] = {
    PartitionHeartbeat: "none: it is sent to the partition that it speaks of",
    CalibrationFit: "the satellite id, or the mission if it is for all of its satellites",
    ActiveCalibration: "the mission, with /satellite id if it is for one",
}

_DEAD_LETTER_HEADERS: Json = {
    "passwatch-dead-reason": {"type": "string", "description": "the kind of fault"},
    "passwatch-dead-detail": {"type": "string", "description": "what is wrong, and where in the message"},
    "passwatch-dead-topic": {"type": "string", "description": "the topic that it came from"},
    "passwatch-dead-partition": {"type": "string", "description": "its partition there"},
    "passwatch-dead-offset": {"type": "string", "description": "its offset there"},
    "passwatch-dead-channels": {
        "type": "string",
        "description": "the bad channels, comma-separated, if the rest of the message was stored",
    },
}
_REQUIRED_OF_DEAD = [name for name in _DEAD_LETTER_HEADERS if name != "passwatch-dead-channels"]


def document() -> Json:
    """The AsyncAPI document, as JSON types."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Passwatch messages",
            "version": f"{SCHEMA_VERSION}.0.0",
            "description": "Telemetry in, progress and verdicts between the services and out. Times are integers: "
            "milliseconds since the Unix epoch, UTC. A message's key is its satellite id unless it says otherwise.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{bootstrap}",
                "protocol": "kafka",
                "variables": {"bootstrap": {"description": "PASSWATCH_KAFKA_BOOTSTRAP", "default": "127.0.0.1:9092"}},
            },
            "rabbitmq": {
                "host": "{broker}",
                "protocol": "amqp",
                "variables": {"broker": {"description": "PASSWATCH_RABBITMQ_URL", "default": "127.0.0.1:5672"}},
            },
        },
        "channels": {name(topic): _channel(topic) for topic in CARRIED} | {"analysis": _task_channel()},
        "operations": _operations(),
        "components": {"messages": _messages(), "schemas": schemas()},
    }


def name(topic: Topic) -> str:
    """The topic's key in the document: its name with the separators that a key may not hold replaced."""
    return topic.name.replace(".", "-")


def schemas() -> Json:
    """The JSON schema of every message and of their parts, by name."""
    types = [*(t for carried in CARRIED.values() for t in carried), *(t for t, _, _ in TASKS)]
    _, found = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    for schema in found.values():
        schema["description"] = inspect.cleandoc(schema["description"])
    return found


def _channel(topic: Topic) -> Json:
    carried = [t.__name__ for t in CARRIED[topic]] or ["DeadLetter"]
    return {
        "address": "{prefix}" + topic.name,
        "description": topic.purpose,
        "servers": [{"$ref": "#/servers/kafka"}],
        "parameters": {"prefix": {"description": "PASSWATCH_TOPIC_PREFIX of the deployment; usually empty"}},
        "messages": {m: {"$ref": f"#/components/messages/{m}"} for m in carried},
        "bindings": {
            "kafka": {
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": [topic.config()["cleanup.policy"]],
                    "retention.ms": topic.retention_ms,
                    "max.message.bytes": topic.max_message_bytes,
                    "message.timestamp.type": topic.config()["message.timestamp.type"],
                },
                "bindingVersion": "0.5.0",
            }
        },
    }


def _task_channel() -> Json:
    return {
        "address": "{prefix}" + QUEUE,
        "description": "judgements to be made and calibrations to be fitted; a quorum queue, used through Celery",
        "servers": [{"$ref": "#/servers/rabbitmq"}],
        "parameters": {"prefix": {"description": "PASSWATCH_TOPIC_PREFIX of the deployment; usually empty"}},
        "messages": {t.__name__: {"$ref": f"#/components/messages/{t.__name__}"} for t, _, _ in TASKS},
        "bindings": {
            "amqp": {
                "is": "queue",
                "queue": {"name": QUEUE, "durable": True, "exclusive": False, "autoDelete": False},
                "bindingVersion": "0.3.0",
            }
        },
    }


def _operations() -> Json:
    operations = {
        operation: {"action": action, "channel": {"$ref": f"#/channels/{name(topic)}"}, "summary": summary}
        for operation, action, topic, summary in OPERATIONS
    }
    task = {"$ref": "#/channels/analysis"}
    operations["requestJudgement"] = {
        "action": "send",
        "channel": task,
        "summary": "batch-inference-trigger, or operation-server for a person, asks for a judgement.",
    }
    operations["judge"] = {"action": "receive", "channel": task, "summary": "analysis-worker makes it."}
    operations["requestCalibration"] = {
        "action": "send",
        "channel": task,
        "summary": "operation-server, for a person, asks for a calibration.",
    }
    operations["calibrate"] = {"action": "receive", "channel": task, "summary": "analysis-worker fits it."}
    return operations


def _messages() -> Json:
    messages = {t.__name__: _message(t) for carried in CARRIED.values() for t in carried}
    messages |= {t.__name__: _task_message(t, task_name, id_meaning) for t, task_name, id_meaning in TASKS}
    messages["DeadLetter"] = {
        "name": "DeadLetter",
        "title": "DeadLetter",
        "summary": "The bytes of a rejected message, unchanged, with its key and headers and the reason in headers.",
        "headers": {"type": "object", "required": _REQUIRED_OF_DEAD, "properties": _DEAD_LETTER_HEADERS},
        "contentType": "application/octet-stream",
        "payload": {"description": "whatever was sent"},
    }
    return messages


def _message(message: type[Message]) -> Json:
    heartbeat = message is PartitionHeartbeat
    key = _KEYS.get(message, "the satellite id")
    return {
        "name": message.__name__,
        "title": message.__name__,
        "summary": _first_sentence(message),
        "headers": _headers(message),
        "payload": {"$ref": f"#/components/schemas/{message.__name__}"},
        "bindings": {
            "kafka": {"key": {"type": "null" if heartbeat else "string", "description": key}, "bindingVersion": "0.5.0"}
        },
        "examples": [{"name": "example", "payload": msgspec.to_builtins(EXAMPLES[message])}],
    }


def _headers(message: type[Message]) -> Json:
    return {
        "type": "object",
        "required": [headers.TYPE, headers.SCHEMA],
        "properties": {
            headers.TYPE: {"type": "string", "const": message.__name__, "description": "the message's type"},
            headers.SCHEMA: {"type": "string", "const": str(SCHEMA_VERSION), "description": "the schema's version"},
            "traceparent": {"type": "string", "description": "W3C trace context, if the sender traces"},
            "tracestate": {"type": "string", "description": "W3C trace state, if the sender has one"},
        },
    }


def _task_message(task: type[Message], task_name: str, id_meaning: str) -> Json:
    argument = {"$ref": f"#/components/schemas/{task.__name__}"}
    return {
        "name": task_name,
        "title": task.__name__,
        "summary": _first_sentence(task),
        "description": "A Celery message, protocol 2: the task is the only positional argument.",
        "headers": {
            "type": "object",
            "required": ["task", "id"],
            "properties": {
                "task": {"type": "string", "const": task_name},
                "id": {"type": "string", "description": id_meaning},
            },
        },
        "payload": {
            "type": "array",
            "items": [
                {"type": "array", "minItems": 1, "maxItems": 1, "items": argument},
                {"type": "object", "description": "keyword arguments: none", "maxProperties": 0},
                {"type": "object", "description": "Celery's own"},
            ],
        },
        "examples": [{"name": "example", "payload": [[msgspec.to_builtins(EXAMPLES[task])], {}, {}]}],
    }


def _first_sentence(message: type[Message]) -> str:
    return inspect.cleandoc(message.__doc__ or "").partition(".")[0].replace("\n", " ") + "."


def text() -> str:
    """The document as indented JSON with a final line end."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
