"""Whether the service can do its work: a probe per dependency, asked at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass

from operation_server.health.schemas import CheckItem, Readiness
from passwatch.health import Check, Probe, run_probes

PATIENCE_S = 4.0


@dataclass(frozen=True, slots=True)
class Probes:
    """The probes without which the service is not ready, and those without which it is worse off."""

    required: Mapping[str, Probe]
    optional: Mapping[str, Probe]


class ReadinessChecker:
    """Asks all probes at once; one that takes too long counts as not well."""

    def __init__(self, probes: Probes) -> None:
        self._probes = probes
        self._pool = ThreadPoolExecutor(max_workers=16, thread_name_prefix="probe")

    def close(self) -> None:
        """End the threads, without waiting for a probe that hangs."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def readiness(self) -> Readiness:
        """What the probes say now."""
        probes = {**self._probes.required, **self._probes.optional}
        asked = {name: self._pool.submit(run_probes, {name: probe}) for name, probe in probes.items()}
        checks: dict[str, CheckItem] = {}
        for name, answer in asked.items():
            try:
                check = answer.result(timeout=PATIENCE_S)[name]
            except FutureTimeout:
                check = Check(ok=False, detail=f"no answer within {PATIENCE_S:g} s")
            first_line = check.detail.splitlines()[0] if check.detail else ""
            checks[name] = CheckItem(ok=check.ok, required=name in self._probes.required, detail=first_line)
        return Readiness(
            ready=all(c.ok for c in checks.values() if c.required),
            degraded=any(not c.ok for c in checks.values() if not c.required),
            checks=checks,
        )
