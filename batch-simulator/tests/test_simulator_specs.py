"""Faults as people name them, and faults that are sampled."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch_simulator import fault_sampler, specs
from batch_simulator.errors import UsageError
from batch_simulator.faults import SENSOR_KINDS, TARGETS, Fault, Kind
from batch_simulator.generate import sensors_of
from batch_simulator.plan import FaultOptions, Flight, check_concerned
from passwatch.mission import Mission


def test_a_fault_is_named_by_kind_target_size_and_place(default_mission: Mission) -> None:
    """Every part of the grammar arrives where it belongs; sizes in sigma are those of the channel's sensor."""
    sensors = sensors_of(default_mission, "SAT-001", 1)
    text = "stuck:battery_temp@300+60, drift:temp_obc=12s@5+120~SAT-002/3,shift:rssi=-4.5@0+1~X,cell_loss@7+9"
    found, kinds = specs.parse(text, sensors)
    assert kinds == []
    stuck, drift, shift, cell = (spec.fault(sensors, 1_000_000, 1_000) for spec in found)
    assert stuck == Fault(Kind.STUCK, "battery_temp", 1_300_000, 1_360_000, 0.0)
    assert drift == Fault(Kind.DRIFT, "temp_obc", 1_005_000, 1_125_000, 12.0 * sensors["temp_obc"].sigma)
    assert shift.size == -4.5
    assert cell == Fault(Kind.CELL_LOSS, "battery", 1_007_000, 1_016_000, 1.0)
    assert [spec.concerns("SAT-002", 3) for spec in found] == [True, True, False, True]
    assert [spec.concerns("SAT-002", 2) for spec in found] == [True, False, False, True]


def test_bare_kinds_restrict_random_faults(default_mission: Mission) -> None:
    """A kind without a place is no fault by itself."""
    found, kinds = specs.parse("drift,spike", sensors_of(default_mission, "SAT-001", 1))
    assert (found, kinds) == ([], [Kind.DRIFT, Kind.SPIKE])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("stuk:battery_temp@1+2", "stuk"),
        ("stuck@1+2", "which channel"),
        ("stuck:nothing@1+2", "nothing"),
        ("stuck:battery_temp@1", "KIND"),
        ("stuck:battery_temp@1+0", "at least one record"),
        ("drift:battery_temp=..@1+2", "not a number"),
        ("cell_loss=3s@1+2", "sigma"),
        ("wheel_friction:wheel_9@1+2", "wheel_9"),
        ("@", "KIND"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_by_name(default_mission: Mission, text: str, told: str) -> None:
    """The message says which item is wrong, and what about it."""
    with pytest.raises(UsageError, match=told):
        specs.parse(text, sensors_of(default_mission, "SAT-001", 1))


@given(st.text(max_size=40))
def test_any_text_is_a_fault_or_refused(text: str) -> None:
    """No argument makes the parser fail in another way than by refusing it."""
    try:
        specs.parse(text, {})
    except UsageError:
        return


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**63), records=st.integers(20, 5_000))
def test_random_faults_lie_within_their_batch(default_mission: Mission, seed: int, records: int) -> None:
    """A drawn fault fits into the batch, affects something that it can affect, and its draw can be repeated."""
    sensors = sensors_of(default_mission, "SAT-001", 1)
    judged, kinds = list(sensors), fault_sampler.kinds_of(list(sensors))
    drawn = fault_sampler.sample(sensors, judged, kinds, records, (1.0, seed))
    assert drawn == fault_sampler.sample(sensors, judged, kinds, records, (1.0, seed))
    assert drawn is not None
    assert drawn.first >= 0
    assert drawn.count >= 1
    assert drawn.first + drawn.count <= records
    assert drawn.target in (judged if drawn.kind in SENSOR_KINDS else TARGETS[drawn.kind])


def test_the_anomaly_rate_is_the_part_of_batches_with_a_fault(default_mission: Mission) -> None:
    """Of many batches about that part has one, and at rate nought none."""
    sensors = sensors_of(default_mission, "SAT-001", 1)
    keys = [fault_sampler.batch_key(3, "SAT-001", start) for start in range(1000)]
    hits = [fault_sampler.sample(sensors, list(sensors), list(Kind), 1_080, (0.3, key)) is not None for key in keys]
    assert 0.25 < sum(hits) / len(hits) < 0.35
    assert fault_sampler.sample(sensors, list(sensors), list(Kind), 1_080, (0.0, keys[0])) is None


def test_only_faults_that_would_show_are_drawn(default_mission: Mission, simple_mission: Mission) -> None:
    """A mission without wheels and radio has no fault of them."""
    assert fault_sampler.kinds_of([c.name for c in default_mission.channels]) == list(Kind)
    missing = set(Kind) - set(fault_sampler.kinds_of([c.name for c in simple_mission.channels]))
    assert missing == {Kind.WHEEL_FRICTION, Kind.TRANSMITTER_FADE}


def test_batches_of_a_plan_follow_each_other(default_mission: Mission) -> None:
    """Each starts one step after the last record of the one before, and all know all faults of their satellite."""
    flight = Flight(default_mission, 30_000, 1, tuple(c.name for c in default_mission.channels))
    sensors = sensors_of(default_mission, "SAT-001", 1)
    found, _ = specs.parse("stuck:rssi@1+2~SAT-001/2", sensors)
    plan = flight.plan("SAT-001", sensors, 1_793_000_000_000, [10, 10, 5], FaultOptions(found, [], 0.0))
    batches = [flight.make(planned)[0] for planned in plan]
    for before, after in pairwise(batches):
        assert after.first_ms == before.last_ms + 30_000
    assert [len(planned.faults) for planned in plan] == [1, 1, 1]
    assert plan[0].faults[0].start_ms == batches[1].first_ms + 30_000
    assert len({batch.batch_id for batch in batches}) == 3


def test_faults_outside_of_what_is_sent_are_refused(default_mission: Mission) -> None:
    """A fault past its batch's end, for a satellite or for a batch that is not sent would silently not happen."""
    flight = Flight(default_mission, 30_000, 1, ())
    sensors = sensors_of(default_mission, "SAT-001", 1)
    late, _ = specs.parse("stuck:rssi@5+6", sensors)
    with pytest.raises(UsageError, match="10 records"):
        flight.plan("SAT-001", sensors, 1_793_000_000_000, [10], FaultOptions(late, [], 0.0))
    for text, told in (("stuck:rssi@5+6~SAT-009", "SAT-009"), ("stuck:rssi@5+6~SAT-001/4", "batch 4")):
        with pytest.raises(UsageError, match=told):
            check_concerned(specs.parse(text, sensors)[0], ["SAT-001"], 2)
