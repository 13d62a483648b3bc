"""Each published port answers to who may ask, and to nobody else where there is a password."""

from __future__ import annotations

import psycopg2
import pytest
import redis
import requests
import tritonclient.grpc
from confluent_kafka.admin import AdminClient

from passwatch.topics import ALL
from tests.support.installation import Installation

pytestmark = pytest.mark.compose

ACCOUNT = "passwatch"


@pytest.mark.parametrize(
    ("port", "path", "holds"),
    [
        ("HTTP_PORT", "/", "<div id="),
        ("HTTP_PORT", "/dashboard.html", "<div id="),
        ("HTTP_PORT", "/api/v1/trends/satellites", "items"),
        ("OPERATION_SERVER_PORT", "/health/ready", "ready"),
        ("OPERATION_SERVER_PORT", "/metrics", "passwatch_operation_server_"),
        ("KAFKA_UI_PORT", "/", ""),
        ("VICTORIA_PORT", "/health", "OK"),
        ("RABBITMQ_MANAGEMENT_PORT", "/", "RabbitMQ Management"),
        ("TRITON_HTTP_PORT", "/v2/health/ready", ""),
        ("TRITON_METRICS_PORT", "/metrics", "nv_inference_count"),
    ],
)
def test_a_page_is_served(installation: Installation, port: str, path: str, holds: str) -> None:
    """The address answers 200 with the page that belongs there."""
    answer = requests.get(installation.url(port) + path, timeout=30)
    assert answer.status_code == 200
    assert holds in answer.text


@pytest.mark.parametrize(
    ("port", "path", "secret"),
    [
        ("FLOWER_PORT", "/workers", "FLOWER_PASSWORD"),
        ("RABBITMQ_MANAGEMENT_PORT", "/api/overview", "RABBITMQ_PASSWORD"),
        ("VICTORIA_PORT", "/api/v1/labels", "VICTORIA_PASSWORD"),
    ],
)
def test_a_console_with_a_password_asks_for_it(installation: Installation, port: str, path: str, secret: str) -> None:
    """Without a password, with a wrong one, and with the usual guess: 401; with the one of .env: 200."""
    address = installation.url(port) + path
    for account in (None, (ACCOUNT, "wrong"), ("guest", "guest")):
        assert requests.get(address, auth=account, timeout=30).status_code == 401
    assert requests.get(address, auth=(ACCOUNT, installation.setting(secret)), timeout=30).status_code == 200


def test_no_web_page_gives_the_engines_orders(installation: Installation) -> None:
    """What a page can have a browser send to this machine deletes no series, adds none and unloads no model."""
    storage, triton = installation.url("VICTORIA_PORT"), installation.url("TRITON_HTTP_PORT")
    delete = f"{storage}/api/v1/admin/tsdb/delete_series"
    assert requests.get(delete, params={"match[]": "{__name__!=''}"}, timeout=30).status_code == 401
    assert requests.post(f"{storage}/api/v1/import/prometheus", "a 1", timeout=30).status_code == 401
    unload = f"{triton}/v2/repository/models/vae_timeseries/unload"
    assert requests.post(unload, timeout=30).status_code == 403
    assert requests.get(f"{triton}/v2/models/vae_timeseries/ready", timeout=30).status_code == 200


def test_triton_serves_both_models_by_grpc(installation: Installation) -> None:
    """The gRPC port has both models ready."""
    client = tritonclient.grpc.InferenceServerClient(f"localhost:{installation.port('TRITON_GRPC_PORT')}")
    assert [name for name in ("vae_timeseries", "transformer_timeseries") if not client.is_model_ready(name)] == []
    client.close()


def test_kafka_has_its_topics(installation: Installation) -> None:
    """A client on this machine finds the broker by its published port, with every topic and its partitions."""
    admin = AdminClient({"bootstrap.servers": f"localhost:{installation.port('KAFKA_PORT')}"})
    found = admin.list_topics(timeout=30).topics
    assert {t.name: len(found[t.name].partitions) for t in ALL} == {t.name: t.partitions for t in ALL}


def test_postgres_asks_for_its_password(installation: Installation) -> None:
    """The database opens with the password of .env and with no other."""

    def answer(password: str) -> object:
        where = {"host": "127.0.0.1", "port": installation.port("POSTGRES_PORT"), "dbname": "passwatch"}
        connection = psycopg2.connect(**where, user=ACCOUNT, password=password, connect_timeout=30)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname NOT LIKE 'pg_%'")
                return cursor.fetchone()
        finally:
            connection.close()

    assert answer(installation.setting("POSTGRES_PASSWORD")) > (0,)  # type: ignore[operator]
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        answer("wrong")


def test_redis_asks_for_its_password(installation: Installation) -> None:
    """The cache answers to the password of .env and to no other."""
    port = installation.port("REDIS_PORT")
    assert redis.Redis(port=port, password=installation.setting("REDIS_PASSWORD"), socket_timeout=30).ping()
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=port, socket_timeout=30).ping()
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=port, password="wrong", socket_timeout=30).ping()
