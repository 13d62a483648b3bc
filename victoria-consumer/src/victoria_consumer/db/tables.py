"""The table of takes, in a PostgreSQL schema that only this service writes."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text

SCHEMA = "storage"

metadata = MetaData(schema=SCHEMA)
segment = Table(
    "segment",
    metadata,
    Column("mission", Text, primary_key=True),
    Column("satellite_id", Text, primary_key=True),
    Column("stream", Text, primary_key=True),
    Column("batch_id", Text, primary_key=True),
    Column("take", Integer, primary_key=True),
    Column("first", BigInteger, primary_key=True, comment="index of its first record"),
    Column("count", BigInteger, nullable=False),
    Column("first_time", BigInteger, nullable=False, comment="event time, ms"),
    Column("last_time", BigInteger, nullable=False, comment="event time, ms"),
    comment="consecutive records of a batch within a take",
)
Index("segment_last_time", segment.c.last_time)
