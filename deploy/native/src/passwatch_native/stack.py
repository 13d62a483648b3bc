"""A stack: engines and services of one folder, from nothing to ready and back."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from passwatch_native import processes
from passwatch_native.credentials import load_or_make, write_private
from passwatch_native.engines import elasticsearch, kafka, postgres, rabbitmq, redis, triton, victoria
from passwatch_native.engines.layout import Layout
from passwatch_native.ports import DEFAULT_BASE, PortPlan, free_port_base, holder, is_free
from passwatch_native.program import Program, Readiness
from passwatch_native.services import ServiceOptions, Step, environment, own_programs, own_steps
from passwatch_native.supervisor import Supervisor, Unreachable, configuration

__all__ = ["NotReady", "PortTaken", "Stack", "StackError", "free_port_base"]

ENGINES = ("engines",)
ENGINES_BY_NAME: Mapping[str, Callable[[Layout], Program]] = {
    "victoria": victoria.program,
    "redis": redis.program,
    "postgres": postgres.program,
    "kafka": kafka.program,
    "epmd": rabbitmq.epmd,
    "rabbitmq": rabbitmq.program,
    "triton": triton.program,
    "elasticsearch": elasticsearch.program,
}
"""In the order of their start."""
ENGINE_NAMES = tuple(ENGINES_BY_NAME)
OPTIONAL = {"triton", "elasticsearch"}
ALL = ("engines", "services")


GONE = ("EXITED", "FATAL", "STOPPED", "UNKNOWN")
GONE_FOR_GOOD_S = 3.0
"""A process that ended is started again within a second; one that stays away longer was given up."""


class StackError(RuntimeError):
    """The stack cannot do what was asked; the message names cause and cure."""


class PortTaken(StackError):
    """A port that a process of the stack needs is held by something else."""


class NotReady(StackError):
    """A process did not become ready in time; the message tells why not."""


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """One process: what the supervisor says of it and whether it is ready."""

    name: str
    state: str
    pid: int
    seconds: int
    ready: bool
    detail: str


Progress = Callable[[str, str], None]
"""Told of each step: what it is about, and what happens to it now."""


def _silent(_subject: str, _what: str) -> None:
    """Tell nobody."""


def _silent_list(_names: list[str]) -> None:
    """Tell nobody."""


class Stack:
    """The stack in ``folder``.

    What the folder says of an existing stack (ports, options, secrets) holds unless it is given anew.
    Every method that changes something raises :class:`StackError` if it cannot.
    """

    def __init__(
        self,
        folder: Path,
        port_base: int | None = None,
        *,
        ports: Mapping[str, int] | None = None,
        options: ServiceOptions | None = None,
        progress: Progress = _silent,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.dir = folder.resolve()
        self._progress = progress
        kept = _kept(self.dir)
        self._options = options or (kept.options if kept else ServiceOptions())
        keep_ports = kept is not None and port_base is None and not ports
        self._overrides = dict(kept.overrides if kept and keep_ports else ports or {})
        plan = PortPlan(kept.base if kept and keep_ports else port_base or DEFAULT_BASE, self._overrides)
        self.layout = Layout(self.dir, plan, load_or_make(self.dir / "credentials.json"))
        self.supervisor = Supervisor(self.dir, plan["supervisor"], self.layout.credentials.supervisor)

    @staticmethod
    def exists(folder: Path) -> bool:
        """Whether a stack was ever started in this folder."""
        return (folder / "credentials.json").exists()

    @property
    def options(self) -> ServiceOptions:
        """What may differ between stacks, and how it is in this one."""
        return self._options

    @property
    def env(self) -> dict[str, str]:
        """The ``PASSWATCH_*`` variables that lead to the engines."""
        return environment(self.layout)

    @property
    def urls(self) -> dict[str, str]:
        """Where a person or a program reaches what."""
        names = {
            "base": "nginx",
            "operation_server": "operation-server",
            "flower": "flower",
            "rabbitmq_management": "rabbitmq-management",
            "rabbitmq_metrics": "rabbitmq-prometheus",
            "victoria": "victoria",
            "triton_http": "triton-http",
            "triton_metrics": "triton-metrics",
            "victoria_consumer": "victoria-consumer",
            "batch_inference_trigger": "batch-inference-trigger",
            "analysis_worker": "analysis-worker",
            "limit_monitor": "limit-monitor",
        }
        if self._options.operation_servers > 1:
            names["operation_server_2"] = "operation-server-2"
        return {key: f"http://127.0.0.1:{self.layout.ports[port]}" for key, port in names.items()}

    def programs(self, parts: Sequence[str] = ALL) -> list[Program]:
        """The processes of these parts, in the order of their start."""
        wanted = set(ENGINE_NAMES) - OPTIONAL if "engines" in parts else set()
        wanted |= {"triton"} if "engines" in parts and self._options.triton else set()
        wanted |= {"elasticsearch"} if "search" in parts or ("engines" in parts and self._options.search) else set()
        made = self._engines(wanted)
        if "services" in parts:
            made += own_programs(self.layout, self._options)
        return made

    def _engines(self, names: Container[str]) -> list[Program]:
        """These engines in the order of their start. Others are not even looked at: they may not be installed."""
        return [make(self.layout) for name, make in ENGINES_BY_NAME.items() if name in names]

    def up(self, parts: str | Sequence[str] = ALL) -> None:
        """Start these parts and return when all of their processes are ready; safe to repeat."""
        wanted = (parts,) if isinstance(parts, str) else tuple(parts)
        with self._lock():
            self.dir.chmod(0o711)  # PostgreSQL's own account passes through; the files within guard themselves
            for folder in (self.layout.data, self.layout.etc, self.layout.logs):
                folder.mkdir(exist_ok=True)
            for folder in (self.layout.etc, self.layout.logs):
                folder.chmod(0o700)
            if not self.supervisor.alive():
                self._end_leftovers()
                self._check_ports()
            everything = self.programs(ALL if "services" in wanted or self._has_services() else wanted)
            write_private(self.dir / "stack.json", json.dumps(self._description(), indent=2))
            self.supervisor.apply(
                configuration(
                    self.dir,
                    self.layout.logs,
                    self.layout.ports["supervisor"],
                    self.layout.credentials.supervisor,
                    everything,
                    as_root=os.geteuid() == 0,
                )
            )
            engines = [part for part in wanted if part != "services"]
            if engines:
                self._bring_up(self.programs(engines))
            if "services" in wanted:
                services = self.programs(("services",))
                states = self.supervisor.states()
                if not all(states[program.name].running for program in services):
                    self._run_steps()
                self._bring_up(services)
            write_private(self.dir / "stack.json", json.dumps(self._description(), indent=2))

    def down(self, on_wait: Callable[[list[str]], None] | None = None) -> None:
        """Stop every process of the stack and verify that none is left; its data stays."""
        with self._lock():
            with contextlib.suppress(Unreachable):
                self._stop_all(on_wait or _silent_list)
                self.supervisor.shutdown()
                self._await_end()
            self._end_leftovers()
            left = processes.of_stack(self.dir)
            if left:
                raise StackError("still running: " + "; ".join(f"{p.pid} {p.command[:80]}" for p in left))
            (self.dir / "supervisord.pid").unlink(missing_ok=True)
            for region in Path("/dev/shm").glob(f"pw{self.layout.id}*"):  # noqa: S108 - where Triton keeps its regions
                region.unlink(missing_ok=True)

    def clean(self) -> None:
        """Stop the stack and remove all it stored, secrets included."""
        self.down()
        if os.geteuid() == 0:
            with contextlib.suppress(KeyError):  # PostgreSQL's account is gone, and its data with it
                shutil.rmtree(postgres.data_folder(self.layout, 0), ignore_errors=True)
            shutil.rmtree(elasticsearch.folder(self.layout, 0), ignore_errors=True)
        shutil.rmtree(self.dir)

    def status(self) -> list[ProcessStatus]:
        """Every process of the stack, ready or not."""
        try:
            states = self.supervisor.states()
        except Unreachable:
            return []
        found = []
        for program in self._known():
            state = states[program.name]
            answer = program.probe() if state.running else Readiness(ok=False, detail=state.detail)
            up_s = state.since_s if state.running else 0
            found.append(ProcessStatus(program.name, state.state, state.pid, up_s, answer.ok, answer.detail))
        return found

    def pid(self, name: str) -> int:
        """The process id of a running process."""
        state = self.supervisor.states().get(name)
        if state is None or not state.running:
            raise StackError(f"{name} is not running")
        return state.pid

    def kill(self, name: str) -> int:
        """SIGKILL a process, as a crash would, and return its id once it is gone; the supervisor starts it again."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        while processes.is_running(pid):
            time.sleep(0.005)
        return pid

    def stop(self, name: str) -> None:
        """Stop a process as an orderly shutdown would; it stays down until it is started."""
        self.supervisor.stop(name)

    def start(self, name: str) -> None:
        """Start a stopped process; returns before it is ready."""
        program = self._program(name)
        if program.prepare:
            program.prepare()
        self.supervisor.start(name)

    def restart(self, name: str) -> None:
        """Stop a process, start it, and return when it is ready."""
        self.stop(name)
        self.start(name)
        self.wait_ready([name])

    def wait_ready(self, names: Sequence[str], within_s: float | None = None) -> None:
        """Return when all of these processes are ready."""
        for name in names:
            self._await_ready(self._program(name), within_s)

    def _program(self, name: str) -> Program:
        known = self._known()
        for program in known:
            if program.name == name:
                return program
        raise StackError(f"no process {name!r}; there are {', '.join(p.name for p in known)}")

    def _known(self) -> list[Program]:
        """The processes that the running supervisor knows of."""
        states = self.supervisor.states()
        services = self.programs(("services",)) if "victoria-consumer" in states else []
        return self._engines(states) + [program for program in services if program.name in states]

    def _bring_up(self, programs: Sequence[Program]) -> None:
        """Start together what does not wait for one another, then see each become ready."""
        for program in programs:
            if program.prepare and not self.supervisor.states()[program.name].running:
                program.prepare()
            self._progress(program.name, "starting")
            self.supervisor.start(program.name)
            if program.name == "epmd":  # RabbitMQ starts one of its own if it finds none
                self._await_ready(program)
        for program in programs:
            self._await_ready(program)
            if program.after:
                program.after()
            self._progress(program.name, "ready")

    def _run_steps(self) -> None:
        """Run side by side what the services need before they start."""

        def run(step: Step) -> None:
            self._progress(step.name, "running")
            step.run()
            self._progress(step.name, "done")

        with ThreadPoolExecutor() as pool:
            for outcome in [pool.submit(run, step) for step in own_steps(self.layout)]:
                outcome.result()

    def _await_ready(self, program: Program, within_s: float | None = None) -> None:
        deadline = time.monotonic() + (within_s or program.ready_within_s)
        ended: float | None = None
        answer = program.probe()
        while not answer.ok:
            state = self.supervisor.states()[program.name]
            ended = None if state.state not in GONE else ended or time.monotonic()
            if time.monotonic() > (deadline if ended is None else ended + GONE_FOR_GOOD_S):
                log = self.layout.logs / f"{program.name}.log"
                raise NotReady(
                    f"{program.name} is {state.state}, not ready: {answer.detail}\nits log: {log}{_tail(log)}"
                )
            self._progress(program.name, f"waiting: {answer.detail}")
            time.sleep(0.1)
            answer = program.probe()

    def _stop_all(self, tell: Callable[[list[str]], None]) -> None:
        """Stop all services side by side, then all engines: work in hand is finished while its engines are there."""
        engines = set(ENGINE_NAMES)
        for is_engine in (False, True):
            names = [name for name in self.supervisor.states() if (name in engines) == is_engine]
            for name in names:
                self.supervisor.signal_stop(name)
            running = names
            while running:
                states = self.supervisor.states()
                running = [name for name in names if states[name].running]
                tell(running)
                time.sleep(0.1)

    def _await_end(self) -> None:
        """Return when supervisord has ended."""
        deadline = time.monotonic() + 30
        while self.supervisor.alive() and time.monotonic() < deadline:
            time.sleep(0.05)

    def _end_leftovers(self) -> None:
        """End what a supervisor that was killed left behind."""
        left = processes.of_stack(self.dir)
        if left:
            self._progress("leftovers", f"ending {len(left)} processes of an earlier run")
            processes.end(left)

    def _check_ports(self) -> None:
        idle = set() if self._options.operation_servers > 1 else {"operation-server-2"}
        idle |= set() if self._options.search else {"elasticsearch", "elasticsearch-transport"}
        taken = []
        for name, port in self.layout.ports.items():
            if name not in idle and not is_free(port):
                who = holder(port)
                by = f"by {who[1]} (process {who[0]})" if who else "by a process of another user"
                taken.append(f"port {port}, which {name} needs, is taken {by}")
        if taken:
            raise PortTaken("\n".join(taken) + "\nEnd it, or choose other ports: PORT_BASE=28080 make demo")

    def _has_services(self) -> bool:
        with contextlib.suppress(Unreachable):
            return "victoria-consumer" in self.supervisor.states()
        return False

    def _description(self) -> dict[str, Any]:
        pids: dict[str, int] = {}
        with contextlib.suppress(Unreachable):
            pids = {state.name: state.pid for state in self.supervisor.states().values() if state.running}
        return {
            "env": self.env,
            "urls": self.urls,
            "pids": pids,
            "ports": {"base": self.layout.ports.base, "overrides": self._overrides},
            "options": asdict(self._options),
        }

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """Keep two commands from changing one stack at the same time."""
        with (self.dir / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StackError(f"another command is changing the stack in {self.dir}; wait for it to end") from error
            yield


@dataclass(frozen=True, slots=True)
class _Kept:
    """What an existing stack's folder says of how it was started."""

    base: int
    overrides: dict[str, int]
    options: ServiceOptions


def _kept(folder: Path) -> _Kept | None:
    try:
        said = json.loads((folder / "stack.json").read_text())
        return _Kept(said["ports"]["base"], said["ports"]["overrides"], ServiceOptions(**said["options"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _tail(log: Path, lines: int = 8) -> str:
    with contextlib.suppress(OSError):
        text = log.read_text(errors="replace").splitlines()[-lines:]
        return "".join(f"\n  | {line}" for line in text)
    return ""
