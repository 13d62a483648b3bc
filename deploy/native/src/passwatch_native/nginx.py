"""Nginx: serves the built dashboard and passes /api on to the operation-servers, by the template of ``nginx/``."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence

from passwatch_native import probes
from passwatch_native.credentials import write_private
from passwatch_native.engines.layout import Layout
from passwatch_native.program import Program

API = "operation_server"
"""Nginx's name for all operation-servers together."""


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with its variables in braces filled in, and nothing else."""
    for name, value in values.items():
        template = template.replace(f"${{{name}}}", value)
    return template


def values(layout: Layout, upstreams: Sequence[int], *, as_root: bool) -> dict[str, str]:
    """What the template asks for."""
    servers = "".join(f"server 127.0.0.1:{port} max_fails=1 fail_timeout=1s; " for port in upstreams)
    return {
        "USER_DIRECTIVE": "user root;" if as_root else "",
        "TEMP": str(layout.data / "nginx"),
        "LISTEN": f"127.0.0.1:{layout.ports['nginx']}",
        "BACKENDS": f"upstream {API} {{ {servers}keepalive 16; }}",
        "API": API,
        "HOSTS": "localhost 127.0.0.1",
        "PAGES": "pages-static.conf",
        "ROOT": str(layout.checkout.frontend / "dist"),
    }


def program(layout: Layout, upstreams: Sequence[int]) -> Program:
    """Nginx under the supervisor, in one process: workers would outlive a master that is killed, and hold its port."""
    sources, path = layout.checkout.root / "nginx", layout.etc / "nginx.conf"
    template = (sources / "passwatch.conf.template").read_text()
    text = fill(template, values(layout, upstreams, as_root=os.geteuid() == 0))

    def prepare() -> None:
        (layout.data / "nginx").mkdir(parents=True, exist_ok=True)
        shutil.copytree(sources / "snippets", layout.etc / "snippets", dirs_exist_ok=True)
        write_private(path, text)

    port = layout.ports["nginx"]
    return Program(
        name="nginx",
        command=(
            "nginx",
            "-e",
            "stderr",
            "-p",
            str(layout.dir),
            "-c",
            str(path),
            "-g",
            "daemon off; master_process off;",
        ),
        # So that the supervisor sees a change of the configuration, as it sees one of the command.
        env={"CONFIGURATION": hashlib.sha256(text.encode()).hexdigest()},
        probe=probes.both(probes.http_ready(port, "/"), probes.http_ready(port, "/health/ready")),
        prepare=prepare,
        stop_signal="QUIT",
        stop_wait_s=5,
    )
