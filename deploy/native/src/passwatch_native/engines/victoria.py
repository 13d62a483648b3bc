"""VictoriaMetrics: one node, with the flags that the consumer's promises rest on."""

from __future__ import annotations

from passwatch_native import probes
from passwatch_native.engines.layout import Layout
from passwatch_native.program import Program


def program(layout: Layout) -> Program:
    """VictoriaMetrics under the supervisor."""
    port = layout.ports["victoria"]
    return Program(
        name="victoria",
        command=(
            "victoria-metrics",
            f"-httpListenAddr=127.0.0.1:{port}",
            f"-storageDataPath={layout.data / 'victoria'}",
            "-retentionPeriod=1y",
            "-dedup.minScrapeInterval=1ms",
            "-search.latencyOffset=0s",
            "-memory.allowedBytes=1GB",
            "-loggerLevel=WARN",
            "-envflag.enable",
        ),
        # Any web page can send requests to loopback: without the password nothing is read, written or deleted.
        env={"httpAuth_username": "passwatch", "httpAuth_password": layout.credentials.victoria},
        probe=probes.http_ready(port, "/health"),
        stop_signal="INT",
    )
