"""What every container has: bounds, no rights, an ordinary user, a pinned image; read from the Compose file alone."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.deployment.compose_file import BASE, GPU, ROOT, is_one_shot, read, services

SERVICES = services()
ALL = pytest.mark.parametrize("name", sorted(SERVICES))
DAEMONS = pytest.mark.parametrize("name", sorted(n for n, s in SERVICES.items() if not is_one_shot(s)))
PUBLISHED = [(name, port) for name, service in SERVICES.items() for port in service.get("ports", ())]
WRITES_BESIDE_ITS_PROGRAMS = {"kafka", "elasticsearch"}
ROOT_FOR_A_MOMENT = {"volumes"}
USER_IN_THE_IMAGE = {"kafka": "appuser", "kafka-ui": "kafkaui", "elasticsearch": "elasticsearch"}
"""Official images that name an ordinary user themselves; the others start as root unless they are told a user."""


def megabytes(size: str) -> int:
    """A size of the Compose file."""
    number, unit = int(size[:-1]), size[-1]
    return number * {"m": 1, "g": 1024}[unit]


@ALL
def test_a_container_has_no_right_beyond_its_users(name: str) -> None:
    """No capability is kept, none can be gained, and the root file system is read-only."""
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == (["CHOWN"] if name in ROOT_FOR_A_MOMENT else [])
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["read_only"] is (name not in WRITES_BESIDE_ITS_PROGRAMS)
    assert not {"privileged", "devices", "pid", "ipc", "network_mode", "userns_mode"} & set(service)
    assert not any(volume.startswith(("/", ".", "~")) for volume in service.get("volumes", ()))


@ALL
def test_a_container_is_bounded(name: str) -> None:
    """Memory, processor, processes and logs have limits, and a stop has the time that its work needs."""
    service = SERVICES[name]
    # Two tasks on the largest batch that is accepted take most; the ADR on series in pieces has the figures.
    assert megabytes(service["mem_limit"]) <= (1800 if name == "analysis-worker" else 1200)
    assert 0 < service["cpus"] <= 2
    assert service["pids_limit"] <= 1000
    assert service["logging"] == {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}
    assert re.fullmatch(r"\d+s", service["stop_grace_period"])
    assert service["init"] is True
    assert service["networks"] == ["webnet"]


@ALL
def test_a_container_runs_as_an_ordinary_user(name: str) -> None:
    """The user is said here, or in our own Dockerfile's last stage, or in an official image that is known to."""
    service = SERVICES[name]
    if "user" in service:
        assert (service["user"].partition(":")[0] in {"0", "root"}) is (name in ROOT_FOR_A_MOMENT)
    elif "build" in service:
        dockerfile = (ROOT / service["build"]["dockerfile"]).read_text()
        users = re.findall(r"^USER (.+)$", dockerfile, re.MULTILINE)
        assert users
        assert all(re.fullmatch(r"[1-9]\d*:[1-9]\d*", user) for user in users)
    else:
        assert name in USER_IN_THE_IMAGE


@DAEMONS
def test_a_daemon_tells_its_health_and_comes_back(name: str) -> None:
    """It has a health check that can fail in time, and restarts unless it was stopped."""
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"]
    assert {"interval", "timeout", "retries", "start_period"} <= set(service["healthcheck"])


@ALL
def test_a_container_starts_after_those_it_needs_are_well(name: str) -> None:
    """Nothing waits for a mere start, or for a time: for health, or for a step's success."""
    for needed, how in SERVICES[name].get("depends_on", {}).items():
        done = is_one_shot(SERVICES[needed])
        assert how["condition"] == ("service_completed_successfully" if done else "service_healthy")


@ALL
def test_a_service_needs_those_whose_addresses_it_is_told(name: str) -> None:
    """An engine that a variable leads to belongs to what is waited for, itself or through another."""
    waits: set[str] = set()
    new = {name}
    while new:
        waits |= new
        new = {needed for service in new for needed in SERVICES[service].get("depends_on", {})} - waits
    told = " ".join(str(value) for value in SERVICES[name].get("environment", {}).values())
    named = {other for other in SERVICES if re.search(rf"(?<![\w-]){re.escape(other)}:\d", told)}
    optional = {"triton-server", "elasticsearch"} if name == "operation-server" else set()
    assert named - waits <= optional


@pytest.mark.parametrize(("name", "port"), PUBLISHED, ids=[f"{name} {port}" for name, port in PUBLISHED])
def test_a_port_is_published_on_loopback_only(name: str, port: str) -> None:
    """Nothing is reached from another machine unless an operator puts something in front."""
    assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port), name


@pytest.mark.parametrize("file", [BASE, GPU])
def test_every_image_is_pinned(file: str) -> None:
    """An official image has a full version; so has what our own are built from."""
    images = {s["image"] for s in services(file).values() if "build" not in s}
    for dockerfile in {s["build"]["dockerfile"] for s in services(file).values() if "build" in s}:
        text = (ROOT / dockerfile).read_text()
        stages = set(re.findall(r"^FROM \S+ AS (\S+)", text, re.MULTILINE))
        images |= set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) - stages
    assert images
    for image in images:
        tag = image.rpartition(":")[2]
        assert re.search(r"\d+\.\d+", tag), image
        assert "latest" not in tag


def test_volumes_and_network_are_those_promised() -> None:
    """Data lies in volumes whose names an operator can rely on."""
    file = read(BASE)
    promised = {"kafka_data", "postgres_data", "victoria_data", "rabbitmq_data", "redis_data"}
    assert promised <= set(file["volumes"])
    assert set(file["networks"]) == {"webnet"}


def test_no_secret_has_a_default() -> None:
    """Every secret is asked for with the command that makes one, wherever it is used first; none is written here."""
    text = (ROOT / BASE).read_text()
    secrets = set(re.findall(r"\$\{(\w*(?:PASSWORD|COOKIE|SECRET|TOKEN|KEY)\w*)", text))
    assert secrets >= {
        "POSTGRES_PASSWORD",
        "RABBITMQ_PASSWORD",
        "RABBITMQ_COOKIE",
        "REDIS_PASSWORD",
        "FLOWER_PASSWORD",
    } | {
        "VICTORIA_PASSWORD",
        "TRITON_KEY",
    }
    for secret in secrets:
        assert f"${{{secret}:?run first: bash init_kafka.sh}}" in text
        assert f"${{{secret}:-" not in text


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Two services as Compose merges them: mappings key by key, the rest replaced."""
    both = {k: merged(base[k], over[k]) for k in base.keys() & over if isinstance(base[k], dict)}
    return {**base, **over, **both}


def test_the_gpu_overlay_changes_triton_and_nothing_else() -> None:
    """It brings NVIDIA's image, a GPU and the kind; ports, health check and hardening are the base file's."""
    over = services(GPU)
    assert set(over) == {"triton-server"}
    service = merged(SERVICES["triton-server"], over["triton-server"])
    assert service["environment"]["TRITON_INSTANCE_KIND"] == "KIND_GPU"
    assert service["deploy"]["resources"]["reservations"]["devices"] == [
        {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}
    ]
    for kept in ("ports", "healthcheck", "read_only", "cap_drop", "security_opt", "restart"):
        assert service[kept] == SERVICES["triton-server"][kept]
    dockerfile = (ROOT / service["build"]["dockerfile"]).read_text()
    assert re.search(r"^FROM nvcr\.io/nvidia/tritonserver:\d+\.\d+-py3$", dockerfile, re.MULTILINE)


def test_the_base_file_reserves_no_gpu() -> None:
    """`up` would fail on every machine without one."""
    assert not any("deploy" in service or "runtime" in service for service in SERVICES.values())


def test_both_kinds_of_triton_serve_one_repository() -> None:
    """Both images take the models, the code and the start from the same places."""
    copied = [
        set(re.findall(r"^COPY (triton-models/\S+) /", (ROOT / file).read_text(), re.MULTILINE)) - {None}
        for file in ("triton-models/Dockerfile", "triton-models/gpu/Dockerfile")
    ]
    shared = {"triton-models/serve.py", "triton-models/seed.py", "triton-models/backend", "triton-models/models"}
    assert all(shared <= paths for paths in copied)
