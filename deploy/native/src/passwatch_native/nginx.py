"""Nginx: serves the built dashboard and passes /api on to the operation-servers."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence

from passwatch_native import probes
from passwatch_native.credentials import write_private
from passwatch_native.engines.layout import Layout
from passwatch_native.program import Program

_VARIABLE = re.compile(r"\$\{(\w+)\}")


def configuration(layout: Layout, upstreams: Sequence[int], *, as_root: bool) -> str:
    """The text of nginx.conf; what its variables mean is said in the template."""
    template = (layout.checkout.root / "nginx" / "passwatch.conf.template").read_text()
    values = {
        "USER_DIRECTIVE": "user root;" if as_root else "",
        "TEMP": str(layout.data / "nginx"),
        "LISTEN": f"127.0.0.1:{layout.ports['nginx']}",
        "UPSTREAMS": "\n        ".join(f"server 127.0.0.1:{port} max_fails=1 fail_timeout=2s;" for port in upstreams),
        "PAGES": "pages-static.conf",
        "ROOT": str(layout.checkout.frontend / "dist"),
    }
    return _VARIABLE.sub(lambda match: values[match[1]], template)


def program(layout: Layout, upstreams: Sequence[int]) -> Program:
    """Nginx under the supervisor."""
    path = layout.etc / "nginx.conf"

    def prepare() -> None:
        (layout.data / "nginx").mkdir(parents=True, exist_ok=True)
        shutil.copytree(layout.checkout.root / "nginx" / "snippets", layout.etc / "snippets", dirs_exist_ok=True)
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
