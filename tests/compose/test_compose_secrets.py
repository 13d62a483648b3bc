"""No secret is in an image, a log or the history, and the scanner that says so finds one that is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.engines import ROOT
from tests.support.installation import Installation, environment, run

pytestmark = pytest.mark.compose

SCAN_S = 1_500.0
PLANTED = "ghp_" + "x7Qp2LmN9vB4cR8tY1wZ5kD3fG6hJ0sA2eU7"
"""Looks like a token of a forge, and opens nothing."""


def secrets(installation: Installation) -> list[str]:
    """The values that init_kafka.sh drew."""
    lines = (installation.folder / ".env").read_text().splitlines()
    pairs = [line.partition("=") for line in lines if not line.startswith("#")]
    return [value for name, _, value in pairs if name.endswith(("PASSWORD", "COOKIE"))]


def test_no_container_logs_a_secret(installation: Installation) -> None:
    """None of this installation's secrets is in what any container, the ended ones too, has said."""
    found = {c.service for c in installation.containers() for s in secrets(installation) if s in log(c.id)}
    assert len(secrets(installation)) >= 5
    assert found == set()


def log(container: str) -> str:
    """All that a container has said."""
    done = run(["docker", "logs", container])
    return done.stdout + done.stderr


def test_no_image_knows_a_secret_of_the_installation(installation: Installation) -> None:
    """Variables, arguments and build history of the images that were built hold none of them."""
    images = installation.images()
    history = [run(["docker", "history", "--no-trunc", image["Id"]]).stdout for image in images]
    told = json.dumps(images) + "".join(history)
    assert images
    assert [secret for secret in secrets(installation) if secret in told] == []


@pytest.fixture
def leaking_tag(installation: Installation, tmp_path: Path) -> Iterator[str]:
    """The tag of an image of ours that holds a token."""
    tag = f"{installation.settings['IMAGE_TAG']}-leak"
    base = f"passwatch/nginx:{installation.settings['IMAGE_TAG']}"
    (tmp_path / "settings.ini").write_text(f"token = {PLANTED}\n")
    (tmp_path / "Dockerfile").write_text(f"FROM {base}\nCOPY settings.ini /etc/settings.ini\n")
    run(["docker", "build", "--quiet", "--tag", f"passwatch/nginx:{tag}", str(tmp_path)])
    yield tag
    run(["docker", "image", "rm", "--force", f"passwatch/nginx:{tag}"])


def test_the_scanner_finds_no_secret_where_there_is_none_and_one_where_there_is(
    installation: Installation, leaking_tag: str
) -> None:
    """History and images are clean; an image with a token ends the scan with status 1 and names the file."""
    clean = scan(installation.settings["IMAGE_TAG"])
    assert clean.endswith("no secret found\n")
    leaking = scan(leaking_tag, status=1)
    assert "settings.ini" in leaking
    assert PLANTED not in leaking


def scan(tag: str, status: int = 0) -> str:
    """What `make scan-secrets` says of the history and the images with this tag."""
    env = environment() | {"IMAGE_TAG": tag}
    done = run(["make", "scan-secrets"], cwd=ROOT, env=env, timeout_s=SCAN_S, check=False)
    assert (done.returncode != 0) is bool(status), done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout
