"""On-demand judgements: accepted once per key, handed to the queue, never a batch's own verdict."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from kombu.connection import Connection

from operation_server.times import from_ms
from operation_server.web.schemas import iso
from passwatch.contracts import JudgeTask
from passwatch.tasks import queue_name, task_queue

pytestmark = pytest.mark.engines


def tasks(rabbitmq_url: str, prefix: str, count: int, eventually: Any) -> list[JudgeTask]:
    """The next tasks of the queue, as a worker would get them."""
    found: list[JudgeTask] = []
    with Connection(rabbitmq_url) as connection:
        channel = connection.channel()
        task_queue(prefix)(channel).declare()

        def take() -> bool:
            message = channel.basic_get(queue_name(prefix), no_ack=True)
            if message is not None:
                args = msgspec.json.decode(message.body)[0]
                found.append(msgspec.convert(args[0], JudgeTask))
            return len(found) == count

        eventually(take, f"{count} tasks")
        assert channel.basic_get(queue_name(prefix)) is None
    return found


def submit(server: Any, body: dict[str, Any], key: str | None = None) -> Any:
    """Submit a job."""
    return server.client.post(
        "/api/v1/inference/submit", json=body, headers={"Idempotency-Key": key} if key is not None else {}
    )


@pytest.fixture
def judged_pass(server: Any, sender: Any, a_pass: Any, store_samples: Any) -> Any:
    """A batch with samples and a verdict."""
    data = a_pass()
    store_samples(data, "battery_temp", [20.0] * 120)
    sender.results(*data.results())
    server.judged(data.uid)
    return data


def test_a_job_goes_to_the_queue_and_its_result_comes_back(
    server: Any, sender: Any, judged_pass: Any, server_env: dict[str, Any], eventually: Any
) -> None:
    """A job has judgement ids of its own; its result is shown as its own and leaves the batch as it was."""
    data = judged_pass
    before = server.json(f"/batches/{data.uid}")
    answer = submit(server, {"batch_uid": data.uid, "subsystems": ["eps", "thermal"]})
    assert answer.status_code == 202
    job = answer.json()
    assert answer.headers["Location"] == job["result_url"] == f"/api/v1/inference/result/{job['job_id']}"
    assert (job["status"], job["verdict"], job["batch_uid"]) == ("QUEUED", "PENDING", data.uid)
    sent = tasks(server_env["rabbitmq_url"], server_env["topic_prefix"], 2, eventually)
    assert [t.subsystem for t in sent] == ["eps", "thermal"]
    assert {t.job_id for t in sent} == {job["job_id"]}
    assert sent[0].ranges == data.ranges()
    assert (sent[0].revision, sent[0].completeness.rule) == (1, "on_demand")
    event = data.event("battery_temp", 10, 12)
    for task in sent:
        sender.results(
            data.result(
                task.subsystem,
                judgement_id=task.judgement_id,
                job_id=task.job_id,
                events=[event] if task.subsystem == "eps" else [],
            )
        )
    done = eventually(
        lambda: (j := server.json(f"/inference/result/{job['job_id']}"))["status"] == "DONE" and j, "the result"
    )
    assert (done["verdict"], [e["job_id"] for e in done["events"]]) == ("ANOMALY", [job["job_id"]])
    assert [c["channel"] for c in done["channels"]] == ["battery_soc", "battery_temp", "temp_obc"]
    assert done["series"] is None
    with_series = server.json(f"/inference/result/{job['job_id']}", series=True)
    assert len(with_series["series"]["battery_temp"]["forecasts"]["vae_timeseries"]["t"]) == 100
    assert server.json(f"/batches/{data.uid}") == before
    assert server.json("/dashboard/anomalies", satellite_id=data.satellite_id)["items"] == []
    assert [j["job_id"] for j in server.json("/query/jobs", satellite_id=data.satellite_id)["items"]] == [job["job_id"]]
    stats = server.json("/query/stats")
    assert stats["jobs"]["DONE"] >= 1
    assert stats["duration_s"]["count"] == stats["jobs"]["DONE"]
    hits = server.json("/search/results", q=f"{data.satellite_id} battery temp", kind="event")["items"]
    assert [h["job_id"] for h in hits] == [job["job_id"]]


def test_a_free_span_is_judged_on_what_is_stored(
    server: Any, judged_pass: Any, server_env: dict[str, Any], eventually: Any
) -> None:
    """A job on a span names the records that are stored in it, whatever batches they came in."""
    data = judged_pass
    body = {
        "satellite_id": data.satellite_id,
        "from": iso(from_ms(data.start_ms + 10 * 30_000)),
        "to": data.start_ms + 500 * 30_000,
        "model": "vae_timeseries",
        "subsystems": ["eps"],
    }
    assert submit(server, body).status_code == 202
    task = tasks(server_env["rabbitmq_url"], server_env["topic_prefix"], 1, eventually)[0]
    assert [(r.count, r.first_time, r.last_time) for r in task.ranges] == [
        (110, data.start_ms + 10 * 30_000, data.end_ms)
    ]
    assert (task.model, task.marker_time, task.completeness.expected) == ("vae_timeseries", None, None)


def test_a_key_gives_one_job(server: Any, judged_pass: Any, server_env: dict[str, Any], eventually: Any) -> None:
    """The same key with the same request is the same job; with another request it is refused, and nothing is done."""
    body = {"batch_uid": judged_pass.uid, "subsystems": ["eps"]}
    first, again = submit(server, body, "key-1"), submit(server, dict(reversed(body.items())), "key-1")
    assert first.status_code == again.status_code == 202
    assert first.json()["job_id"] == again.json()["job_id"]
    other = submit(server, {"batch_uid": judged_pass.uid}, "key-1")
    assert other.status_code == 422
    assert other.json()["errors"][0]["field"] == "header.idempotency-key"
    assert submit(server, body, "key-2").json()["job_id"] != first.json()["job_id"]
    assert len(tasks(server_env["rabbitmq_url"], server_env["topic_prefix"], 2, eventually)) == 2


@pytest.mark.usefixtures("own_corner")
def test_a_job_waits_while_the_queue_is_down(
    start_server: Any, sender: Any, a_pass: Any, server_env: dict[str, Any], eventually: Any
) -> None:
    """Without RabbitMQ a job is accepted, kept and said to wait; a server that reaches the queue sends it."""
    cut_off = start_server(rabbitmq_url="amqp://127.0.0.1:1//")
    data = a_pass()
    sender.results(*data.results())
    cut_off.judged(data.uid)
    assert submit(cut_off, {"batch_uid": data.uid, "subsystems": ["eps"]}).status_code == 202
    eventually(lambda: not cut_off.client.get("/health/ready").json()["checks"]["jobs"]["ok"], "the complaint")
    assert cut_off.json("/query/stats")["unsent"] == 1
    cut_off.stop()
    start_server()
    assert len(tasks(server_env["rabbitmq_url"], server_env["topic_prefix"], 1, eventually)) == 1


@pytest.mark.usefixtures("own_corner")
def test_too_many_open_jobs_are_refused(start_server: Any, sender: Any, a_pass: Any) -> None:
    """Beyond the limit of open jobs the answer is 429 with Retry-After."""
    server = start_server(job_max_open=1)
    data = a_pass()
    sender.results(*data.results())
    server.judged(data.uid)
    assert submit(server, {"batch_uid": data.uid}).status_code == 202
    answer = submit(server, {"batch_uid": data.uid})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"satellite_id": "S", "from": "2026-01-01T00:00:00Z"}, "body"),
        ({"satellite_id": "S", "from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "body"),
        ({"satellite_id": "S", "from": "2026-01-01", "to": "2026-01-02T00:00:00Z"}, "body.from"),
        ({"satellite_id": "S", "from": True, "to": "2026-01-02T00:00:00Z"}, "body.from"),
        ({"satellite_id": "S", "from": "2026-01-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, "body.from"),
        ({"batch_uid": "x", "satellite_id": "S"}, "body"),
        ({"batch_uid": "x", "nonsense": 1}, "body.nonsense"),
        ({"batch_uid": "x", "subsystems": []}, "body.subsystems"),
    ],
)
def test_requests_that_make_no_sense_name_the_field(server: Any, body: dict[str, Any], field: str) -> None:
    """Each thing wrong with a request is told with its field."""
    answer = submit(server, body)
    assert answer.status_code == 422
    assert field in [e["field"] for e in answer.json()["errors"]]
