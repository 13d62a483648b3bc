"""Kafka: one node that is broker and controller, from the jars that Maven brought."""

from __future__ import annotations

import subprocess

from passwatch_native.credentials import write_private
from passwatch_native.engines import log4j
from passwatch_native.engines.layout import Layout
from passwatch_native.install.java import find as find_java
from passwatch_native.ports import is_open
from passwatch_native.program import Program, Readiness


def properties(layout: Layout) -> str:
    """The broker's server.properties."""
    broker, controller = layout.ports["kafka"], layout.ports["kafka-controller"]
    settings: dict[str, object] = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listeners": f"PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{broker}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": layout.data / "kafka",
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "group.initial.rebalance.delay.ms": 0,
        # A broker that is killed may come back before its old session ends: don't make it wait for that.
        "broker.session.timeout.ms": 3000,
        "broker.heartbeat.interval.ms": 500,
        "log.segment.bytes": 128 * 1024 * 1024,
        "log.retention.hours": 168,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def program(layout: Layout) -> Program:
    """Kafka under the supervisor."""
    java = str(find_java() or "java")
    config, log_config = layout.etc / "kafka.properties", layout.etc / "kafka-log4j2.properties"
    classpath = f"{layout.checkout.kafka_jars}/*"

    def prepare() -> None:
        write_private(config, properties(layout))
        write_private(log_config, log4j.CONSOLE)
        if (layout.data / "kafka/meta.properties").exists():
            return
        command = [java, "-Xshare:auto", "-XX:TieredStopAtLevel=1", f"-Dlog4j2.configurationFile={log_config}"]
        command += ["-cp", classpath, "kafka.tools.StorageTool", "format"]
        command += ["--cluster-id", layout.credentials.cluster_id, "--config", str(config)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"Kafka's data folder could not be formatted: {(done.stderr or done.stdout).strip()}")

    return Program(
        name="kafka",
        command=(
            *(java, "-Xms256m", "-Xmx512m", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"),
            *("-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true", f"-Dlog4j2.configurationFile={log_config}"),
            *("-cp", classpath, "kafka.Kafka", str(config)),
        ),
        probe=lambda: _probe(layout.ports["kafka"]),
        prepare=prepare,
        stop_wait_s=30,
    )


def _probe(port: int) -> Readiness:
    """Ready when the broker tells of itself through its own protocol."""
    if not is_open(port):
        return Readiness(ok=False, detail=f"port {port}: not listening")
    from confluent_kafka import KafkaException  # noqa: PLC0415 - 50 ms that only a question to Kafka needs to pay
    from confluent_kafka.admin import AdminClient  # noqa: PLC0415

    try:
        brokers = AdminClient({"bootstrap.servers": f"127.0.0.1:{port}", "log_level": 0}).list_topics(timeout=3).brokers
    except KafkaException as error:
        return Readiness(ok=False, detail=str(error.args[0].str()))
    return Readiness(ok=bool(brokers), detail="ready" if brokers else "no broker has joined")
