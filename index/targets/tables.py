"""Tables of targets: their profiles, and what probes found out about them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from foundation.db import Instant, Json, metadata

target = Table(
    "target",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("code", String(40), nullable=False, unique=True),
    Column("profile", Json, nullable=False),  # as index.targets.flat writes it
    Column("secret", LargeBinary),  # the password, sealed
    Column("enabled", Boolean, nullable=False, server_default="1"),
    Column("health", String(12), nullable=False, server_default="new"),  # new ok changed failing
    Column("health_reason", Text, nullable=False, server_default=""),
    Column("probed_at", Instant),  # the last probe, whole or short
    Column("provisioned", Boolean, nullable=False, server_default="0"),
    Column("created_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    Column("version", Integer, nullable=False, server_default="1"),
)

probe = Table(
    "target_probe",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("target_id", ForeignKey("target.id", ondelete="CASCADE"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("state", String(12), nullable=False),  # running done failed stopped
    Column("whole", Boolean, nullable=False),  # False is the short one of every night
    Column("card", Json, nullable=False),  # as index.targets.card writes it
    Column("asked_by", String(36)),  # NULL is the worker
    Index("ix_target_probe_target", "target_id", "at"),
)
