"""PostgreSQL and Elasticsearch, both real: the same documents, the same questions, the same answers."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, update

from operation_server.db.tables import search_change, search_document
from operation_server.search import documents, postgres
from operation_server.search.elastic import ElasticClient
from operation_server.search.follow import begin, catch_up, indexing
from operation_server.search.index import SearchQuery
from operation_server.search.rebuild import rebuild
from operation_server.search.schemas import SearchHit
from operation_server.web.paging import Position
from passwatch_native.stack import Stack, free_port_base

pytestmark = pytest.mark.engines

T0 = datetime(2026, 1, 2, tzinfo=UTC)
VOCABULARY = [
    *("battery_temp", "SAT-001", "SAT-002", "41.2", "-5.5", "drifts", "slowly", "slow", "ANOMALY", "Anomaly:", "or"),
    *("gyro_x", "solar_panel_1_voltage", "solar", "panel", "Größe", "GRÖSSE", "naïve", "и", "衛星", "x" * 300, "°C"),
    *("the", "of", "not", "running", "run", "runs", "it's", '"quoted"', "a/b", "a:b", "AND", "😀"),
]
SATELLITES, CHANNELS, SUBSYSTEMS = ["SAT-001", "SAT-002"], ["battery_temp", "gyro_x", None], ["eps", "aocs", None]


@pytest.fixture(scope="module")
def elastic_stack() -> Iterator[Stack]:
    """A stack of Elasticsearch alone."""
    with tempfile.TemporaryDirectory(prefix="pw-") as folder:
        Path(folder).chmod(0o711)  # its own account passes through
        stack = Stack(Path(folder) / "stack", free_port_base())
        try:
            stack.up("search")
            yield stack
        finally:
            stack.clean()


@pytest.fixture(scope="module")
def elastic_url(elastic_stack: Stack) -> str:
    """Where it answers."""
    return elastic_stack.env["PASSWATCH_ELASTICSEARCH_URL"]


def a_document(random: Random) -> dict[str, Any]:
    """A document of random words; times repeat, and differ by microseconds."""
    return {
        "id": str(uuid.UUID(int=random.getrandbits(128))),
        "kind": random.choice(["event", "verdict", "batch"]),
        "judgement_id": None,
        "batch_uid": str(uuid.UUID(int=random.getrandbits(128))),
        "batch_id": random.choice(["pass-0421", "bad:1", "x"]),
        "job_id": None,
        "satellite_id": random.choice(SATELLITES),
        "mission": random.choice(["default", "simple"]),
        "subsystem": random.choice(SUBSYSTEMS),
        "revision": random.randint(0, 3),
        "channel": random.choice(CHANNELS),
        "verdict": random.choice(["NOMINAL", "ANOMALY", "PENDING"]),
        "severity": random.choice(["warning", "critical", None]),
        "at": T0 + timedelta(microseconds=random.randint(0, 40), milliseconds=random.randint(0, 3)),
        "body": " ".join(random.choices(VOCABULARY, k=random.choice([3, 8, 400]))),
    }


@pytest.fixture(scope="module")
def corpus(module_database: Engine, elastic_url: str) -> tuple[Engine, ElasticClient, str]:
    """Four hundred documents in both engines, some of them not to be shown."""
    random = Random(5)
    client = ElasticClient(elastic_url)
    d = search_document.c
    with module_database.begin() as connection:
        given_ones = [a_document(random) for _ in range(400)]
        documents.put(connection, given_ones)
        for shown in (True, False):
            ids = [g["id"] for g in given_ones if (int(g["id"][0], 16) < 13) is shown]
            values = {"shown": shown, "change": search_change.next_value()}
            connection.execute(update(search_document).where(d.id.in_(ids)).values(values))
    with indexing(module_database) as connection:
        assert connection is not None
        name = begin(connection, client).name
        state = catch_up(connection, client, lambda: True)
    assert state.complete
    assert name is not None
    return module_database, client, name


word = st.sampled_from([*VOCABULARY, "temp", "001", "Solar panel", "zz"])
texts = st.lists(
    st.one_of(
        word, word.map(lambda w: "-" + w), st.tuples(word, word).map(lambda p: f'"{p[0]} {p[1]}"'), st.text(max_size=6)
    ),
    max_size=4,
).map(lambda parts: " ".join(parts)[:200])
moments = st.integers(-10, 4_000).map(lambda us: T0 + timedelta(microseconds=us))
questions = st.builds(
    SearchQuery,
    text=st.none() | texts,
    kind=st.sampled_from([None, None, "event", "batch"]),
    satellite_id=st.sampled_from([None, None, "SAT-001", "sat-001"]),
    mission=st.sampled_from([None, None, "default"]),
    subsystem=st.sampled_from([None, None, "eps"]),
    channel=st.sampled_from([None, None, "battery_temp", "battery"]),
    verdict=st.sampled_from([None, None, "ANOMALY"]),
    severity=st.sampled_from([None, None, "critical"]),
    start=st.none() | moments,
    end=st.none() | moments,
)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=questions, limit=st.integers(1, 60), starts_with_postgresql=st.booleans())
def test_both_engines_give_the_same_answers(
    corpus: tuple[Engine, ElasticClient, str], query: SearchQuery, limit: int, *, starts_with_postgresql: bool
) -> None:
    """Any question has the same hits in the same order, and pages may be asked of one engine and the other in turn."""
    database, client, index = corpus
    with database.connect() as connection:
        whole = postgres.find(connection, query, None, 1_000)
        assert client.find(index, query, None, 1_000) == whole
        paged: list[SearchHit] = []
        by_postgresql = starts_with_postgresql
        while True:
            position = Position(paged[-1].time, paged[-1].id) if paged else None
            if by_postgresql:
                page = postgres.find(connection, query, position, limit)
            else:
                page = client.find(index, query, position, limit)
            paged += page
            by_postgresql = not by_postgresql
            if len(page) < limit or len(paged) > 4 * limit:
                break
    assert paged == whole[: len(paged)]


def test_what_was_written_is_found_by_its_own_words(corpus: tuple[Engine, ElasticClient, str]) -> None:
    """Each document that is shown is found by its first words as a phrase, in both engines; no other one is."""
    database, client, index = corpus
    everything = client.find(index, SearchQuery(), None, 1_000)
    with database.connect() as connection:
        shown = connection.execute(select(func.count()).where(search_document.c.shown)).scalar_one()
        assert len(everything) == shown > 300
        for hit in everything[:40]:
            query = SearchQuery(text=f'"{hit.satellite_id} {hit.batch_id} {hit.mission}"', kind=hit.kind)
            found = client.find(index, query, None, 1_000)
            assert hit in found
            assert found == postgres.find(connection, query, None, 1_000)


def test_indexing_again_and_coming_late_change_nothing(corpus: tuple[Engine, ElasticClient, str]) -> None:
    """A portion that is sent twice, or after a newer state of the same document, leaves the newer state."""
    database, client, index = corpus
    before = client.find(index, SearchQuery(), None, 1_000)
    with database.connect() as connection:
        rows = documents.changed(connection, 0, 1_000)
    client.put(index, rows[:100])
    late = [{**row, "change": 0, "body": "late", "words": ["late"]} for row in rows[:50]]
    client.put(index, late)
    assert client.find(index, SearchQuery(), None, 1_000) == before


def test_a_rebuilt_index_is_the_same(corpus: tuple[Engine, ElasticClient, str], elastic_url: str) -> None:
    """Rebuilding makes a new index with the same answers, tells of its progress, and removes the former one."""
    database, _, _ = corpus
    client = ElasticClient(elastic_url)
    with database.connect() as connection:
        former = documents.index_state(connection).name
    assert former is not None
    told: list[int] = []
    state = rebuild(database, client, lambda s: told.append(s.position))
    assert state.complete
    assert state.name not in (None, former)
    assert told == sorted(told)
    assert told[-1] == state.newest
    assert not client.exists(former)
    with database.connect() as connection:
        assert client.find(str(state.name), SearchQuery(), None, 1_000) == postgres.find(
            connection, SearchQuery(), None, 1_000
        )
        begin(connection, client)  # the other tests' index is gone
        catch_up(connection, client, lambda: True)


QUERIES: list[dict[str, Any]] = [
    {},
    {"q": "battery"},
    {"q": '"drifts slowly"'},
    {"q": "temp -battery", "kind": "event"},
    {"q": "bad-1 or good-1", "kind": "batch"},
    {"severity": "critical"},
    {"kind": "verdict", "verdict": "NOMINAL"},
]


def test_a_server_answers_from_elasticsearch_and_without_it(
    own_corner: Any, run_server: Any, elastic_stack: Stack, elastic_url: str, a_pass: Any, eventually: Any
) -> None:
    """The answers are the same with Elasticsearch, while it is down, and when it has caught up; readiness tells."""
    bad, good = a_pass(batch_id="bad-1"), a_pass(batch_id="good-1", start_ms=a_pass().end_ms + 30_000)

    def send(revision: int, *explanations: str) -> None:
        events = [bad.event("temp_obc", 30 + i, 31 + i, "warning", explanation=e) for i, e in enumerate(explanations)]
        own_corner.sender.results(*bad.results(events=[bad.event("battery_temp", 10, 20), *events], revision=revision))

    with ExitStack() as stack:
        plain = stack.enter_context(run_server(own_corner.env))
        servers = [stack.enter_context(run_server(own_corner.env, elasticsearch_url=elastic_url)) for _ in range(2)]

        def answers(server: Any) -> list[Any]:
            return [server.json("/search/results", satellite_id=bad.satellite_id, **query) for query in QUERIES]

        def engines(server: Any) -> set[str]:
            return {answer["engine"] for answer in answers(server)}

        def same() -> None:
            wanted = answers(plain)
            assert {answer["engine"] for answer in wanted} == {"postgresql"}
            assert all(len(answer["items"]) > 0 for answer in wanted)
            for server in servers:
                assert [a["items"] for a in answers(server)] == [a["items"] for a in wanted]

        send(1, "temp_obc drifts slowly upward")
        own_corner.sender.results(*good.results())
        plain.judged(bad.uid)
        plain.judged(good.uid)
        for server in servers:
            eventually(lambda s=server: engines(s) == {"elasticsearch"}, "Elasticsearch's answers", 60)
        assert servers[0].json("/config/system")["search_engine"] == "elasticsearch"
        same()
        send(2, "temp_obc drifts slowly downward", "temp_obc drifts slowly again")
        plain.judged(bad.uid, 2)
        same()
        for server in servers:
            eventually(lambda s=server: engines(s) == {"elasticsearch"}, "Elasticsearch's answers", 60)

        elastic_stack.kill("elasticsearch")
        elastic_stack.stop("elasticsearch")
        same()
        send(3, "temp_obc drifts slowly to and fro")
        plain.judged(bad.uid, 3)
        same()
        check = eventually(lambda: _unwell(servers[0]), "readiness that tells of it", 30)
        assert "does not answer" in check["checks"]["search"]["detail"]
        assert (check["ready"], check["degraded"]) == (True, True)
        assert engines(servers[0]) == {"postgresql"}

        elastic_stack.start("elasticsearch")
        elastic_stack.wait_ready(["elasticsearch"])
        for server in servers:
            eventually(lambda s=server: engines(s) == {"elasticsearch"}, "Elasticsearch's answers", 60)
        same()

        client = ElasticClient(elastic_url)
        with own_corner.database.connect() as connection:
            lost = documents.index_state(connection).name
        client.drop(str(lost))
        same()
        for server in servers:
            eventually(lambda s=server: engines(s) == {"elasticsearch"}, "a new index", 60)
        same()
        assert not client.exists(str(lost))
        eventually(lambda: not servers[0].client.get("/health/ready").json()["degraded"], "readiness", 30)


def _unwell(server: Any) -> Any:
    body = server.client.get("/health/ready").json()
    return not body["checks"]["search"]["ok"] and body


def test_an_elasticsearch_that_never_was_is_nothing_to_complain_of(start_server: Any, eventually: Any) -> None:
    """With an address where nothing answers, PostgreSQL searches, and the server is well."""
    server = start_server(elasticsearch_url="http://elastic:hidden-word@127.0.0.1:9")
    body = eventually(lambda: (b := server.client.get("/health/ready").json())["ready"] and b, "readiness")
    assert body["checks"]["search"]["ok"]
    assert "not in use" in body["checks"]["search"]["detail"]
    assert "hidden-word" not in str(body)
    assert server.json("/search/results", q="x")["engine"] == "postgresql"


def _reindex(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "operation_server", "reindex"]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603


def test_the_command_rebuilds_or_says_why_not(own_corner: Any, elastic_url: str) -> None:
    """`reindex` ends with 0 and a complete index; with 69 if no Elasticsearch is set, 75 if it does not answer."""
    env = {"PATH": "/usr/bin:/bin", "PASSWATCH_POSTGRES_DSN": own_corner.env["postgres_dsn"]}
    done = _reindex(env | {"PASSWATCH_ELASTICSEARCH_URL": elastic_url})
    assert (done.returncode, done.stderr) == (0, "")
    with own_corner.database.connect() as connection:
        state = documents.index_state(connection)
    assert state.complete
    assert str(state.name) in done.stdout
    assert ElasticClient(elastic_url).exists(str(state.name))
    missing = _reindex(env)
    assert missing.returncode == 69
    assert "PASSWATCH_ELASTICSEARCH_URL" in missing.stderr
    down = _reindex(env | {"PASSWATCH_ELASTICSEARCH_URL": "http://elastic:hidden-word@127.0.0.1:9"})
    assert down.returncode == 75
    assert "127.0.0.1:9 does not answer" in down.stderr
    assert "hidden-word" not in down.stderr
