"""The command line of the victoria-consumer: wiring only."""

from __future__ import annotations

import typer
from rich.console import Console

from passwatch.health import HealthServer
from passwatch.kafka import ensure_topics
from passwatch.mission import MissionError, load_missions
from passwatch.observability import configure
from passwatch.settings import EX_CONFIG, settings_or_exit
from passwatch.signals import StopSignal
from victoria_consumer.app import Service
from victoria_consumer.dead_letters_cli import dead_letters
from victoria_consumer.settings import DeadLetterSettings, Settings

app = typer.Typer(help="Telemetry from Kafka into VictoriaMetrics.", no_args_is_help=True, add_completion=False)
app.add_typer(dead_letters, name="dead-letters")


@app.command()
def run() -> None:
    """Consume telemetry until asked to stop (SIGTERM).

    Settings are environment variables PASSWATCH_*; the reference of the settings lists them.
    """
    settings = settings_or_exit(Settings)
    configure("victoria-consumer", settings)
    stop = StopSignal()
    stop.install()
    try:
        missions = load_missions(settings.missions_dir)
    except MissionError as error:
        Console(stderr=True).print(f"missions: {error}", markup=False)
        raise typer.Exit(EX_CONFIG) from error
    service = Service(settings, missions)
    health = HealthServer(settings.health_host, settings.health_port, service.probes())
    health.start()
    try:
        service.run(stop)
    finally:
        health.stop()


@app.command()
def topics() -> None:
    """Create the Kafka topics that are missing.

    Example: PASSWATCH_KAFKA_BOOTSTRAP=127.0.0.1:9092 python -m victoria_consumer topics
    """
    settings = settings_or_exit(DeadLetterSettings, beside=Settings)
    for name in ensure_topics(settings.kafka_bootstrap, settings.topic_prefix):
        Console().print(f"created {name}", markup=False)


if __name__ == "__main__":
    app()
