"""Logs and traces: structlog for one canonical line per unit of work, OpenTelemetry for trace context."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from passwatch.settings import ServiceSettings

MAX_FRAMES = 12
MAX_SAID = 500
"""Characters of what an error says."""
_FRAMES = structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=MAX_FRAMES)


def _traceback(exc_info: Any) -> list[dict[str, Any]]:
    """Where an error came from, in a bounded line. Local variables hold what others sent, of any size, and secrets."""
    found = _FRAMES(exc_info)
    for one in found:
        one["exc_value"] = one["exc_value"][:MAX_SAID]
    return found


TRACEBACKS = structlog.processors.ExceptionRenderer(_traceback)


def configure(service: str, settings: ServiceSettings) -> None:
    """Set up logging to standard error and tracing for this process; call it once, first."""
    _configure_logging(service, settings)
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    if settings.otlp_endpoint:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.otlp_endpoint)))
    trace.set_tracer_provider(provider)


def _configure_logging(service: str, settings: ServiceSettings) -> None:
    for_person = settings.log_format == "console" or (settings.log_format == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        _named(service),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: list[Any] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if for_person
        else [TRACEBACKS, structlog.processors.JSONRenderer()]
    )
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("urllib3", "opentelemetry", "amqp", "kombu"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))


def _named(service: str) -> Any:
    def add(_logger: object, _method: str, event: dict[str, Any]) -> dict[str, Any]:
        event["service"] = service
        return event

    return add
