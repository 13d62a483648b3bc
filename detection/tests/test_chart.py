"""What of a channel is drawn: no extreme, gap or event gets lost, however long the record is."""

from __future__ import annotations

import json
import re
from itertools import accumulate

import numpy as np
import pytest

from detection.report.chart import POINTS, Chart, Expectation, Shade, draw, drawn_rows, value_range
from detection.types import Floats


def chart(values: Floats, **more: object) -> Chart:
    count = len(values)
    content = {
        "name": "a",
        "unit": "V",
        "summary": "",
        "x": 1000.0 * np.arange(count),
        "values": values,
        "joined": np.arange(count) > 0,
        "scores": np.zeros(count),
        "clock": True,
    }
    return Chart(**(content | more))  # type: ignore[arg-type]


def data(drawn: str) -> dict[str, list[float | None]]:
    found = re.search(r">([{].*)</script>", drawn)
    assert found is not None
    parsed: dict[str, list[float | None]] = json.loads(found[1])
    return parsed | {"x": list(accumulate(step or 0.0 for step in parsed["x"]))}


def test_extremes_and_the_highest_score_are_always_drawn() -> None:
    """Of a hundred thousand samples a single spike, a single dip and a single score are among those drawn."""
    values, scores = np.zeros(100_000), np.zeros(100_000)
    values[31_415], values[62_831], scores[27_182] = 1.0, -1.0, 2.0
    rows = drawn_rows(chart(values, scores=scores))
    assert {0, 31_415, 62_831, 27_182, 99_999} <= set(rows.tolist())
    assert len(rows) <= POINTS + 2


@pytest.mark.parametrize("count", [50, 20_000])
def test_lines_break_at_gaps_and_nowhere_else(count: int) -> None:
    """A row of nothing stands where samples do not continue one another."""
    joined = np.arange(count) > 0
    joined[[count // 3, count // 2]] = False
    drawn = data(draw(chart(np.sin(np.arange(count)), joined=joined), "c0"))
    nothing = [i for i, value in enumerate(drawn["values"]) if value is None]
    assert len(nothing) == 2
    before, after = (drawn["x"][nothing[0] + side] for side in (-1, 1))
    assert (before, after) == (1000 * (count // 3 - 1), 1000 * (count // 3))


def test_what_was_expected_is_drawn_where_it_is_known() -> None:
    """Expectation and band are arrays beside the values, with nothing where nothing was expected."""
    expected = np.array([np.nan, 1.0, 2.0])
    drawn = data(draw(chart(np.zeros(3), expectation=Expectation(expected, expected - 1, expected + 1, "VAE")), "c0"))
    assert (drawn["expected"], drawn["low"], drawn["high"]) == ([None, 1.0, 2.0], [None, 0.0, 1.0], [None, 2.0, 3.0])
    assert "expected" not in data(draw(chart(np.zeros(3)), "c0"))


def test_an_absurd_value_does_not_flatten_the_others() -> None:
    """The range is that of the usual values of the part that is shown first; the absurd one is marked at its border."""
    values = np.sin(np.arange(1000) / 10)
    values[500] = 3.4e38
    low, high = value_range(chart(values))
    assert -15 < low < -1 < 1 < high < 15
    values[:100] = -1e6
    assert value_range(chart(values, shown=(100_000.0, 999_000.0)))[0] > -15


def test_data_cannot_end_its_element() -> None:
    """Names of channels and kinds may hold anything."""
    assert (
        "</script>" not in draw(chart(np.zeros(2), name="</script><b>", shades=[Shade(0, 1, "warning", "")]), "c0")[:-9]
    )
