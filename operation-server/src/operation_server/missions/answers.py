"""Missions and models as the API shows them."""

from __future__ import annotations

from operation_server.missions.schemas import MissionConfig, PatternItem, SatelliteConfig, SubsystemConfig
from operation_server.satellites.channels import metric_item
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
