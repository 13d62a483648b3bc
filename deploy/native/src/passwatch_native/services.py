"""The project's own services: their commands, and of all variables exactly those that each declares."""

from __future__ import annotations

import importlib
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from passwatch.settings import PREFIX, ServiceSettings
from passwatch_native import nginx, probes
from passwatch_native.engines import postgres, rabbitmq
from passwatch_native.engines.layout import Layout
from passwatch_native.program import Program


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """What may differ between stacks."""

    operation_servers: int = 1
    """One or two; Nginx spreads its requests over them."""
    triton: bool = True
    """Whether Triton belongs to the engines; without it nothing is judged."""
    search: bool = False
    """Whether Elasticsearch belongs to the engines; without it PostgreSQL searches."""


@dataclass(frozen=True, slots=True)
class Service:
    """One of the project's long-running processes."""

    name: str
    package: str
    port: str
    """Which port of the plan it listens on."""
    settings: str = "Settings"
    """The class that declares its variables."""
    other_settings: Mapping[str, str] = field(default_factory=dict)
    """The class of each command that reads others than ``run`` does."""


CONSUMER = Service(
    "victoria-consumer",
    "victoria_consumer",
    "victoria-consumer",
    other_settings={"topics": "DeadLetterSettings", "dead-letters": "DeadLetterSettings"},
)
TRIGGER = Service(
    "batch-inference-trigger",
    "batch_inference_trigger",
    "batch-inference-trigger",
    settings="TriggerSettings",
    other_settings={"migrate": "MigrateSettings"},
)
WORKER = Service("analysis-worker", "analysis_worker", "analysis-worker", settings="WorkerSettings")
LIMITS = Service("limit-monitor", "limit_monitor", "limit-monitor")
SIMULATOR = Service("batch-simulator", "batch_simulator", "nginx")
"""Not a process of the stack: a command that sends telemetry to it."""
SERVERS = (
    Service(
        "operation-server",
        "operation_server",
        "operation-server",
        other_settings={"migrate": "MigrateSettings", "calibrations": "ApiSettings", "models": "ApiSettings"},
    ),
    Service("operation-server-2", "operation_server", "operation-server-2"),
)


COMMANDS = {service.name: service for service in (SIMULATOR, CONSUMER, TRIGGER, LIMITS, WORKER, SERVERS[0])}
"""The services whose command line can be called with a stack's variables."""


def environment(layout: Layout) -> dict[str, str]:
    """The variables that lead to this stack's engines."""
    ports, secrets = layout.ports, layout.credentials
    return {
        "PASSWATCH_KAFKA_BOOTSTRAP": f"127.0.0.1:{ports['kafka']}",
        "PASSWATCH_VICTORIA_URL": f"http://passwatch:{layout.credentials.victoria}@127.0.0.1:{ports['victoria']}",
        "PASSWATCH_POSTGRES_DSN": (
            f"postgresql+psycopg2://{postgres.USER}:{secrets.postgres}@127.0.0.1:{ports['postgres']}/{postgres.DATABASE}"
        ),
        "PASSWATCH_RABBITMQ_URL": f"amqp://{rabbitmq.USER}:{secrets.rabbitmq}@127.0.0.1:{ports['rabbitmq']}//",
        "PASSWATCH_REDIS_URL": f"redis://:{secrets.redis}@127.0.0.1:{ports['redis']}/0",
        "PASSWATCH_TRITON_URL": f"127.0.0.1:{ports['triton']}",
        "PASSWATCH_TRITON_KEY": layout.credentials.triton,
        "PASSWATCH_TRITON_HTTP_URL": f"http://127.0.0.1:{ports['triton-http']}",
        "PASSWATCH_ELASTICSEARCH_URL": f"http://127.0.0.1:{ports['elasticsearch']}",
        "PASSWATCH_MISSIONS_DIR": str(layout.checkout.missions),
        "PASSWATCH_MODEL_REPOSITORY": str(layout.model_repository),
    }


def offered(layout: Layout, service: Service) -> dict[str, str]:
    """All variables that a stack has a value for; a service is given those it declares."""
    port = str(layout.ports[service.port])
    return environment(layout) | {
        "PASSWATCH_HEALTH_HOST": "127.0.0.1",
        "PASSWATCH_HEALTH_PORT": port,
        "PASSWATCH_HTTP_HOST": "127.0.0.1",
        "PASSWATCH_HTTP_PORT": port,
        "PASSWATCH_ALLOWED_HOSTS": "localhost,127.0.0.1",
        "PASSWATCH_API_URL": f"http://127.0.0.1:{layout.ports['nginx']}",
        "PASSWATCH_LOG_FORMAT": "json",
    }


def declared(settings: type[ServiceSettings], offer: Mapping[str, str]) -> dict[str, str]:
    """Of the offered variables those that a settings class declares: an unknown one would stop its service."""
    known = {PREFIX + name.upper() for name in settings.model_fields}
    return {name: value for name, value in offer.items() if name in known}


def settings_of(service: Service, verb: str) -> type[ServiceSettings]:
    """The settings class that a command of a service reads."""
    module = importlib.import_module(f"{service.package}.settings")
    found: type[ServiceSettings] = getattr(module, service.other_settings.get(verb, service.settings))
    return found


def service_environment(layout: Layout, service: Service, verb: str = "run") -> dict[str, str]:
    """The variables that one command of a service is started with."""
    # What is set in the caller's shell reaches the services that declare it: PASSWATCH_LOG_LEVEL=debug make demo
    wishes = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    given = declared(settings_of(service, verb), wishes | offered(layout, service))
    return given | {"PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"}


def own_programs(layout: Layout, options: ServiceOptions) -> list[Program]:
    """The services, Flower and Nginx, in the order of their start."""
    servers = SERVERS[: options.operation_servers]
    services = [_program(layout, service) for service in (CONSUMER, TRIGGER, LIMITS, WORKER, *servers)]
    upstreams = [layout.ports[server.port] for server in servers]
    return [*services, _flower(layout), nginx.program(layout, upstreams)]


def _program(layout: Layout, service: Service) -> Program:
    return Program(
        name=service.name,
        command=(str(layout.checkout.python), "-m", service.package, "run"),
        env=service_environment(layout, service),
        probe=probes.http_ready(layout.ports[service.port], "/health/ready"),
        directory=layout.checkout.root,
        stop_wait_s=30,
    )


def _flower(layout: Layout) -> Program:
    """Flower shows the Celery workers; broker and management account reach it by variables, not arguments."""
    ports, secrets = layout.ports, layout.credentials
    return Program(
        name="flower",
        command=(
            str(layout.checkout.python),
            "-m",
            "celery",
            "flower",
            "--address=127.0.0.1",
            f"--port={ports['flower']}",
        ),
        env={
            "CELERY_BROKER_URL": environment(layout)["PASSWATCH_RABBITMQ_URL"],
            "FLOWER_BROKER_API": (
                f"http://{rabbitmq.USER}:{secrets.rabbitmq}@127.0.0.1:{ports['rabbitmq-management']}/api/"
            ),
        },
        probe=probes.http_ready(ports["flower"], "/healthcheck"),
        directory=layout.dir,
        stop_signal="INT",
    )


@dataclass(frozen=True, slots=True)
class Step:
    """A command that runs to its end before the services start; safe to repeat."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str]
    directory: Path

    def run(self) -> None:
        """Run it.

        Raises:
            RuntimeError: it failed; with the end of what it said.
        """
        inherited = {name: value for name, value in os.environ.items() if not name.startswith((PREFIX, "PYTHON"))}
        done = subprocess.run(
            self.command,
            env=inherited | dict(self.env),
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            said = (done.stdout + done.stderr).strip()[-2000:]
            raise RuntimeError(f"{self.name} failed with status {done.returncode}:\n{said}")


def own_steps(layout: Layout) -> list[Step]:
    """Topics and database schemas."""
    steps = [
        ("topics", CONSUMER, "topics"),
        ("ledger schema", TRIGGER, "migrate"),
        ("server schema", SERVERS[0], "migrate"),
    ]
    return [
        Step(
            name=name,
            command=(str(layout.checkout.python), "-m", service.package, verb),
            env=service_environment(layout, service, verb),
            directory=layout.checkout.root,
        )
        for name, service, verb in steps
    ]
