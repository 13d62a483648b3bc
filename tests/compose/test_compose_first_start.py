"""After the first start: everything is up, and nothing has more rights or takes more room than it needs."""

from __future__ import annotations

import re

import pytest

from tests.compose.services import DAEMONS, ONE_SHOT, OWN
from tests.compose.sizes import MB, above_base, memory
from tests.support.figures import Figures
from tests.support.installation import Installation, run

pytestmark = pytest.mark.compose

ROOTS_REASON = {"volumes": "gives a volume to the user that its storage runs as, which takes root's right CHOWN"}
"""One-shot services that run as root, and why."""
MOST_MB = {"triton-server": 800}
OWN_MOST_MB = 200
GIB = 1024**3


def test_everything_came_up_at_the_first_try(installation: Installation) -> None:
    """All daemons are healthy and were never started again; the one-shot services ended well."""
    found = installation.containers()
    assert {c.service for c in found} == {*DAEMONS, *ONE_SHOT}
    assert [str(c) for c in found if c.service in DAEMONS and not (c.healthy and c.restarts == 0)] == []
    assert [str(c) for c in found if c.service in ONE_SHOT and (c.running or c.exit_status)] == []


def test_no_process_runs_as_root(installation: Installation) -> None:
    """No process of any daemon has root's uid, the init included; nor has a one-shot service without a reason."""
    for container in installation.running():
        rows = run(["docker", "top", container.id, "-eo", "uid,pid,args"]).stdout.splitlines()[1:]
        assert rows
        assert [row for row in rows if row.split()[0] == "0"] == [], container.service
    one_shot = [c for c in installation.containers() if c.service in ONE_SHOT]
    roots = {c.service for c in one_shot if re.fullmatch(r"(0|root)?(:.*)?", c.raw["Config"]["User"])}
    assert roots <= set(ROOTS_REASON)


def test_own_services_have_no_rights(installation: Installation) -> None:
    """Own services have no capability, cannot gain one, and cannot write to their root file system."""
    for container in installation.running(*OWN):
        host = container.raw["HostConfig"]
        assert host["CapDrop"] == ["ALL"], container.service
        assert not host["CapAdd"], container.service
        assert host["ReadonlyRootfs"], container.service
        assert "no-new-privileges:true" in host["SecurityOpt"], container.service


def test_ports_are_published_on_loopback_only(installation: Installation) -> None:
    """No port of any container is bound to an address that another machine reaches."""
    bound = {
        binding["HostIp"]
        for container in installation.running()
        for bindings in container.raw["NetworkSettings"]["Ports"].values()
        for binding in bindings or ()
    }
    assert bound == {"127.0.0.1"}


def test_images_are_small(installation: Installation, figures: Figures) -> None:
    """Above its base, an own image has at most 200 MB; Triton, with its runtime, 800 MB."""
    sizes = above_base(installation)
    figures.note("image_mb_above_base", **{name: round(size / MB) for name, size in sorted(sizes.items())})
    assert {*OWN, "batch-simulator"} <= set(sizes)
    assert {n: s // MB for n, s in sizes.items() if s > MOST_MB.get(n, OWN_MOST_MB) * MB} == {}


def test_memory_at_rest(installation: Installation, figures: Figures) -> None:
    """All containers of the base profile together need at most 6 GiB."""
    used = memory(installation)
    figures.note("memory_mib_at_rest", **{n: round(b / 1024**2) for n, b in sorted(used.items())})
    figures.note("memory_mib", at_rest=round(sum(used.values()) / 1024**2))
    assert set(used) == set(DAEMONS)
    assert sum(used.values()) <= 6 * GIB


def test_secrets_are_the_owners_alone_and_in_no_image_or_log(installation: Installation) -> None:
    """The secrets in .env are readable by their owner only, and occur in no image's description and in no log."""
    path = installation.folder / ".env"
    assert path.stat().st_mode & 0o077 == 0
    names = ("POSTGRES_PASSWORD", "RABBITMQ_PASSWORD", "RABBITMQ_COOKIE", "REDIS_PASSWORD", "FLOWER_PASSWORD")
    secrets = {name: installation.setting(name) for name in names}
    described = str(installation.images())
    said = installation.call("logs", "--no-color").stdout
    assert len(said) > 1_000
    assert [n for n, secret in secrets.items() if not secret or secret in described or secret in said] == []
