"""Identifiers that are the same wherever and however often they are computed (uuid5)."""

from __future__ import annotations

from uuid import UUID, uuid5

NAMESPACE = UUID("6f6a7e0c-4d2b-5c1e-9a53-8b1f3f0d7a11")


def batch_uid(mission: str, satellite_id: str, batch_id: str, stream: str = "realtime") -> str:
    """The public id of a batch: unique across missions, satellites and streams, safe in a URL."""
    return str(uuid5(NAMESPACE, f"batch/{mission}/{satellite_id}/{stream}/{batch_id}"))


def judgement_id(batch_uid: str, revision: int, subsystem: str) -> str:
    """The id of the judgement of one subsystem of one revision of a batch."""
    return str(uuid5(NAMESPACE, f"judgement/{batch_uid}/{revision}/{subsystem}"))


def job_judgement_id(job_id: str, subsystem: str) -> str:
    """The id of the judgement of one subsystem within an on-demand job."""
    return str(uuid5(NAMESPACE, f"job/{job_id}/{subsystem}"))


def limit_finding_id(mission: str, satellite_id: str, stream: str, channel: str, rule: str, start: int) -> str:
    """The id of a violation of a channel's limits that began at ``start``."""
    return str(uuid5(NAMESPACE, f"limit/{mission}/{satellite_id}/{stream}/{channel}/{rule}/{start}"))


def incident_id(finding_id: str) -> str:
    """The id of the incident that began with this finding."""
    return str(uuid5(NAMESPACE, f"incident/{finding_id}"))


def event_id(judgement_id: str, channel: str, detector: str, start: int) -> str:
    """The id of an anomaly event within its judgement."""
    return str(uuid5(NAMESPACE, f"event/{judgement_id}/{channel}/{detector}/{start}"))
