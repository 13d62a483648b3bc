"""Cutting a judgement's series into pieces."""

from __future__ import annotations

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from passwatch.contracts import SeriesPiece
from passwatch.ids import judgement_id
from passwatch.series import ChannelSeries, pieces, reference

JUDGEMENT = judgement_id("b", 1, "eps")


def series(lengths: list[int], models: int = 2, seed: int = 0) -> list[ChannelSeries]:
    rng = np.random.default_rng(seed)
    made = []
    for number, n in enumerate(lengths):
        scores = rng.normal(size=n) * 1e300
        scores[rng.random(n) < 0.1] = np.nan
        forecasts = {f"m{i}": -rng.random(n) * 1e-300 for i in range(models)}
        made.append(ChannelSeries(f"c{number}", 7_258_118_000_000 + np.arange(n), forecasts, scores))
    return made


@given(
    st.lists(st.integers(0, 90), max_size=6),
    st.integers(0, 3),
    st.integers(60, 4_000),
)
def test_pieces_hold_everything_once_in_order_and_keep_to_their_size(
    lengths: list[int], models: int, most: int
) -> None:
    """Put together, the pieces are the series; each fits, numbers of any length included; the reference counts them."""
    given_series = series(lengths, models)
    named = reference(given_series, most)
    if named is None:
        assert not any(lengths)
        return
    cut = [*pieces(JUDGEMENT, named.series_id, given_series, most)]
    assert [piece.piece for piece in cut] == list(range(named.pieces))
    bound = max(most, 14 + 25 * (models + 1))
    for piece in cut:
        numbers = [(s.timestamps, list(s.forecasts.values()), s.scores) for s in piece.slices]
        brackets = sum(2 * (models + 3) + models for _ in numbers) + 2 * len(numbers) + 2
        assert len(msgspec.json.encode(numbers)) <= bound + brackets
    sent = [msgspec.json.decode(msgspec.json.encode(piece), type=SeriesPiece) for piece in cut]
    slices = [one for piece in sent for one in piece.slices]
    for one in given_series:
        parts = [s for s in slices if s.channel == one.channel]
        assert [t for s in parts for t in s.timestamps] == one.times.tolist()
        np.testing.assert_array_equal(np.array([v for s in parts for v in s.scores], float), one.scores)
        for model, values in one.forecasts.items():
            np.testing.assert_array_equal(np.array([v for s in parts for v in s.forecasts[model]], float), values)


def test_the_series_id_follows_from_the_content() -> None:
    """The same again has the same id, anything else another; where nothing was forecast there is none."""
    first = reference(series([10, 20]))
    assert first == reference(series([10, 20]))
    assert first is not None
    for other in (series([10, 20], seed=1), series([20, 10]), series([10, 20], models=1), series([10])):
        named = reference(other)
        assert named is not None
        assert named.series_id != first.series_id
    assert reference([]) is reference(series([0, 0])) is None
