"""Which channels of a batch stand out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from operation_server.web.schemas import SeverityName

WORST = 3
_RANK: dict[SeverityName | None, int] = {None: 0, "warning": 1, "critical": 2}


@dataclass(frozen=True, slots=True)
class ChannelScore:
    """A channel's highest score, its threshold, and the worst severity among its events."""

    channel: str
    subsystem: str
    score: float | None
    threshold: float | None
    severity: SeverityName | None

    def _key(self) -> tuple[int, float, str]:
        ratio = self.score / self.threshold if self.score is not None and self.threshold else self.score or 0.0
        return (-_RANK[self.severity], -ratio, self.channel)


def worst_channels(channels: Iterable[ChannelScore]) -> list[dict[str, Any]]:
    """At most three channels that were scored: by severity of their events, then by score against threshold."""
    scored = [c for c in channels if c.score is not None or c.severity is not None]
    return [asdict(c) for c in sorted(scored, key=ChannelScore._key)[:WORST]]


def worst_severity(severities: Iterable[SeverityName]) -> SeverityName | None:
    """The worst of them; None if there is none."""
    return max(severities, key=_RANK.__getitem__, default=None)
