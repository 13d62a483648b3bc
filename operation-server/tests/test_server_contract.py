"""Schemathesis against the real server: what the OpenAPI document says is what it does, whatever is sent."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import BaseSchema, Case, CheckFunction, GenerationMode, Response
from schemathesis.specs.openapi.checks import positive_data_acceptance
from schemathesis.specs.openapi.stateful import OpenAPIStateMachine

from operation_server.app import create_app

pytestmark = pytest.mark.engines

SEEDED = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
"""A failure is met again by the next run. Nothing is shrunk: the server has changed by then."""
NOT_SAID: list[CheckFunction] = [positive_data_acceptance]
"""A document cannot say that `from` lies before `to`, or that a cursor must be one that the list gave."""
ENDLESS = "/api/v1/stream"
"""The live stream never ends, and has tests of its own."""
CASES = [
    (path, method, mode)
    for path, methods in create_app().openapi()["paths"].items()
    if path != ENDLESS
    for method, operation in methods.items()
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or "parameters" in operation or "requestBody" in operation
]
"""Every operation with what is right and, if it takes anything, with what is wrong."""


@pytest.fixture
def api(module_server: Any) -> BaseSchema:
    """The document as the server gives it."""
    found = schemathesis.openapi.from_url(f"{module_server.base_url}/api/v1/openapi.json")
    return found.exclude(path=ENDLESS)


@pytest.mark.parametrize(("path", "method", "mode"), CASES)
def test_an_operation_answers_as_documented(api: BaseSchema, path: str, method: str, mode: GenerationMode) -> None:
    """No answer is a server error, or has a status, type or body that the document lacks; bad requests are refused."""

    @settings(SEEDED, max_examples=15)
    @given(case=api[path][method].as_strategy(generation_mode=mode))
    def asked(case: Case[Any]) -> None:
        case.call_and_validate(excluded_checks=NOT_SAID)

    asked()


def test_sequences_of_requests_answer_as_documented(api: BaseSchema) -> None:
    """What one answer names is asked for by the next request."""

    class Machine(api.as_state_machine()):  # type: ignore[misc]
        def validate_response(self, response: Response, case: Case[Any], **_others: Any) -> None:
            case.validate_response(response, excluded_checks=NOT_SAID)

    assert issubclass(Machine, OpenAPIStateMachine)
    Machine.run(settings=settings(SEEDED, max_examples=15, stateful_step_count=6))
