"""docs/metrics.md: every metric, from the metrics module of each service."""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client.metrics import MetricWrapperBase

from docs.generate.markdown import code, page, table
from docs.generate.packages import Package, packages

INTRODUCTION = """\
Each service serves its metrics at `/metrics` in Prometheus' text format, on the port of its health server
(`PASSWATCH_HEALTH_PORT`; operation-server: `PASSWATCH_HTTP_PORT`). Names end in their unit; a counter counts from the
start of the process. Labels hold no id that grows without bound. The process' own `process_*` and `python_*` metrics
are there too."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as it is declared."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str


def metrics_of(package: Package) -> list[Metric]:
    """The metrics that a package declares, in its order."""
    declared = [m for m in vars(package.module("metrics")).values() if isinstance(m, MetricWrapperBase)]
    return [_described(metric) for metric in declared]


def by_service() -> dict[str, list[Metric]]:
    """The metrics of every package that declares some, by the name of its folder."""
    return {package.part: metrics_of(package) for package in packages() if package.has("metrics")}


def render() -> str:
    """The page."""
    parts = [INTRODUCTION]
    for service, metrics in by_service().items():
        rows = [(code(m.name), m.kind, ", ".join(code(label) for label in m.labels), m.meaning) for m in metrics]
        parts += [f"## {service}", table(("metric", "kind", "labels", "meaning"), rows)]
    return page("Metrics", *parts)


def _described(metric: MetricWrapperBase) -> Metric:
    family = next(iter(metric.describe()))
    name = family.name + "_total" if family.type == "counter" else family.name
    return Metric(name, family.type, tuple(metric._labelnames), family.documentation)
