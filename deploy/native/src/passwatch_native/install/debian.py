"""Debian's packages: which are missing, and installing them without their services starting by themselves."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from passwatch_native.install import java
from passwatch_native.install.command import InstallError, run

POLICY = Path("/usr/sbin/policy-rc.d")
DENY = "#!/bin/sh\nexit 101\n"
ASKED_AGAIN = "passwatch-kept"


@dataclass(frozen=True, slots=True)
class Requirement:
    """A package, and how to see that what it brings is there already, from wherever."""

    package: str
    present: Callable[[], bool]


def _command(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin") is not None


def _any_file(*patterns: str) -> Callable[[], bool]:
    return lambda: any(next(Path("/").glob(pattern.lstrip("/")), None) for pattern in patterns)


def _libpython() -> bool:
    """Triton's Python backend loads the interpreter as a library."""
    folder, name = sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("INSTSONAME")
    own = Path(str(folder)) / str(name)
    version = sysconfig.get_python_version()
    return (own.suffix != ".a" and own.exists()) or _any_file(f"/usr/lib/*/libpython{version}.so.1.0")()


ENGINES = (
    Requirement("postgresql", _any_file("/usr/lib/postgresql/*/bin/initdb")),
    Requirement("rabbitmq-server", _any_file("/usr/lib/rabbitmq/bin/rabbitmq-server")),
    Requirement("redis-server", _command("redis-server")),
    Requirement("victoria-metrics", _command("victoria-metrics")),
    Requirement("nginx", _command("nginx")),
    Requirement("openjdk-17-jre-headless", java.present),
    Requirement("maven", _command("mvn")),
    Requirement(f"libpython{sysconfig.get_python_version()}", _libpython),
)
TESTS = (
    Requirement("chromium", _command("chromium")),
    Requirement("chromium-driver", _command("chromedriver")),
)


def missing(requirements: Sequence[Requirement]) -> list[str]:
    """The packages whose content is not there."""
    return [requirement.package for requirement in requirements if not requirement.present()]


def how_to_become_root(euid: int, *, sudo: bool) -> list[str] | None:
    """What to put before a command that needs root; None if there is no way."""
    if euid == 0:
        return []
    return ["sudo"] if sudo else None


def command_by_hand(packages: Sequence[str]) -> str:
    """What an administrator would run."""
    return "apt-get install --no-install-recommends " + " ".join(packages)


def refuse_if_impossible(packages: Sequence[str]) -> None:
    """Tell before anything is begun that these packages cannot be installed here.

    Raises:
        InstallError: there is no apt-get, or neither root nor sudo.
    """
    lacking = ", ".join(packages)
    if packages and shutil.which("apt-get") is None:
        raise InstallError(f"This is no Debian system, and these are missing: {lacking}\nInstall them by hand.")
    if packages and _before() is None:
        raise InstallError(
            f"These Debian packages are missing, and there is neither root nor sudo to install them: {lacking}\n"
            f"Ask an administrator to run:\n  {command_by_hand(packages)}"
        )


def _before() -> list[str] | None:
    return how_to_become_root(os.geteuid(), sudo=shutil.which("sudo") is not None)


def install(packages: Sequence[str], tell: Callable[[str], None]) -> None:
    """Install packages; their services are not started.

    Raises:
        InstallError: it is not possible here, or apt-get failed.
    """
    refuse_if_impossible(packages)
    before = _before() or []
    by_hand = command_by_hand(packages)
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    apt = [*before, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=120"]
    cure = f"Repair it, then run it by hand:\n  {by_hand}"
    with _services_stay_off(before):
        tell("reading Debian's package lists")
        run("apt-get update", [*apt, "update"], cure=cure, env=env)
        tell("installing " + ", ".join(packages))
        run("apt-get install", [*apt, "install", "-y", "--no-install-recommends", *packages], cure=cure, env=env)


@contextlib.contextmanager
def _services_stay_off(before: Sequence[str]) -> Iterator[None]:
    """Have policy-rc.d forbid starting services, and put back what was there."""
    kept = POLICY.with_name(f"{POLICY.name}.{ASKED_AGAIN}")

    def as_root(*command: str | Path, text: str | None = None) -> None:
        words = [*before, *map(str, command)]
        subprocess.run(words, input=text, text=True, check=True, stdout=subprocess.DEVNULL)

    had = POLICY.exists()
    if had and not kept.exists():  # a copy that is there already is the original of an interrupted run
        as_root("cp", "-p", POLICY, kept)
    as_root("tee", POLICY, text=DENY)
    as_root("chmod", "755", POLICY)
    try:
        yield
    finally:
        if kept.exists():
            as_root("mv", kept, POLICY)
        else:
            as_root("rm", "-f", POLICY)
