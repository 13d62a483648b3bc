"""What will be sent: batches with their times and faults, before any of it is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from batch_simulator import fault_sampler
from batch_simulator.batch import Batch
from batch_simulator.errors import UsageError
from batch_simulator.faults import Fault, Kind
from batch_simulator.generate import generate
from batch_simulator.labels import Label
from batch_simulator.sensors import Sensor
from batch_simulator.specs import FaultSpec
from passwatch.contracts import Stream
from passwatch.mission import Mission


@dataclass(frozen=True, slots=True)
class PlannedBatch:
    """One batch to make. ``faults`` are all of its satellite's, since what one leaves behind shows in later batches."""

    satellite_id: str
    start_ms: int
    records: int
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class FaultOptions:
    """Which faults to simulate: those asked for, and the probability of a random one of ``kinds`` in each batch."""

    specs: Sequence[FaultSpec]
    kinds: Sequence[Kind]
    anomaly_rate: float


@dataclass(frozen=True, slots=True)
class Flight:
    """How a mission's satellites are simulated."""

    mission: Mission
    cadence_ms: int
    seed: int
    judged: tuple[str, ...]
    stream: Stream = "realtime"

    def plan(
        self, satellite: str, sensors: Mapping[str, Sensor], start_ms: int, sizes: Sequence[int], options: FaultOptions
    ) -> list[PlannedBatch]:
        """The batches of one satellite, one after the other, of ``sizes`` records.

        Raises:
            UsageError: a fault lies outside its batch.
        """
        faults: list[Fault] = []
        starts = []
        begin = start_ms
        for number, records in enumerate(sizes, start=1):
            starts.append(begin)
            for spec in self._faults_of(satellite, sensors, number, begin, records, options):
                if spec.first + spec.count > records:
                    raise UsageError(
                        f"--faults: {spec.kind}@{spec.first}+{spec.count} ends past the {records} records of "
                        f"batch {number} of {satellite}"
                    )
                faults.append(spec.fault(sensors, begin, self.cadence_ms))
            begin += records * self.cadence_ms
        return [PlannedBatch(satellite, s, n, tuple(faults)) for s, n in zip(starts, sizes, strict=True)]

    def _faults_of(
        self,
        satellite: str,
        sensors: Mapping[str, Sensor],
        number: int,
        start_ms: int,
        records: int,
        options: FaultOptions,
    ) -> Iterator[FaultSpec]:
        yield from (spec for spec in options.specs if spec.concerns(satellite, number))
        if options.anomaly_rate > 0.0:
            probability_and_key = (options.anomaly_rate, fault_sampler.batch_key(self.seed, satellite, start_ms))
            drawn = fault_sampler.sample(sensors, self.judged, options.kinds, records, probability_and_key)
            if drawn is not None:
                yield drawn

    def make(self, planned: PlannedBatch) -> tuple[Batch, list[Label]]:
        """The batch itself, and what is wrong in it."""
        telemetry = generate(
            self.mission,
            planned.satellite_id,
            planned.start_ms,
            planned.records,
            self.cadence_ms / 1000.0,
            self.seed,
            planned.faults,
        )
        batch = Batch(
            mission=self.mission.id,
            satellite_id=planned.satellite_id,
            records=planned.records,
            first_ms=planned.start_ms,
            last_ms=planned.start_ms + (planned.records - 1) * self.cadence_ms,
            indices=telemetry.indices,
            timestamps=telemetry.timestamps,
            channels=telemetry.channels,
            stream=self.stream,
        )
        return batch, telemetry.labels


def check_concerned(specs: Iterable[FaultSpec], satellites: Sequence[str], batches: int) -> None:
    """Refuse faults of what is not sent.

    Raises:
        UsageError: naming the satellite or the batch that is not sent.
    """
    for spec in specs:
        if spec.satellite is not None and spec.satellite not in satellites:
            raise UsageError(f"--faults: {spec.kind} is for {spec.satellite}, of which nothing is sent")
        if spec.batch is not None and not 1 <= spec.batch <= batches:
            raise UsageError(f"--faults: {spec.kind} is for batch {spec.batch}, but batches 1 to {batches} are sent")
