"""The tables of incidents, as SQLAlchemy knows them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from operation_server.db.tables import metadata

NOW = text("clock_timestamp()")


def _time(name: str, *, needed: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=not needed)


incident = Table(
    "incident",
    metadata,
    Column("incident_id", UUID(as_uuid=False), primary_key=True),
    Column("mission", Text, nullable=False),
    Column("satellite_id", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("version", Integer, nullable=False, comment="rises with every change; an act names the one it has seen"),
    _time("onset", needed=True),
    _time("end_time", needed=True),
    Column("ongoing", Boolean, nullable=False),
    Column("channel", Text, comment="the likely cause; none for the whole satellite"),
    Column("subsystem", Text),
    Column("kind", Text, nullable=False),
    Column("severity", Text, nullable=False, comment="the worst of its findings"),
    Column("score", Double, nullable=False),
    Column("findings", Integer, nullable=False),
    Column("channels", JSONB, nullable=False),
    Column("explanation", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("alarm_severity", Text, nullable=False, comment="the worst since the alarm was raised last"),
    Column("active", Boolean, nullable=False),
    _time("active_since", needed=True),
    _time("raised_at"),
    Column("raised", Integer, nullable=False),
    _time("acknowledged_at"),
    Column("acknowledged_by", Text),
    _time("shelved_until"),
    Column("suppressed", Boolean, nullable=False),
    Column("out_of_service", Boolean, nullable=False),
    Column("label", Text),
    Column("merged_into", UUID(as_uuid=False), ForeignKey("operation.incident.incident_id")),
    Column("opened_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Index("incident_opened", text("opened_at DESC"), text("incident_id DESC")),
    Index("incident_satellite", "satellite_id", text("opened_at DESC"), text("incident_id DESC")),
    Index(
        "incident_standing",
        text("opened_at DESC"),
        text("incident_id DESC"),
        postgresql_where=text("state NOT IN ('cleared', 'logged')"),
    ),
)

finding = Table(
    "finding",
    metadata,
    Column("finding_id", UUID(as_uuid=False), primary_key=True),
    Column("incident_id", UUID(as_uuid=False), ForeignKey(incident.c.incident_id, ondelete="CASCADE"), nullable=False),
    Column("mission", Text, nullable=False),
    Column("satellite_id", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("subsystem", Text),
    Column("channel", Text),
    _time("start_time", needed=True),
    _time("end_time", needed=True),
    Column("severity", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("score", Double, nullable=False),
    Column("at_start", Boolean, nullable=False),
    Column("at_end", Boolean, nullable=False),
    Column("ongoing", Boolean, nullable=False),
    Column("explanation", Text, nullable=False),
    Column("batch_uid", UUID(as_uuid=False)),
    Column("revision", Integer),
    Column("current", Boolean, nullable=False, comment="false once a later revision of its batch was judged"),
    Column("found_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Index("finding_incident", "incident_id", "start_time"),
    Index(
        "finding_span", "satellite_id", "mission", "stream", "end_time", "start_time", postgresql_where=text("current")
    ),
    Index(
        "finding_ongoing",
        "satellite_id",
        "mission",
        "stream",
        "subsystem",
        postgresql_where=text("current AND ongoing"),
    ),
    Index("finding_batch", "batch_uid", "subsystem"),
)

incident_act = Table(
    "incident_act",
    metadata,
    Column("act_id", BigInteger, Identity(always=True), primary_key=True),
    Column("incident_id", UUID(as_uuid=False), ForeignKey(incident.c.incident_id), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("act", Text, nullable=False),
    Column("user", Text, comment="none: the platform itself"),
    Column("comment", Text),
    Column("detail", JSONB, nullable=False),
    Column("state", Text, nullable=False, comment="of the alarm, after it"),
    Column("version", Integer, nullable=False, comment="of the incident, after it"),
    Index("incident_act_incident", "incident_id", "act_id"),
    comment="append-only: a trigger refuses changes",
)

out_of_service = Table(
    "out_of_service",
    metadata,
    Column("entry_id", BigInteger, Identity(always=True), primary_key=True),
    Column("mission", Text, nullable=False),
    Column("satellite_id", Text, nullable=False),
    Column("channel", Text, comment="none: the whole satellite"),
    _time("since", needed=True),
    Column("user", Text, nullable=False),
    Column("comment", Text, nullable=False),
    _time("returned_at"),
    Column("returned_by", Text),
    Index(
        "out_of_service_now",
        "satellite_id",
        "mission",
        text("coalesce(channel, '')"),
        unique=True,
        postgresql_where=text("returned_at IS NULL"),
    ),
)
