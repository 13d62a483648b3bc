"""Nginx: serves the built dashboard and passes /api on to the operation-servers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from string import Template

from passwatch_native import probes
from passwatch_native.credentials import write_private
from passwatch_native.engines.layout import Layout
from passwatch_native.program import Program

TEMPLATE = Path(__file__).parent / "nginx.conf.template"


def configuration(layout: Layout, upstreams: Sequence[int], *, as_root: bool) -> str:
    """The text of nginx.conf."""
    return Template(TEMPLATE.read_text()).substitute(
        user="user root;" if as_root else "",
        dir=layout.dir,
        temp=layout.data / "nginx",
        port=layout.ports["nginx"],
        root=layout.checkout.frontend / "dist",
        upstreams="\n".join(f"        server 127.0.0.1:{port} max_fails=1 fail_timeout=2s;" for port in upstreams),
    )


def program(layout: Layout, upstreams: Sequence[int]) -> Program:
    """Nginx under the supervisor."""
    path = layout.etc / "nginx.conf"

    def prepare() -> None:
        (layout.data / "nginx").mkdir(parents=True, exist_ok=True)
        write_private(path, configuration(layout, upstreams, as_root=os.geteuid() == 0))

    return Program(
        name="nginx",
        command=("nginx", "-e", "stderr", "-p", str(layout.dir), "-c", str(path), "-g", "daemon off;"),
        probe=probes.both(
            probes.http_ready(layout.ports["nginx"], "/"), probes.http_ready(layout.ports["nginx"], "/health/ready")
        ),
        prepare=prepare,
        stop_signal="QUIT",
        stop_wait_s=5,
    )
