"""Elasticsearch: one node on loopback, from the server that Maven brought. It is there if it was asked for."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from passwatch_native import probes
from passwatch_native.credentials import write_private
from passwatch_native.engines import log4j
from passwatch_native.engines.layout import Layout
from passwatch_native.engines.postgres import reachable_by_others
from passwatch_native.install.java import find as find_java
from passwatch_native.program import Program

SYSTEM_USER = "nobody"
"""Who runs the server when root starts the stack: Elasticsearch refuses to run as root."""
JVM = """\
-Xms512m
-Xmx512m
-XX:+UseG1GC
-XX:+ExitOnOutOfMemoryError
-Djava.io.tmpdir=${ES_TMPDIR}
"""


def config(layout: Layout, data: Path) -> str:
    """The text of elasticsearch.yml: paths and addresses as JSON strings, which YAML reads too."""
    return f"""\
cluster.name: passwatch-{layout.id}
discovery.type: single-node
http.host: 127.0.0.1
http.port: {layout.ports["elasticsearch"]}
transport.host: 127.0.0.1
transport.port: {layout.ports["elasticsearch-transport"]}
path.data: "{data / "data"}"
path.logs: "{data / "logs"}"
action.auto_create_index: false
xpack.security.enabled: false
"""


def folder(layout: Layout, euid: int) -> Path:
    """Where it keeps its data: in the stack's folder, or in the system's if its account cannot reach that."""
    if euid != 0 or reachable_by_others(layout.dir.parent):
        return layout.data / "elasticsearch"
    return Path(f"/var/lib/passwatch-{layout.id}")


def program(layout: Layout) -> Program:
    """Elasticsearch under the supervisor."""
    root = os.geteuid() == 0
    data = folder(layout, os.geteuid())
    brought = layout.checkout.elasticsearch
    server = brought if not root or reachable_by_others(brought.parent) else data / "server"
    java = find_java()

    def prepare() -> None:
        for each in ("config", "data", "logs", "tmp"):
            (data / each).mkdir(parents=True, exist_ok=True)
        write_private(data / "config/elasticsearch.yml", config(layout, data))
        write_private(data / "config/jvm.options", JVM)
        write_private(data / "config/log4j2.properties", log4j.CONSOLE)
        if server != brought and not server.exists():
            shutil.copytree(brought, server)
        if root:
            for path in (data, *data.rglob("*")):
                shutil.chown(path, SYSTEM_USER)

    return Program(
        name="elasticsearch",
        command=("bash", str(server / "bin/elasticsearch")),
        env={
            "ES_JAVA_HOME": str(java.resolve().parent.parent) if java else "",
            "ES_PATH_CONF": str(data / "config"),
            "ES_TMPDIR": str(data / "tmp"),
            "HOME": str(data),
        },
        probe=probes.http_ready(layout.ports["elasticsearch"], "/_cluster/health?wait_for_status=yellow&timeout=1s"),
        prepare=prepare,
        user=SYSTEM_USER if root else None,
        directory=data,
        stop_wait_s=40,
        ready_within_s=300,
    )
