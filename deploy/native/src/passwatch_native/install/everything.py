"""Installing all parts, side by side where one does not need another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from passwatch_native.install import dashboard, debian, elasticsearch, kafka_jars, node, triton_venv
from passwatch_native.install.stamps import Stamps
from passwatch_native.paths import Checkout

Progress = Callable[[str, str], None]
Part = tuple[str, Callable[[Checkout, Stamps], bool]]


def install(checkout: Checkout, progress: Progress, *, for_tests: bool = False, search: bool = False) -> None:
    """Install what is missing and build what changed.

    Raises:
        InstallError: a part could not be installed; the others were carried to their end.
    """
    stamps = Stamps(checkout.tools / "stamps")
    packages = debian.missing(debian.ENGINES + (debian.TESTS if for_tests else ()))
    debian.refuse_if_impossible(packages)

    def system() -> None:
        if packages:
            debian.install(packages, lambda what: progress("Debian packages", what))
            progress("Debian packages", "done")
        parts: list[Part] = [("Kafka", kafka_jars.install)]
        if search or for_tests:
            parts.append(("Elasticsearch", elasticsearch.install))
        _each(parts, checkout, stamps, progress)

    def triton() -> None:
        _each([("Triton", triton_venv.install)], checkout, stamps, progress)

    def pages() -> None:
        parts = [("Node.js", node.install), ("npm packages", dashboard.packages), ("dashboard", dashboard.build)]
        _each(parts, checkout, stamps, progress)

    with ThreadPoolExecutor() as pool:
        running = [pool.submit(chain) for chain in (system, triton, pages)]
    for chain in running:
        chain.result()


def install_browser(progress: Progress) -> None:
    """Install what tests need that look at a platform which runs elsewhere.

    Raises:
        InstallError: it could not be installed.
    """
    packages = debian.missing(debian.TESTS)
    debian.refuse_if_impossible(packages)
    if packages:
        debian.install(packages, lambda what: progress("Debian packages", what))
        progress("Debian packages", "done")


def install_npm(checkout: Checkout, progress: Progress) -> None:
    """Install what the dashboard's own commands need.

    Raises:
        InstallError: it could not be installed.
    """
    parts = [("Node.js", node.install), ("npm packages", dashboard.packages)]
    _each(parts, checkout, Stamps(checkout.tools / "stamps"), progress)


def _each(parts: Sequence[Part], checkout: Checkout, stamps: Stamps, progress: Progress) -> None:
    for name, install_part in parts:
        progress(name, "installing")
        progress(name, "done" if install_part(checkout, stamps) else "current")
