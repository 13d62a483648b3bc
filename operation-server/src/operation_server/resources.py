"""What a request may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine

from operation_server.calibrations.activate import Activator
from operation_server.calibrations.submit import FitSubmitter
from operation_server.jobs.submit import Submitter
from operation_server.live.hub import LiveHub
from operation_server.readiness import ReadinessChecker
from operation_server.search.index import SearchIndex
from operation_server.serving import Serving
from operation_server.settings import Settings
from operation_server.trends.answers import Trends
from operation_server.trends.cache import TrendCache
from operation_server.trends.samples import Samples
from passwatch.mission import Mission
from passwatch.repeat import Repeated


@dataclass(frozen=True)
class Resources:
    """Connections and services of one process. ``engine`` is for reading: see ``store.engine.reading``.

    ``dispatcher`` is to be woken when there is something to send.
    """

    settings: Settings
    missions: Mapping[str, Mission]
    engine: Engine
    samples: Samples
    cache: TrendCache
    trends: Trends
    hub: LiveHub
    submitter: Submitter
    fit_submitter: FitSubmitter
    activator: Activator
    dispatcher: Repeated
    serving: Serving
    search: SearchIndex
    readiness: ReadinessChecker


def resources_of(request: Request) -> Resources:
    """The process's resources."""
    found: Resources = request.app.state.resources
    return found


Deps = Annotated[Resources, Depends(resources_of)]
