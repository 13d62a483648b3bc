"""An installation by Docker Compose: a copy of this checkout with secrets, ports, volumes and images of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.engines import ROOT
from tests.support.wait import wait_for

FILE = "docker-compose.yml"
V2 = ("docker", "compose")
V1 = ("docker-compose",)
UP_S = 600.0
"""How long a start may take on a machine that does other work too."""


@dataclass(frozen=True)
class Container:
    """A container as the engine describes it."""

    raw: dict[str, Any]

    @property
    def id(self) -> str:
        """The engine's id."""
        return str(self.raw["Id"])

    @property
    def service(self) -> str:
        """The service of the Compose file that it belongs to."""
        return str(self.raw["Config"]["Labels"]["com.docker.compose.service"])

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return bool(self.raw["State"]["Running"])

    @property
    def healthy(self) -> bool:
        """Whether it runs, and its health check, where it has one, has passed since it started."""
        health = self.raw["State"].get("Health")
        return self.running and (health is None or health["Status"] == "healthy")

    @property
    def started_at(self) -> str:
        """When its process was started last."""
        return str(self.raw["State"]["StartedAt"])

    @property
    def restarts(self) -> int:
        """How often the engine has started it again because its process had ended."""
        return int(self.raw["RestartCount"])

    @property
    def one_shot(self) -> bool:
        """Whether it is meant to end, and not to be started again."""
        return self.raw["HostConfig"]["RestartPolicy"]["Name"] in ("", "no")

    @property
    def exit_status(self) -> int:
        """How its process ended; 0 while it runs."""
        return int(self.raw["State"]["ExitCode"])

    def __str__(self) -> str:
        state = self.raw["State"]
        health = state.get("Health", {}).get("Status", "no health check")
        return f"{self.service}: {state['Status']}, {health}, exit status {self.exit_status}, {self.restarts} restarts"


def run(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout_s: float = 120,
    check: bool = True,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; unless ``check`` is false, one that fails fails the test with what it said."""
    done = subprocess.run(  # noqa: S603 - running other programs is what it is for
        list(command), cwd=cwd, env=env, timeout=timeout_s, capture_output=True, text=True, check=False
    )
    said = (done.stdout + done.stderr)[-6_000:]
    assert not check or done.returncode == 0, f"{' '.join(command)}: exit status {done.returncode}\n{said}"
    return done


def variables() -> dict[str, str]:
    """The variables that the Compose file reads: their names, and their defaults in it ('' where there is none)."""
    text = (ROOT / FILE).read_text(encoding="utf-8")
    return {name: default for name, default in re.findall(r"\$\{([A-Z_]+)(?::-([^}]*)|:\?[^}]*)?\}", text) if name}


def environment() -> dict[str, str]:
    """This process's environment without what would get between the Compose file and its .env."""
    ours = variables()
    return {n: v for n, v in os.environ.items() if n not in ours and not n.startswith("COMPOSE")}


def copy_checkout(to: Path) -> None:
    """Copy what belongs to the project, committed or not, and nothing that git ignores."""
    listed = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT).stdout
    for name in filter(None, listed.split("\0")):
        source, target = ROOT / name, to / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


class Installation:
    """One installation.

    ``compose`` is the Compose command that it is handled with, and may be changed; ``killed`` lists the ids of
    containers that :meth:`kill` ended.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self.settings = dict(settings)
        self.compose: tuple[str, ...] = V2
        self.project = settings["COMPOSE_PROJECT_NAME"]
        self.killed: list[str] = []
        self._env = environment()

    def write_settings(self) -> None:
        """Write .env with these settings and no secret."""
        path = self.folder / ".env"
        path.write_text("".join(f"{name}={value}\n" for name, value in self.settings.items()))
        path.chmod(0o600)

    def setting(self, name: str) -> str:
        """What .env says now, secrets included."""
        lines = (self.folder / ".env").read_text().splitlines()
        return next(line.partition("=")[2] for line in lines if line.startswith(f"{name}="))

    def port(self, name: str) -> int:
        """A published port, by the name of its variable."""
        return int(self.settings[name])

    def url(self, name: str) -> str:
        """Where a published port is reached by HTTP, as a user writes it."""
        return f"http://localhost:{self.port(name)}"

    @property
    def victoria_url(self) -> str:
        """VictoriaMetrics with the password that it asks for."""
        return f"http://passwatch:{self.setting('VICTORIA_PASSWORD')}@localhost:{self.port('VICTORIA_PORT')}"

    def call(self, *arguments: str, timeout_s: float = UP_S, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Call Compose in the installation's folder."""
        command = [*self.compose, *arguments]
        return run(command, cwd=self.folder, env=self._env, timeout_s=timeout_s, check=check)

    def build(self, *options: str, timeout_s: float) -> None:
        """Build every image; secrets are no matter of a build, so that it may come before there are any."""
        placeholders = {name: "none" for name, default in variables().items() if not default}
        # The simulator is under a profile of its own, which a plain build leaves out.
        command = [*V2, "--profile", "simulate", "build", *options]
        run(command, cwd=self.folder, env=self._env | placeholders, timeout_s=timeout_s)

    def init(self, *options: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """``bash init_kafka.sh``, with these options."""
        env = self._env | {"COMPOSE": " ".join(self.compose)}
        return run(["bash", "init_kafka.sh", *options], cwd=self.folder, env=env, timeout_s=UP_S, check=check)

    def up(self, *options: str) -> None:
        """Start what does not run, and return when all of it is healthy; fails with what the sick ones said."""
        done = self.call("up", "--detach", "--wait", "--wait-timeout", f"{UP_S:.0f}", *options, check=False)
        if done.returncode:
            sick = [c for c in self.containers() if not c.healthy and (c.running or c.exit_status)]
            said = [f"{c}\n{self.log_of(c)}" for c in sick]
            raise AssertionError("\n".join([f"up: exit status {done.returncode}", done.stderr[-500:], *said]))

    def log_of(self, container: Container, lines: int = 20) -> str:
        """The last lines that a container has said."""
        done = run(["docker", "logs", "--tail", str(lines), container.id])
        return done.stdout + done.stderr

    def containers(self, *services: str) -> list[Container]:
        """Its containers, ended ones too, of these services or of all; those of ``run`` are not among them."""
        labels = (f"com.docker.compose.project={self.project}", "com.docker.compose.oneoff=False")
        filters = [word for label in labels for word in ("--filter", f"label={label}")]
        ids = run(["docker", "ps", "--all", "--quiet", *filters]).stdout.split()
        found = json.loads(run(["docker", "inspect", *ids]).stdout) if ids else []
        all_of_them = [Container(raw) for raw in found]
        return [c for c in all_of_them if not services or c.service in services]

    def running(self, *services: str) -> list[Container]:
        """Its containers that run."""
        return [container for container in self.containers(*services) if container.running]

    def only(self, service: str) -> Container:
        """The one running container of this service."""
        (container,) = self.running(service)
        return container

    def wait_healthy(self, *services: str, timeout_s: float = UP_S) -> None:
        """Return when every container of these services that is meant to run does, and is healthy."""

        def all_healthy() -> bool:
            found = [c for c in self.containers(*services) if not c.one_shot]
            return {c.service for c in found} >= set(services) and all(c.healthy for c in found)

        try:
            wait_for(f"healthy: {' '.join(services) or 'all'}", all_healthy, timeout_s, 1)
        except AssertionError as late:
            raise AssertionError(f"{late}\n" + "\n".join(map(str, self.containers(*services)))) from None

    def execute(self, container: Container, *command: str, check: bool = True) -> str:
        """Run a command in a container; what it printed."""
        return run(["docker", "exec", container.id, *command], check=check).stdout

    def kill(self, service: str) -> Container:
        """End a service's container as a crash does, so that its restart policy applies; the container as it was.

        The engine's own ``kill`` would count as the operator's wish, and nothing would be started again. From inside,
        SIGKILL reaches every process but the init process, which then ends with its child's status.
        """
        container = self.only(service)
        self.killed.append(container.id)
        self.execute(container, "sh", "-c", "kill -KILL -1", check=False)
        return container

    def wait_restarted(self, before: Container, timeout_s: float = UP_S) -> None:
        """Return when this container runs in a new life and is healthy."""

        def again() -> bool:
            now = [c for c in self.containers(before.service) if c.id == before.id]
            return bool(now) and now[0].started_at != before.started_at and now[0].healthy

        wait_for(f"{before.service} is back", again, timeout_s, 1)

    def images(self) -> list[dict[str, Any]]:
        """The images that it built, as the engine describes them."""
        names = run(["docker", "images", "--filter", f"reference=passwatch/*:{self.settings['IMAGE_TAG']}", "--quiet"])
        ids = sorted(set(names.stdout.split()))
        found: list[dict[str, Any]] = json.loads(run(["docker", "inspect", *ids]).stdout) if ids else []
        return found

    def remove(self) -> None:
        """Remove its containers, networks, volumes and images."""
        project = f"label=com.docker.compose.project={self.project}"
        for listing, removal in (
            (["ps", "--all", "--quiet"], ["rm", "--force", "--volumes"]),
            (["network", "ls", "--quiet"], ["network", "rm"]),
            (["volume", "ls", "--quiet"], ["volume", "rm", "--force"]),
        ):
            ids = run(["docker", *listing, "--filter", project]).stdout.split()
            if ids:
                run(["docker", *removal, *ids], timeout_s=UP_S)
        tags = [
            tag
            for image in self.images()
            for tag in image["RepoTags"]
            if tag.endswith(f":{self.settings['IMAGE_TAG']}")
        ]
        if tags:
            run(["docker", "image", "rm", "--force", *tags], timeout_s=UP_S)
