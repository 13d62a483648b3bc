"""supervisord: its configuration, its start, and its remote control."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shlex
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from passwatch.settings import EX_CONFIG
from passwatch_native.credentials import write_private
from passwatch_native.processes import MARK
from passwatch_native.program import Program

USER = "passwatch"
SHUTDOWN_STATE = 6
"""The fault by which supervisord refuses orders while it ends (supervisor.xmlrpc.Faults, which has no types)."""
RETRIES = 1000
"""How often a process that ends within its first second is started again, each time a second later than before."""
SYSTEM_PATH = "/usr/local/sbin:/usr/sbin:/sbin"
"""Where Debian puts servers; not on the path of everyone who may start them."""
FOREIGN = ("PASSWATCH_", "PYTHON", "RABBITMQ_", "ERL_", "PG", "FLOWER_", "CELERY_", "SUPERVISOR_", "VIRTUAL_ENV", MARK)
"""Variables of the caller that no process of a stack may see: they would change what it does."""


def quote(text: str) -> str:
    """Text as a value in supervisord's configuration.

    Raises:
        ValueError: it has a character for which that syntax has no escape.
    """
    if any(character in text for character in "'\"\n"):
        raise ValueError(f"supervisord cannot hand on a value with quotes or line breaks: {text!r}")
    return f'"{escape(text)}"'


def escape(text: str) -> str:
    """Text with % as supervisord wants it.

    Raises:
        ValueError: it has what supervisord takes for the begin of a comment.
    """
    if re.search(r"\s[;#]", text):
        raise ValueError(f"supervisord takes a part of this for a comment: {text!r}")
    return text.replace("%", "%%")


def section(program: Program, logs: Path) -> str:
    """A process's part of the configuration."""
    lines = {
        "command": escape(shlex.join(program.command)),
        "autostart": "false",
        # Whatever ends is started again, but for what says that its configuration is unusable: that would end again.
        "autorestart": "unexpected",
        "exitcodes": str(EX_CONFIG),
        "startsecs": "1",
        "startretries": str(RETRIES),
        "stopsignal": program.stop_signal,
        "stopwaitsecs": str(program.stop_wait_s),
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": escape(str(logs / f"{program.name}.log")),
        "stdout_logfile_maxbytes": "20MB",
        "stdout_logfile_backups": "2",
    }
    if program.user:
        lines["user"] = program.user
    if program.directory:
        lines["directory"] = escape(str(program.directory))
    if program.env:
        lines["environment"] = ",".join(f"{name}={quote(value)}" for name, value in program.env.items())
    return f"[program:{program.name}]\n" + "".join(f"{name} = {value}\n" for name, value in lines.items())


def configuration(
    folder: Path, logs: Path, port: int, password: str, programs: Iterable[Program], *, as_root: bool
) -> str:
    """The text of supervisord.conf; later processes stop first."""
    head = f"""\
[supervisord]
pidfile = {escape(str(folder / "supervisord.pid"))}
logfile = {escape(str(logs / "supervisord.log"))}
childlogdir = {escape(str(logs))}
logfile_maxbytes = 5MB
logfile_backups = 1
minfds = 1024
umask = 022
{"user = root" if as_root else ""}

[inet_http_server]
port = 127.0.0.1:{port}
username = {USER}
password = {password}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

"""
    return head + "\n".join(
        section(program, logs) + f"priority = {number * 10}\n" for number, program in enumerate(programs, start=1)
    )


@dataclass(frozen=True, slots=True)
class State:
    """What supervisord says of a process."""

    name: str
    state: str
    pid: int
    since_s: int
    detail: str

    @property
    def running(self) -> bool:
        """Whether there is a process now."""
        return self.state in {"RUNNING", "STARTING", "STOPPING"}


class Unreachable(ConnectionError):
    """No supervisord of this stack answers."""


class Ending(Unreachable):
    """It is shutting down, and takes no orders any more."""


class Supervisor:
    """One stack's supervisord."""

    def __init__(self, folder: Path, port: int, password: str) -> None:
        self._folder = folder
        self._port = port
        self._url = f"http://{USER}:{password}@127.0.0.1:{port}/RPC2"

    @property
    def config(self) -> Path:
        """Its configuration file."""
        return self._folder / "etc/supervisord.conf"

    def alive(self) -> bool:
        """Whether it answers, be it that it is shutting down."""
        try:
            self._call("getState")
        except Ending:
            return True
        except Unreachable:
            return False
        return True

    def apply(self, text: str, environ: Mapping[str, str] | None = None) -> None:
        """Start it with this configuration, or have the running one take it over.

        Raises:
            RuntimeError: it does not start.
        """
        write_private(self.config, text)
        if self.alive():
            self._take_over()
            return
        (self._folder / "supervisord.pid").unlink(missing_ok=True)
        env = {k: v for k, v in (environ or os.environ).items() if not k.startswith(FOREIGN)}
        env[MARK] = str(self._folder)
        env["PATH"] = f"{env.get('PATH', '/usr/local/bin:/usr/bin:/bin')}:{SYSTEM_PATH}"
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self.config)]
        done = subprocess.run(command, env=env, cwd="/", capture_output=True, text=True, check=False)
        deadline = time.monotonic() + 15
        while done.returncode == 0 and time.monotonic() < deadline:
            if self.alive():
                return
            time.sleep(0.05)
        raise RuntimeError(f"supervisord does not start: {(done.stderr or done.stdout).strip()}")

    def _take_over(self) -> None:
        """Add what is new and replace what changed; what is unchanged runs on."""
        added, changed, removed = self._call("reloadConfig")[0]
        for name in [*changed, *removed]:
            self._call("stopProcessGroup", name)
            self._call("removeProcessGroup", name)
        for name in [*added, *changed]:
            self._call("addProcessGroup", name)

    def states(self) -> dict[str, State]:
        """All processes it knows, in the order of their start."""
        found = {}
        for info in self._call("getAllProcessInfo"):
            detail = info["spawnerr"] or info["description"]
            since = int(info["now"]) - int(info["start"])
            found[info["name"]] = State(info["name"], info["statename"], int(info["pid"]), since, detail)
        return found

    def start(self, name: str) -> None:
        """Start a process; nothing if it runs."""
        with contextlib.suppress(xmlrpc.client.Fault):  # already started, or ended at once: its readiness will tell
            self._call("startProcess", name, False)

    def stop(self, name: str) -> None:
        """Stop a process and return when it has ended; nothing if it does not run."""
        with contextlib.suppress(xmlrpc.client.Fault):
            self._call("stopProcess", name, True)

    def signal_stop(self, name: str) -> None:
        """Begin to stop a process; returns at once."""
        with contextlib.suppress(xmlrpc.client.Fault):
            self._call("stopProcess", name, False)

    def shutdown(self) -> None:
        """Stop all processes, the last started first, then supervisord itself; returns at once."""
        with contextlib.suppress(Ending):
            self._call("shutdown")

    def _call(self, method: str, *arguments: object) -> Any:  # XML-RPC's answers have no static type
        try:
            with xmlrpc.client.ServerProxy(self._url) as proxy:
                return getattr(proxy.supervisor, method)(*arguments)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode == SHUTDOWN_STATE:
                raise Ending("the stack is being stopped; try again when it has ended") from fault
            raise
        except (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError) as error:
            raise Unreachable(f"no supervisord on port {self._port}: {error}") from error
