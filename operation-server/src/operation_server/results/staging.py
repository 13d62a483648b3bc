"""Series that came before their verdict, kept until all of their pieces are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import msgspec
import numpy as np
from sqlalchemy import Connection, delete, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert

from operation_server.db import pgcopy
from operation_server.db.tables import judgement, series_piece, waiting_result
from passwatch.contracts import SeriesPiece, SubsystemResult
from passwatch.streaming.faults import UNUSABLE, Reject

LOCK = 7_302_006
NUL = "\x00"
FETCHED_SLICES = 8
COPIED_BYTES = 8 * 1024 * 1024
"""So much is copied at a time: what a process holds does not depend on the size of a judgement."""

Key = tuple[str, str]
"""Judgement and series."""


@dataclass(frozen=True, slots=True)
class PieceRows:
    """The rows of a piece: as they are stored, with arrays of little-endian numbers as bytes."""

    key: Key
    rows: list[dict[str, Any]]


def rows_of(piece: SeriesPiece) -> PieceRows:
    """The rows of a piece.

    Raises:
        Reject: it contradicts itself or cannot be stored.
    """
    if len({one.channel for one in piece.slices}) != len(piece.slices):
        raise Reject(UNUSABLE, "a channel occurs twice")
    rows = []
    for one in piece.slices:
        n = len(one.timestamps)
        for name, values in (*one.forecasts.items(), ("scores", one.scores)):
            if len(values) != n:
                raise Reject(UNUSABLE, f"{one.channel}: {name} has {len(values)} values for {n} timestamps")
        times = np.array(one.timestamps, "<i8")
        if np.any(np.diff(times) <= 0):
            raise Reject(UNUSABLE, f"{one.channel}: timestamps do not rise")
        models = sorted(one.forecasts)
        if any(NUL in name for name in (one.channel, *models)):
            raise Reject(UNUSABLE, "a text holds NUL, which PostgreSQL does not store")
        rows.append(
            {
                "judgement_id": piece.judgement_id,
                "series_id": piece.series_id,
                "channel": one.channel,
                "piece": piece.piece,
                "models": models,
                "times": times.tobytes(),
                "forecasts": np.array([one.forecasts[m] for m in models], "<f8").tobytes(),
                "scores": np.array(one.scores, "<f8").tobytes(),
            }
        )
    return PieceRows((piece.judgement_id, piece.series_id), rows)


def lock(connection: Connection, judgement_ids: Iterable[str]) -> None:
    """Let nobody else stage or complete these judgements until this transaction ends."""
    for judgement_id in sorted(set(judgement_ids)):
        connection.execute(
            text("SELECT pg_advisory_xact_lock(:lock, hashtext(:id))"), {"lock": LOCK, "id": judgement_id}
        )


def judged(connection: Connection, judgement_ids: Iterable[str]) -> set[str]:
    """Those of the judgements whose verdict is stored."""
    wanted = judgement.c.judgement_id.in_(set(judgement_ids))
    return set(connection.scalars(select(judgement.c.judgement_id).where(wanted)))


def put_pieces(connection: Connection, pieces: Sequence[PieceRows]) -> None:
    """Stage pieces; those that are there stay as they are."""
    rows = [row for piece in pieces for row in piece.rows]
    if rows:
        connection.execute(insert(series_piece).on_conflict_do_nothing(), rows)


def put_waiting(connection: Connection, results: Sequence[SubsystemResult]) -> None:
    """Keep results until their series are whole."""
    rows = [
        {
            "judgement_id": result.judgement_id,
            "series_id": result.series.series_id,
            "pieces": result.series.pieces,
            "body": msgspec.json.encode(result).decode(),
        }
        for result in results
        if result.series is not None
    ]
    if rows:
        connection.execute(insert(waiting_result).on_conflict_do_nothing(), rows)


def staged(connection: Connection, keys: Iterable[Key]) -> dict[Key, int]:
    """How many pieces of these series are there."""
    c = series_piece.c
    rows = connection.execute(
        select(c.judgement_id, c.series_id, func.count(c.piece.distinct()))
        .where(tuple_(c.judgement_id, c.series_id).in_(sorted(set(keys))))
        .group_by(c.judgement_id, c.series_id)
    )
    return {(judgement_id, series_id): number for judgement_id, series_id, number in rows}


def waiting(connection: Connection, keys: Iterable[Key]) -> list[SubsystemResult]:
    """The results that wait for these series."""
    c = waiting_result.c
    found = connection.scalars(
        select(c.body).where(tuple_(c.judgement_id, c.series_id).in_(sorted(set(keys)))).order_by(c.staged_at)
    )
    return [msgspec.json.decode(body, type=SubsystemResult) for body in found]


def overdue(connection: Connection, after: timedelta, limit: int) -> list[SubsystemResult]:
    """The results that have waited longer than this, the oldest first."""
    c = waiting_result.c
    old = c.staged_at < func.clock_timestamp() - after
    found = connection.scalars(select(c.body).where(old).order_by(c.staged_at).limit(limit))
    return [msgspec.json.decode(body, type=SubsystemResult) for body in found]


def remove_older(connection: Connection, age: timedelta) -> int:
    """Remove pieces that have waited longer than this for a result that never came; returns how many rows."""
    old = series_piece.c.staged_at < func.clock_timestamp() - age
    return connection.execute(delete(series_piece).where(old)).rowcount


def move(connection: Connection, series: Mapping[str, str | None], today: date) -> None:
    """Make staged series part of their judgements (series by judgement; None: it has none), and forget what else is
    staged of these.

    Raises:
        Reject: the pieces of a channel do not follow one another.
    """
    buffer: list[list[bytes]] = []
    size = 0
    for judgement_id, series_id in sorted(series.items()):
        for row in _joined(connection, judgement_id, series_id, today) if series_id else ():
            buffer.append(row)
            size += sum(map(len, row))
            if size > COPIED_BYTES:
                pgcopy.copy(connection, "channel_series", buffer)
                buffer, size = [], 0
    pgcopy.copy(connection, "channel_series", buffer)
    for table in (series_piece, waiting_result):
        connection.execute(delete(table).where(table.c.judgement_id.in_(list(series))))


def _joined(connection: Connection, judgement_id: str, series_id: str, today: date) -> Iterator[list[bytes]]:
    """A row for each channel, its slices put together; one channel's are in memory at a time."""
    c = series_piece.c
    slices = connection.execute(
        select(c.channel, c.models, c.times, c.forecasts, c.scores)
        .where(c.judgement_id == judgement_id, c.series_id == series_id)
        .order_by(c.channel, c.piece)
        .execution_options(stream_results=True, max_row_buffer=FETCHED_SLICES)
    )
    with closing(slices):
        for channel, rows in groupby(slices, key=lambda row: str(row[0])):
            parts = list(rows)
            models = parts[0][1]
            if any(part[1] != models for part in parts):
                raise Reject(UNUSABLE, f"{channel}: its pieces are of different models")
            times = np.concatenate([np.frombuffer(part[2], "<i8") for part in parts])
            if np.any(np.diff(times) <= 0):
                raise Reject(UNUSABLE, f"{channel}: the times of its pieces do not rise")
            forecasts = [np.frombuffer(part[3], "<f8").reshape(len(models), -1) for part in parts]
            scores = np.concatenate([np.frombuffer(part[4], "<f8") for part in parts])
            yield [
                pgcopy.uid(judgement_id),
                pgcopy.text(channel),
                pgcopy.day(today),
                pgcopy.int8s(times),
                pgcopy.texts(models),
                pgcopy.float8s(np.concatenate(forecasts, axis=1)),
                pgcopy.float8s(scores),
            ]
