"""The command line."""

from __future__ import annotations

import enum
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from passwatch_native import lifecycle, preflight, training
from passwatch_native.backup.command import backup, restore
from passwatch_native.calls import replace_this_process, show_help
from passwatch_native.checks import Checks, Counts, run_all, run_one
from passwatch_native.demo import await_verdicts, record, replay, send
from passwatch_native.install import dashboard
from passwatch_native.install.command import InstallError
from passwatch_native.install.everything import install as install_everything
from passwatch_native.install.everything import install_browser, install_npm
from passwatch_native.paths import CHECKOUT
from passwatch_native.services import COMMANDS, ServiceOptions
from passwatch_native.stack import ALL, Stack, StackError, free_port_base
from passwatch_native.steps import Steps
from passwatch_native.summary import show

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
out = Console(width=None if sys.stdout.isatty() else 120)
err = Console(stderr=True)

Dir = Annotated[Path, typer.Option("--dir", help="the stack's folder")]


app.command()(backup)
app.command()(restore)


@app.callback()
def main() -> None:
    """Runs Passwatch as plain processes on this machine."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what ctrl-C cleans up, an orderly end does too


@app.command()
def up(
    *,
    folder: Dir = CHECKOUT.run_dir,
    port_base: Annotated[int | None, typer.Option(envvar="PORT_BASE", help="first of the stack's 50 ports")] = None,
    port: Annotated[list[str] | None, typer.Option(help="another port for one process: --port kafka=19092")] = None,
    only: Annotated[str, typer.Option(help="engines, or all")] = "all",
    operation_servers: Annotated[int, typer.Option(min=1, max=2, help="how many operation-servers")] = 1,
    triton: Annotated[bool, typer.Option(help="whether Triton belongs to the engines")] = True,
    search: Annotated[bool, typer.Option(help="whether Elasticsearch does; it must be installed")] = False,
) -> None:
    """Start a stack and return when it is ready.

    [dim]python -m passwatch_native up --dir /tmp/stack --port-base 20000 --only engines[/dim]
    """
    overrides = dict(_override(text) for text in port or [])
    parts = ("engines",) if only == "engines" else ALL
    with Steps(out) as steps:
        try:
            options = ServiceOptions(operation_servers=operation_servers, triton=triton, search=search)
            Stack(folder, port_base, ports=overrides, options=options, progress=steps).up(parts)
        except (StackError, ValueError, RuntimeError, OSError) as error:
            steps.stop()
            fail(str(error))


@app.command()
def install(
    *,
    for_tests: Annotated[bool, typer.Option(help="also what only the tests need")] = False,
    search: Annotated[bool, typer.Option(help="also Elasticsearch")] = False,
) -> None:
    """Install what is missing: Debian packages, Kafka's jars, Triton, Node, the built dashboard."""
    with Steps(out) as steps:
        try:
            install_everything(CHECKOUT, steps, for_tests=for_tests, search=search)
        except InstallError as error:
            steps.stop()
            fail(str(error))


@app.command()
def demo(
    *,
    folder: Dir = CHECKOUT.run_dir,
    port_base: Annotated[int | None, typer.Option(envvar="PORT_BASE", help="first of the stack's 50 ports")] = None,
    operation_servers: Annotated[int, typer.Option(min=1, max=2, help="how many operation-servers")] = 1,
    seed: Annotated[int, typer.Option(help="seed of the simulated telemetry")] = 7,
    search: Annotated[bool, typer.Option(help="search by Elasticsearch, which takes 1 GB of memory more")] = False,
) -> None:
    """Install, start, send telemetry, wait for the verdicts and show them; leaves everything running."""
    begun = time.monotonic()
    installed = (CHECKOUT.tools / "stamps/triton").exists()
    for problem in preflight.problems(CHECKOUT.root, installed=installed):
        fail(problem)
    try:
        with Steps(out) as steps:
            out.print("[bold]Installing what is missing[/bold]")
            install_everything(CHECKOUT, steps, search=search)
            out.print("[bold]Starting engines and services[/bold]")
            options = ServiceOptions(operation_servers=operation_servers, search=search)
            stack = Stack(folder, port_base, options=options, progress=steps)
            stack.up()
            out.print("[bold]Sending telemetry[/bold]")
            steps("simulated satellites", "sending")
            sent = send(stack, seed)
            steps("simulated satellites", "done")
            steps("NASA's recorded channels", "sending")
            sent += replay(stack)
            steps("NASA's recorded channels", "done")
            steps("verdicts", "waiting")
            base_url = stack.urls["base"]
            batches = await_verdicts(base_url, sent, lambda done: steps("verdicts", f"{done} of {len(sent)} judged"))
            steps("verdicts", "done")
    except (InstallError, StackError, RuntimeError, ValueError, OSError) as error:
        fail(str(error))
    except KeyboardInterrupt:
        err.print("Stopped in the middle. `make demo` goes on from here; `make down` stops what already runs.")
        raise typer.Exit(130) from None
    (folder / "demo.json").write_text(json.dumps(record(base_url, batches), indent=2) + "\n")
    show(out, batches, {**stack.urls, "kafka": stack.env["PASSWATCH_KAFKA_BOOTSTRAP"]}, time.monotonic() - begun)


HANDED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


@app.command(context_settings=HANDED_ON)
def call(
    context: typer.Context,
    service: Annotated[str, typer.Argument(help="batch-simulator, victoria-consumer, operation-server, ...")],
    folder: Dir = CHECKOUT.run_dir,
) -> None:
    """Call a service's command line with the variables of the running stack.

    [dim]python -m passwatch_native call batch-simulator send --satellites 2 --json[/dim]
    """
    if service not in COMMANDS:
        fail(f"There is no {service}; there are {', '.join(COMMANDS)}.")
    if "--help" in context.args:  # it needs nothing that runs
        raise typer.Exit(show_help(service, context.args))
    stack = Stack(folder) if Stack.exists(folder) else None
    if stack is None or not stack.supervisor.alive():
        fail("Nothing runs. `make demo` starts it.")
    replace_this_process(stack.layout, service, context.args)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def npm(context: typer.Context) -> None:
    """Call npm in the dashboard's folder, with the Node that the project uses."""
    try:
        with Steps(out) as steps:
            install_npm(CHECKOUT, steps)
    except InstallError as error:
        fail(str(error))
    done = subprocess.run(
        ["npm", *context.args], cwd=CHECKOUT.frontend, env=dashboard.environment(CHECKOUT), check=False
    )
    raise typer.Exit(done.returncode)


app.command(context_settings=HANDED_ON)(lifecycle.retrain)
app.command(context_settings=HANDED_ON)(lifecycle.shadow)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def train(context: typer.Context) -> None:
    """Train both models; what follows is handed to the training command (--help tells)."""
    try:
        with Steps(out) as steps:
            training.install(CHECKOUT, steps)
    except InstallError as error:
        fail(str(error))
    raise typer.Exit(training.run(CHECKOUT, context.args))


class Group(enum.StrEnum):
    """A group of checks."""

    lint = "lint"
    types = "types"
    unit = "unit"
    compose = "compose"
    all = "all"


@app.command()
def check(group: Annotated[Group, typer.Argument(help="which checks")] = Group.all) -> None:
    """Run checks; the last line counts them. Exits with 1 if any failed."""
    checks = Checks(CHECKOUT, CHECKOUT.tools / "reports")
    try:
        with Steps(out) as steps:
            if group is Group.compose:
                install_browser(steps)
            else:
                install_npm(CHECKOUT, steps)
        match group:
            case Group.lint:
                total = run_all(checks.lint(), out)
            case Group.types:
                total = run_all(checks.types(), out)
            case Group.unit:
                total = run_all(checks.unit(), out)
            case Group.compose:
                total = run_one(checks.compose(), out)
            case Group.all:
                total = run_all([*checks.lint(), *checks.types(), *checks.unit()], out)
                total += _engine_checks(checks)
    except InstallError as error:
        fail(str(error))
    except KeyboardInterrupt:
        err.print("Stopped in the middle.")
        raise typer.Exit(130) from None
    out.rule(style="dim")
    sys.stdout.write(f"{total}\n")
    if total.failed:
        raise typer.Exit(1)


def _engine_checks(checks: Checks) -> Counts:
    """The checks that need engines, on a stack of their own that is stopped and removed whatever happens."""
    folder = CHECKOUT.root / ".run-tests"
    if Stack.exists(folder):
        Stack(folder).clean()
    out.rule("[bold]the tests' own stack", align="left", style="dim")
    steps = Steps(out)
    stack = Stack(folder, free_port_base(), options=ServiceOptions(operation_servers=2), progress=steps)
    try:
        with steps:
            stack.up("engines")
        total = run_one(checks.engines(folder), out)
    except (StackError, RuntimeError, OSError) as error:
        err.print(str(error), markup=False, highlight=False)
        total = Counts(failed=1)
    finally:
        kept = CHECKOUT.tools / "reports/logs"
        shutil.rmtree(kept, ignore_errors=True)
        if stack.layout.logs.exists():
            shutil.copytree(stack.layout.logs, kept)
        stack.clean()
    if total.failed:
        out.print(f"[dim]The processes' logs are in {kept}[/dim]", highlight=False)
    return total


@app.command()
def down(folder: Dir = CHECKOUT.run_dir) -> None:
    """Stop every process of a stack; what it stored stays."""
    if not Stack.exists(folder):
        out.print(f"Nothing runs from {folder}.", highlight=False)
        return
    try:
        with out.status("stopping") as status:
            Stack(folder).down(lambda names: status.update("stopping " + ", ".join(names)))
    except StackError as error:
        fail(str(error))
    out.print(
        "[green]✔[/green] All processes have stopped. Their data stays until [bold]make clean[/bold].", highlight=False
    )


@app.command()
def restart(
    names: Annotated[list[str], typer.Argument(help="processes, as `make status` lists them")],
    folder: Dir = CHECKOUT.run_dir,
) -> None:
    """Stop processes of a running stack, start them, and return when they are ready."""
    stack = Stack(folder) if Stack.exists(folder) else None
    if stack is None or not stack.supervisor.alive():
        fail("Nothing runs. `make demo` starts it.")
    try:
        for name in names:
            with out.status(f"restarting {name}"):
                stack.restart(name)
            out.print(f"[green]✔[/green] {escape(name)} is ready.", highlight=False)
    except (StackError, RuntimeError, OSError) as error:
        fail(str(error))


@app.command()
def clean(
    folder: Dir = CHECKOUT.run_dir,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Stop a stack and remove all it stored, secrets included; asks first."""
    if not Stack.exists(folder):
        out.print(f"Nothing to remove in {folder}.", highlight=False)
        return
    if not yes and not typer.confirm(f"Remove all that is stored in {folder}, telemetry and verdicts included?"):
        out.print("Nothing was removed.", highlight=False)
        raise typer.Exit(1)
    try:
        Stack(folder).clean()
    except StackError as error:
        fail(str(error))
    out.print(f"[green]✔[/green] Removed {folder}.", highlight=False)


@app.command()
def status(
    folder: Dir = CHECKOUT.run_dir, as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False
) -> None:
    """Tell of every process whether it is ready, and why not. Exits with 1 unless all are."""
    found = Stack(folder).status() if Stack.exists(folder) else []
    if as_json:
        rows = [
            {"name": s.name, "ready": s.ready, "state": s.state, "pid": s.pid, "seconds": s.seconds, "detail": s.detail}
            for s in found
        ]
        sys.stdout.write(json.dumps({"processes": rows}, indent=2) + "\n")
    elif not found:
        out.print("Nothing runs. [bold]make demo[/bold] starts it.", highlight=False)
    else:
        table = Table(box=None, header_style="dim")
        for heading in ("", "process", "state", "pid", "for", "readiness"):
            table.add_column(heading)
        for s in found:
            mark = "[green]●[/green]" if s.ready else "[red]●[/red]"
            table.add_row(mark, s.name, s.state.lower(), str(s.pid or "-"), span(s.seconds), s.detail)
        out.print(table)
    if not found or not all(s.ready for s in found):
        raise typer.Exit(1)


def span(seconds: int) -> str:
    """A length of time in the one unit that suits it."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def fail(message: str) -> NoReturn:
    """End with a message that names cause and cure."""
    first, _, rest = message.partition("\n")
    err.print("[bold red]✘[/bold red] " + escape(first), highlight=False, soft_wrap=True)
    if rest:
        err.print(rest, highlight=False, markup=False, soft_wrap=True)
    raise typer.Exit(1)


def _override(text: str) -> tuple[str, int]:
    name, _, number = text.partition("=")
    if not number.isdigit():
        raise typer.BadParameter(f"{text!r}: write it as process=number", param_hint="--port")
    return name, int(number)
