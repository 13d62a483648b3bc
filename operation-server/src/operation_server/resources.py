"""What a request may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request


@dataclass(frozen=True)
class Resources:
    """Connections and services of one process."""


def resources_of(request: Request) -> Resources:
    """The process's resources."""
    found: Resources = request.app.state.resources
    return found


Deps = Annotated[Resources, Depends(resources_of)]
