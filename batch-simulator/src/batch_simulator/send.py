"""``send``: simulated telemetry, as fast as Kafka takes it or at the pace of the wall clock."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from batch_simulator import fault_sampler, progress, report, schedule, specs
from batch_simulator.batch import Batch
from batch_simulator.errors import UsageError
from batch_simulator.generate import NotSimulatedError, sensors_of
from batch_simulator.labels import Label
from batch_simulator.plan import FaultOptions, Flight, PlannedBatch, check_concerned
from batch_simulator.report import Sent
from batch_simulator.sensors import Sensor
from batch_simulator.session import Delivery, Output, Session, now_ms, write_labels
from batch_simulator.stream import shortened, stream
from passwatch.contracts import Stream
from passwatch.mission import Mission
from passwatch.signals import StopSignal


@dataclass(frozen=True, slots=True)
class Request:
    """What ``send`` was asked for; None is the mission's own, or not asked for."""

    mission: str
    satellites: int
    satellite_ids: Sequence[str]
    batches: int
    records: int | None
    cadence_s: float | None
    rate: float | None
    duration_s: float | None
    anomaly_rate: float
    faults: str
    seed: int
    start_ms: int | None
    labels_out: Path | None
    stream: Stream


def send(session: Session, output: Output, request: Request, delivery: Delivery) -> bool:
    """Simulate, send, wait and report; whether nothing is missing.

    Raises:
        CommandError: it cannot be done; nothing was sent unless Kafka was lost on the way.
    """
    session.check_wait(delivery)
    mission = session.mission(request.mission)
    _check_simulated(mission)
    satellites = list(request.satellite_ids) or schedule.satellites(mission, request.satellites)
    schedule.check_satellites(mission, satellites)
    flight = Flight(mission, _cadence_ms(request, mission), request.seed, _judged(mission), request.stream)
    sizes = _sizes(request, mission)
    sensors = {satellite: sensors_of(mission, satellite, request.seed) for satellite in satellites}
    options = _fault_options(request, next(iter(sensors.values())))
    check_concerned(options.specs, satellites, len(sizes))
    starts = _starts(session, request, flight, satellites, sizes)
    plans = [flight.plan(s, sensors[s], starts[s], sizes, options) for s in satellites]

    if request.rate is None:
        whole = (flight.make(planned) for plan in plans for planned in plan)
        done = session.deliver(whole, len(satellites) * len(sizes), delivery)
    else:
        done = _stream(session, output, flight, plans, request.rate, delivery)
    if request.labels_out is not None:
        write_labels(request.labels_out, mission.id, done, seed=request.seed, cadence_s=flight.cadence_ms / 1000)
    return session.finish(done, delivery)


def _cadence_ms(request: Request, mission: Mission) -> int:
    cadence_ms = mission.cadence_ms if request.cadence_s is None else round(request.cadence_s * 1000)
    if cadence_ms < 1:
        raise UsageError("--cadence: at least 0.001 s")
    return cadence_ms


def _judged(mission: Mission) -> tuple[str, ...]:
    return tuple(c.name for c in mission.channels if c.role == "judged")


def _sizes(request: Request, mission: Mission) -> list[int]:
    """Records of each batch of a satellite; a stream of a given duration may end with a shorter one."""
    records = request.records or mission.content.batch_records
    if request.duration_s is None:
        return [records] * request.batches
    if request.rate is None:
        raise UsageError("--duration is for a stream: give --rate too")
    total = math.floor(request.rate * request.duration_s)
    if total < 1:
        raise UsageError(f"--rate {request.rate:g} for --duration {request.duration_s:g} s is less than one record")
    whole, rest = divmod(total, records)
    return [records] * whole + ([rest] if rest else [])


def _check_simulated(mission: Mission) -> None:
    try:
        sensors_of(mission, "", 0)
    except NotSimulatedError as error:
        raise UsageError(f"{error}; recorded telemetry is replayed") from error


def _fault_options(request: Request, sensors: dict[str, Sensor]) -> FaultOptions:
    explicit, kinds = specs.parse(request.faults, sensors)
    if kinds and request.anomaly_rate <= 0.0:
        raise UsageError(
            f"--faults {','.join(kinds)}: kinds without a place are for random faults: give --anomaly-rate too"
        )
    possible = fault_sampler.kinds_of(list(sensors))
    unseen = [kind for kind in kinds if kind not in possible]
    if unseen:
        raise UsageError(f"--faults {unseen[0]}: no channel of mission {request.mission} would show it")
    return FaultOptions(explicit, kinds or possible, request.anomaly_rate)


def _starts(
    session: Session, request: Request, flight: Flight, satellites: Sequence[str], sizes: Sequence[int]
) -> dict[str, int]:
    """When each satellite's first batch starts: such that the last one ends before it leaves."""
    now = now_ms()
    span = (sum(sizes) - 1) * flight.cadence_ms
    if request.start_ms is not None:
        starts = dict.fromkeys(satellites, request.start_ms)
    else:
        newest = session.newest_samples(flight.mission.id, satellites)
        starts = {
            s: schedule.start_after(newest.get(s), now, flight.cadence_ms, span, schedule.FIRST_CONTACT_MS)
            for s in satellites
        }
    streaming = 0 if request.rate is None else round(sum(sizes) / request.rate * 1000)
    for satellite, start in starts.items():
        schedule.check_past(
            satellite,
            start,
            span,
            now + streaming,
            remedy="Send fewer --batches or --records, or name an earlier --start.",
        )
    return starts


def _stream(
    session: Session, output: Output, flight: Flight, plans: list[list[PlannedBatch]], rate: float, delivery: Delivery
) -> list[Sent]:
    stop = StopSignal()
    stop.install()
    publisher = session.publisher()
    done: dict[str, Sent] = {}
    labels: dict[str, list[Label]] = {}

    def rounds() -> Iterator[list[Batch]]:
        for row in zip(*plans, strict=True):
            made = [flight.make(planned) for planned in row]
            labels.update((batch.uid, found) for batch, found in made)
            yield [batch for batch, _ in made]

    total = sum(planned.records for planned in plans[0])
    earlier = [0]
    with progress.bar(output.err, "streaming records", total) as bar:

        def account(batches: Sequence[Batch], records: int) -> None:
            for batch in batches:
                done[batch.uid] = report.sent(shortened(batch, records), labels[batch.uid])
            bar.to(earlier[0] + records)
            if records == batches[0].records:
                earlier[0] += records

        stream(publisher, rounds(), rate, delivery.chunk_records, stop, account)
        publisher.flush()
    return list(done.values())
