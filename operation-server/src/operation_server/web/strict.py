"""Unknown query parameters are refused by name: a misspelt filter must not look like an answer."""

from __future__ import annotations

import difflib
from collections import Counter

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from operation_server.web.problems import InvalidRequest
from operation_server.web.schemas import ProblemItem, has_control


def known_parameters_only(request: Request) -> None:
    """Refuse query parameters that the route does not have, and those given twice.

    Raises:
        InvalidRequest: with one item for each of them.
    """
    route = request.scope["route"]
    if not isinstance(route, APIRoute):
        return
    refuse_control_characters(request)
    known = _query_names(route.dependant)
    given = Counter(name for name, _ in request.query_params.multi_items())
    errors = [ProblemItem(field=f"query.{name}", message=_unknown(name, known)) for name in given if name not in known]
    errors += [
        ProblemItem(field=f"query.{name}", message="given more than once")
        for name, count in given.items()
        if name in known and count > 1
    ]
    if errors:
        raise InvalidRequest(errors)


def refuse_control_characters(request: Request) -> None:
    """Refuse control characters in the path and the query: no id or name has one, and PostgreSQL stores no NUL.

    Raises:
        InvalidRequest: with one item for each parameter.
    """
    given = [(f"path.{name}", str(value)) for name, value in request.path_params.items()]
    given += [(f"query.{name}", value) for name, value in request.query_params.multi_items()]
    errors = [
        ProblemItem(field=field, message="has a control character") for field, value in given if has_control(value)
    ]
    if errors:
        raise InvalidRequest(errors)


def _query_names(dependant: Dependant) -> list[str]:
    names = [field.alias for field in dependant.query_params]
    for inner in dependant.dependencies:
        names += _query_names(inner)
    return names


def _unknown(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"no such parameter; did you mean {close[0]}?"
    return f"no such parameter; there are {', '.join(known)}" if known else "no such parameter; there is none here"
