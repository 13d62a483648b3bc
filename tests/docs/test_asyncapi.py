import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from celery import Celery
from jsonschema import Draft7Validator  # type: ignore[import-untyped]

from passwatch.asyncapi import CARRIED, document
from passwatch.contracts import MESSAGES, CalibrationTask, JudgeTask, Message
from passwatch.examples import EXAMPLES
from passwatch.streaming import dead_letters as dead_letter_headers
from passwatch.topics import ALL

META_SCHEMA = Path(__file__).with_name("asyncapi-3.0.0.schema.json")
WHOLE: tuple[type[Message], ...] = (*MESSAGES, JudgeTask, CalibrationTask)


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [ref for item in node for ref in _references(item)]
    if not isinstance(node, dict):
        return []
    found = [node["$ref"]] if "$ref" in node else []
    return found + [ref for item in node.values() for ref in _references(item)]


def _schema_of(name: str) -> dict[str, Any]:
    return {"components": document()["components"], **document()["components"]["messages"][name]["payload"]}


def test_it_is_valid_asyncapi() -> None:
    """The document satisfies the AsyncAPI initiative's own schema of version 3.0."""
    schema = json.loads(META_SCHEMA.read_text())
    assert [e.message for e in Draft7Validator(schema).iter_errors(document())] == []


def test_every_reference_resolves() -> None:
    """Each $ref of the document points at something in it."""
    whole = document()
    for reference in _references(whole):
        node: Any = whole
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
        assert node


def test_every_topic_and_message_is_in_it() -> None:
    """No topic and no contract is left out."""
    assert set(CARRIED) == set(ALL)
    assert {t for carried in CARRIED.values() for t in carried} == set(MESSAGES)
    assert {channel["address"] for channel in document()["channels"].values()} >= {"{prefix}" + t.name for t in ALL}


@pytest.mark.parametrize("message", WHOLE, ids=lambda m: m.__name__)
def test_examples_are_what_the_code_accepts(message: type[Message]) -> None:
    """The shown example decodes as its contract and encodes to the same again."""
    encoded = msgspec.json.encode(EXAMPLES[message])
    assert msgspec.json.decode(encoded, type=message) == EXAMPLES[message]


@pytest.mark.parametrize("message", WHOLE, ids=lambda m: m.__name__)
def test_examples_satisfy_the_published_schema(message: type[Message]) -> None:
    """The shown example is valid by the JSON schema that stands beside it."""
    shown = document()["components"]["messages"][message.__name__]["examples"][0]["payload"]
    Draft7Validator(_schema_of(message.__name__)).validate(shown)


def test_the_task_message_is_celerys() -> None:
    """What Celery puts on the queue for a judgement satisfies the published schema."""
    task = msgspec.to_builtins(EXAMPLES[JudgeTask])
    message = Celery("test").amqp.as_task_v2("id", "passwatch.judge", args=[task], kwargs={})
    Draft7Validator(_schema_of("JudgeTask")).validate(json.loads(json.dumps(message.body)))


def test_the_headers_of_dead_letters_are_the_consumers() -> None:
    """The headers that the document gives a dead letter are those that the consumer writes."""
    documented = document()["components"]["messages"]["DeadLetter"]["headers"]["properties"]
    assert set(documented) == dead_letter_headers.OWN
