"""RabbitMQ and its port mapper epmd: a node of its own name, folders, cookie and account, on loopback only."""

from __future__ import annotations

from passwatch_native import probes
from passwatch_native.credentials import write_private
from passwatch_native.engines.layout import Layout
from passwatch_native.ports import is_open
from passwatch_native.program import Program, Readiness

USER = "passwatch"
SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"
"""Not the wrapper on the path: that one insists on a system account and a system folder."""


def config(layout: Layout) -> str:
    """The text of rabbitmq.conf. ``default_user`` replaces the guest account before the first start."""
    ports = layout.ports
    return f"""\
listeners.tcp.1 = 127.0.0.1:{ports["rabbitmq"]}
management.tcp.ip = 127.0.0.1
management.tcp.port = {ports["rabbitmq-management"]}
prometheus.tcp.ip = 127.0.0.1
prometheus.tcp.port = {ports["rabbitmq-prometheus"]}
default_user = {USER}
default_pass = {layout.credentials.rabbitmq}
default_user_tags.administrator = true
default_permissions.configure = .*
default_permissions.read = .*
default_permissions.write = .*
vm_memory_high_watermark.absolute = 1GB
disk_free_limit.absolute = 200MB
log.console = true
log.console.level = warning
log.file = false
"""


def environment(layout: Layout) -> dict[str, str]:
    """The variables that make this node its own."""
    home = layout.data / "rabbitmq"
    return {
        "HOME": str(home),
        "RUNNING_UNDER_SYSTEMD": "true",  # the start script then becomes the server instead of waiting beside it
        "RABBITMQ_NODENAME": f"passwatch-{layout.id}@localhost",
        "RABBITMQ_DIST_PORT": str(layout.ports["rabbitmq-distribution"]),
        "RABBITMQ_CONF_ENV_FILE": str(layout.etc / "rabbitmq-env.conf"),
        "RABBITMQ_CONFIG_FILE": str(layout.etc / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(layout.etc / "rabbitmq-advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(layout.etc / "rabbitmq-plugins"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "generated"),
        "RABBITMQ_SCHEMA_DIR": str(home / "schema"),
        "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
        "RABBITMQ_LOG_BASE": str(layout.logs),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
            "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none"
        ),
        "ERL_EPMD_PORT": str(layout.ports["epmd"]),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
    }


def epmd(layout: Layout) -> Program:
    """Erlang's port mapper, supervised like the rest: otherwise RabbitMQ would leave one behind."""
    port = layout.ports["epmd"]

    def probe() -> Readiness:
        return Readiness(True, "ready") if is_open(port) else Readiness(False, f"port {port}: not listening")

    return Program(
        name="epmd",
        command=("epmd", "-address", "127.0.0.1", "-port", str(port)),
        probe=probe,
        ready_within_s=20,
    )


def program(layout: Layout) -> Program:
    """RabbitMQ under the supervisor."""
    cookie = layout.data / "rabbitmq/.erlang.cookie"

    def prepare() -> None:
        for folder in ("generated", "schema", "mnesia"):
            (layout.data / "rabbitmq" / folder).mkdir(parents=True, exist_ok=True)
        write_private(layout.etc / "rabbitmq.conf", config(layout))
        write_private(layout.etc / "rabbitmq-env.conf", "")
        write_private(layout.etc / "rabbitmq-advanced.config", "[].\n")
        write_private(layout.etc / "rabbitmq-plugins", "[rabbitmq_management,rabbitmq_prometheus].\n")
        write_private(cookie, layout.credentials.erlang_cookie)
        cookie.chmod(0o400)

    return Program(
        name="rabbitmq",
        command=(SERVER,),
        env=environment(layout),
        probe=probes.both(
            probes.tcp_exchange(layout.ports["rabbitmq"], b"AMQP\x00\x00\x09\x01", b"\x01"),
            probes.http_ready(
                layout.ports["rabbitmq-management"],
                "/api/health/checks/virtual-hosts",
                user=USER,
                password=layout.credentials.rabbitmq,
            ),
        ),
        prepare=prepare,
        stop_wait_s=40,
        ready_within_s=90,
    )
