"""Series that come in pieces before their verdict, from Kafka to the API, on real engines."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select, update

from operation_server.alarms.policy import Policy
from operation_server.consume.results import LOST, ResultStore
from operation_server.db.gate import SchemaGate
from operation_server.db.tables import channel_series, judgement, series_piece, waiting_result
from operation_server.results import staging
from passwatch import headers
from passwatch.contracts import SeriesPiece, SubsystemResult
from passwatch.mission import load_missions
from passwatch.streaming.faults import Reject

pytestmark = pytest.mark.engines

PiecesOf = Callable[[SubsystemResult], list[SeriesPiece]]


@pytest.fixture
def pieces_of(pieces_by_series: dict[tuple[str, str], list[SeriesPiece]]) -> PiecesOf:
    """The pieces of a result's series; there are several."""

    def find(result: SubsystemResult) -> list[SeriesPiece]:
        assert result.series is not None
        found = pieces_by_series[result.judgement_id, result.series.series_id]
        assert len(found) == result.series.pieces > 1
        return found

    return find


@pytest.fixture
def store(module_database: Any, missions_dir: Any) -> ResultStore:
    return ResultStore(
        module_database, SchemaGate(module_database), load_missions(missions_dir), Policy(), patience=timedelta(hours=1)
    )


@pytest.fixture
def written(module_database: Any) -> Any:
    """What is stored of a judgement's series, by channel, once the test asks; nothing may be staged any more."""

    def read(judgement_id: str) -> dict[str, Any]:
        with module_database.connect() as connection:
            for table in (series_piece, waiting_result):
                assert not connection.scalar(select(func.count()).where(table.c.judgement_id == judgement_id)), table
            c = channel_series.c
            return {
                r.channel: r for r in connection.execute(select(channel_series).where(c.judgement_id == judgement_id))
            }

    return read


def write(store: ResultStore, *items: SubsystemResult | SeriesPiece) -> None:
    given = [staging.rows_of(item) if isinstance(item, SeriesPiece) else item for item in items]
    store.handler().write(given)


def stored_whole(found: dict[str, Any], pieces: Sequence[SeriesPiece]) -> bool:
    """Whether exactly the series of these pieces are stored."""
    expected: dict[str, tuple[list[int], list[float | None]]] = {}
    for piece in pieces:
        for one in piece.slices:
            times, scores = expected.setdefault(one.channel, ([], []))
            times += one.timestamps
            scores += one.forecasts["vae_timeseries"]
    return {
        name: (row.times, row.forecasts[row.models.index("vae_timeseries")]) for name, row in found.items()
    } == expected


@pytest.mark.parametrize("seed", range(6))
def test_in_any_order_and_however_often_it_comes_a_verdict_has_its_series_once(
    store: ResultStore, a_pass: Any, pieces_of: PiecesOf, written: Any, seed: int
) -> None:
    """Pieces and results in any order, twice, one message at a time or together: the verdict with its series, once."""
    data = a_pass()
    results = data.results()
    items = [item for result in results for item in (*pieces_of(result), result)] * 2
    chance = random.Random(seed)
    chance.shuffle(items)
    while items:
        together = chance.randint(1, 9)
        write(store, *items[:together])
        items = items[together:]
    for result in results:
        assert stored_whole(written(result.judgement_id), pieces_of(result))


def test_no_verdict_shows_before_its_series_are_whole(
    server: Any, sender: Any, a_pass: Any, pieces_of: PiecesOf
) -> None:
    """A verdict that came before its last piece waits for it, and the satellite's other batches do not."""
    data, other = a_pass(), a_pass(batch_id="other")
    eps, thermal = data.results()
    *early, last = pieces_of(eps)
    sender.pieces(data.satellite_id, *early)
    sender.results(thermal)
    sender.raw_result(msgspec.json.encode(eps), headers.make(SubsystemResult), data.satellite_id)
    sender.results(*other.results())
    server.judged(other.uid)
    waiting = server.json(f"/batches/{data.uid}")
    assert (waiting["status"], waiting["verdict"]) == ("JUDGING", "PENDING")
    sender.pieces(data.satellite_id, last)
    assert server.judged(data.uid)["verdict"] == "NOMINAL"


def test_a_worker_that_was_killed_and_judges_again_leaves_no_mixture(
    store: ResultStore, a_pass: Any, pieces_of: PiecesOf, written: Any
) -> None:
    """Half of one attempt's pieces, then all of another whose forecasts differ: the second's alone are stored."""
    data = a_pass()
    first, again = data.result("eps"), data.result("eps", records=100)
    assert first.judgement_id == again.judgement_id
    assert first.series.series_id != again.series.series_id
    write(store, *pieces_of(first)[:-1])
    write(store, *pieces_of(again), again)
    assert stored_whole(written(again.judgement_id), pieces_of(again))
    write(store, *pieces_of(first), first)
    assert stored_whole(written(again.judgement_id), pieces_of(again))


def test_the_series_of_revisions_stay_apart(store: ResultStore, a_pass: Any, pieces_of: PiecesOf, written: Any) -> None:
    """A later revision's verdict may come first; each has its own forecasts."""
    data = a_pass()
    first, second = data.result("eps"), data.result("eps", revision=2)
    write(store, *pieces_of(second), *pieces_of(first), second, first)
    assert stored_whole(written(first.judgement_id), pieces_of(first))
    assert stored_whole(written(second.judgement_id), pieces_of(second))


def test_what_never_becomes_whole_is_shown_without_and_removed(
    store: ResultStore, a_pass: Any, pieces_of: PiecesOf, written: Any, module_database: Any
) -> None:
    """A verdict whose piece was lost shows after a while, saying so; pieces without a verdict go by age."""
    data = a_pass()
    result, orphan = data.result("eps"), data.result("thermal")
    write(store, *pieces_of(result)[1:], result, *pieces_of(orphan))
    store.release()
    with module_database.begin() as connection:
        assert connection.scalar(select(func.count()).select_from(waiting_result)) == 1
        connection.execute(update(waiting_result).values(staged_at=func.now() - timedelta(hours=2)))
        connection.execute(update(series_piece).values(staged_at=func.now() - timedelta(days=8)))
    store.release()
    assert written(result.judgement_id) == {}
    assert written(orphan.judgement_id) == {}
    with module_database.connect() as connection:
        reasons = dict(connection.execute(select(judgement.c.judgement_id, judgement.c.reason)).all())
    assert reasons[result.judgement_id] == LOST
    assert orphan.judgement_id not in reasons


@pytest.mark.parametrize(
    "wrong",
    [
        {"timestamps": [2, 1]},
        {"timestamps": [1, 1]},
        {"scores": [0.1]},
        {"forecasts": {"m": [1.0, 2.0, 3.0]}},
        {"channel": "a\x00"},
    ],
)
def test_pieces_that_contradict_themselves_are_rejected(
    wrong: dict[str, Any], a_pass: Any, pieces_of: PiecesOf
) -> None:
    """Columns of other lengths, times that do not rise, names that cannot be stored."""
    piece = pieces_of(a_pass().result("eps"))[0]
    good = {"channel": "a", "timestamps": [1, 2], "forecasts": {"m": [1.0, None]}, "scores": [0.1, 0.2]}
    one = msgspec.convert(good | wrong, type(piece.slices[0]))
    with pytest.raises(Reject):
        staging.rows_of(msgspec.structs.replace(piece, slices=[one]))
