"""docs/contracts.md: the messages field by field, from the contracts' own types and docstrings."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from docs.generate.markdown import code, page, prose, table
from passwatch import asyncapi, headers
from passwatch.contracts import MESSAGES, SCHEMA_VERSION, JudgeTask
from passwatch.examples import EXAMPLES

INTRODUCTION = f"""\
A message is a JSON object. Its Kafka headers say what it is: `{headers.TYPE}` is the name of its type,
`{headers.SCHEMA}` the schema version (now `{SCHEMA_VERSION}`); `traceparent` and `tracestate` carry the trace context,
if there is one. The key is the satellite id, so the messages of one satellite keep their order. Times are integers:
milliseconds since the Unix epoch, UTC. *Event time* is when a sample was taken on board; *broker time* is when Kafka
appended a message.

Fields may be added within a schema version; a reader ignores those that it does not know. A change of meaning or of
type raises the version. The same contracts as a machine reads them: [asyncapi.json](asyncapi.json)
(`python -m passwatch.asyncapi` prints it). Where each message travels: [topics](topics.md)."""


def render() -> str:
    """The page."""
    schemas = asyncapi.schemas()
    whole = [*(m.__name__ for m in MESSAGES), JudgeTask.__name__]
    examples = {t.__name__: msgspec.to_builtins(message) for t, message in EXAMPLES.items()}
    parts = [INTRODUCTION, "## Messages"]
    for name in whole:
        parts += [f"### {name}", *_schema(schemas[name]), _example(examples[name])]
    parts.append("## Parts of messages")
    for name in schemas:
        if name not in whole:
            parts += [f"### {name}", *_schema(schemas[name])]
    return page("Contracts", *parts)


def _schema(schema: dict[str, Any]) -> list[str]:
    required = set(schema.get("required", ()))
    rows = [
        (code(name), _type(field), "yes" if name in required else f"no, `{json.dumps(field.get('default'))}`")
        for name, field in schema["properties"].items()
    ]
    return [prose(schema["description"]), table(("field", "type", "required"), rows)]


def _type(field: dict[str, Any]) -> str:
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in field:
        return " or ".join(_type(option) for option in field["anyOf"])
    if "enum" in field:
        return " or ".join(code(str(value)) for value in field["enum"])
    if field["type"] == "array":
        return f"list of {_type(field['items'])}" + (", not empty" if field.get("minItems") else "")
    if field["type"] == "object":
        return f"object: name → {_type(field['additionalProperties'])}" if "additionalProperties" in field else "object"
    return str(field["type"]) + _bounds(field)


def _bounds(field: dict[str, Any]) -> str:
    if "pattern" in field:
        return f" like `{field['pattern']}`"
    return f" ≥ {field['minimum']}" if "minimum" in field else ""


def _example(payload: object) -> str:
    return "```json\n" + json.dumps(payload, ensure_ascii=False, indent=2) + "\n```"
