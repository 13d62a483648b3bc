"""Missions and models as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from operation_server.schemas.config import MissionConfig, ModelItem, PatternItem, SatelliteConfig, SubsystemConfig
from operation_server.serving import ServedModel
from operation_server.trends.subject import metric_item
from passwatch.mission import Mission


def mission_config(mission: Mission, heard: set[str]) -> MissionConfig:
    """A mission with the satellites that it lists or that were heard."""
    names = {s.id: s.name for s in mission.content.satellites}
    return MissionConfig(
        id=mission.id,
        name=mission.content.name,
        description=mission.content.description,
        revision=mission.revision,
        cadence_s=mission.content.cadence_s,
        batch_records=mission.content.batch_records,
        satellite_pattern=mission.content.satellite_pattern,
        satellites=[
            SatelliteConfig(satellite_id=s, mission=mission.id, name=names.get(s), listed=s in names, heard=s in heard)
            for s in [*names, *sorted(heard - names.keys())]
        ],
    )


def subsystem_configs(mission: Mission) -> list[SubsystemConfig]:
    """The subsystems of a mission, those without judged channels included, in the file's order."""
    patterns = mission.content.channel_patterns
    names = dict.fromkeys([*(c.subsystem for c in mission.channels), *(p.subsystem for p in patterns)])
    return [
        SubsystemConfig(
            mission=mission.id,
            subsystem=name,
            channels=[metric_item(c) for c in mission.channels if c.subsystem == name],
            channel_patterns=[
                PatternItem(pattern=p.pattern, unit=p.unit, description=p.description, role=p.role)
                for p in patterns
                if p.subsystem == name
            ],
        )
        for name in names
    ]


def model_items(served: Sequence[ServedModel], used: Sequence[tuple[str, str, datetime]]) -> list[ModelItem]:
    """The models that are served, and those that verdicts tell of, by name."""
    by_name = {m.name: m for m in served}
    items = []
    for name in sorted(by_name.keys() | {name for name, _, _ in used}):
        model = by_name.get(name)
        uses = [(version, last) for n, version, last in used if n == name]
        items.append(
            ModelItem(
                name=name,
                state=model.state if model else None,
                versions=model.versions if model else [],
                platform=model.platform if model else None,
                inputs=model.inputs if model else [],
                outputs=model.outputs if model else [],
                used_versions=[version for version, _ in uses],
                last_used=max((last for _, last in uses), default=None),
            )
        )
    return items
