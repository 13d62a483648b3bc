"""What a fit may hold in memory, and what is refused before it is fitted."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worker_support import START_MS, Store, smooth

from analysis_worker.fit import MOST_BYTES, CannotFit, Fitter, needed_bytes
from analysis_worker.models import ServedModels
from passwatch.contracts import CalibrationTask
from passwatch.mission import Mission
from tests.deployment.compose_file import services

TWO_WEEKS = 14 * 2880 * 33
OTHER_PROCESSES = 200 * 2**20
"""What a worker of two processes holds when it fits nothing, measured."""


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 10**7), max_size=5), st.text(max_size=3))
def test_more_telemetry_never_needs_less(counts: dict[str, int], satellite: str) -> None:
    """Whatever satellite a sample is added to, the fit needs more; and most where all are of one satellite."""
    more = Counter(counts) + Counter([satellite])
    assert needed_bytes(more) > needed_bytes(counts)
    assert needed_bytes(counts) <= needed_bytes({"one": sum(counts.values())})


def test_two_weeks_of_a_satellite_can_be_fitted_in_the_container() -> None:
    """What is not refused leaves a fifth of the container's memory free, and the span that a fit takes is not."""
    limit = services()["analysis-worker"]["mem_limit"]
    assert limit.endswith("m")
    assert int(limit[:-1]) * 2**20 >= OTHER_PROCESSES + 1.2 * MOST_BYTES
    assert needed_bytes({"SAT-001": TWO_WEEKS}) < MOST_BYTES


@pytest.mark.engines
def test_more_than_there_is_memory_for_is_refused_before_it_is_fitted(
    store: Store, missions: dict[str, Mission], unique: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stored telemetry that needs a byte more than there is gives the reason, with the samples that were found."""
    store.put("default", unique, smooth([c.metric for c in missions["default"].channels], 100), START_MS)
    monkeypatch.setattr("analysis_worker.fit.MOST_BYTES", needed_bytes({unique: 1199}))
    fitter = Fitter(missions, ServedModels([]), store.client, lambda: 0)
    task = CalibrationTask(
        fit_id="f",
        mission="default",
        satellite_id=unique,
        first_time=START_MS,
        last_time=START_MS + 10**9,
        minimum_samples=1,
        requested_at=0,
    )
    with pytest.raises(CannotFit, match=r"at least 1,200 samples, 1,200 of them of one satellite"):
        fitter.fit(task)
