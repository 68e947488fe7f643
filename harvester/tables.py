"""Tables of the harvester: sources, harvests, their pages, and what could not be read."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from foundation.db import Big, Instant, Json, metadata

source = Table(
    "source",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("code", String(40), nullable=False, unique=True),
    Column("library_id", ForeignKey("library.id"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("kind", String(12), nullable=False, server_default="oai"),  # oai file push
    Column("url", Text, nullable=False, server_default=""),
    Column("prefix", String(80), nullable=False, server_default=""),  # '' is chosen by namespace
    Column("set_spec", String(200), nullable=False, server_default=""),
    Column("profile", String(24), nullable=False, server_default="generic"),
    Column("schedule", String(120), nullable=False, server_default=""),  # cron text; '' is by hand
    Column("zone", String(40), nullable=False, server_default="Asia/Jakarta"),
    Column("enabled", Boolean, nullable=False, server_default="1"),
    Column("headers", Json, nullable=False),
    Column("username", String(200), nullable=False, server_default=""),
    Column("secret", LargeBinary),  # the password, sealed
    Column("ca_pem", Text, nullable=False, server_default=""),
    Column("delay_ms", Integer, nullable=False, server_default="0"),
    Column("blackout", String(400), nullable=False, server_default=""),  # hours without harvest, as typed
    Column("full_days", Integer, nullable=False, server_default="0"),  # the whole list every n days; 0 never
    Column("sweep_days", Integer),  # ListIdentifiers every n days; 0 never, NULL as the provider needs
    Column("rests_until", Instant),  # the schedule leaves it alone until then: it failed too often
    Column("alerted_at", Instant),  # admins were told once; NULL again when it succeeds
    Column("watermark", Instant),  # everything up to here is in; moved only by a proven harvest
    Column("granularity", String(24), nullable=False, server_default=""),
    Column("deleted_policy", String(12), nullable=False, server_default=""),
    Column("quirks", Json, nullable=False),  # what was found out about it, by code
    Column("health", String(12), nullable=False, server_default="new"),  # new ok late failing held
    Column("health_reason", Text, nullable=False, server_default=""),
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row
    Column("provisioned", Boolean, nullable=False, server_default="0"),
    Column("created_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    Column("version", Integer, nullable=False, server_default="1"),
)

harvest = Table(
    "harvest",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("source_id", ForeignKey("source.id", ondelete="CASCADE"), nullable=False),
    Column(
        "kind", String(12), nullable=False, server_default="incremental"
    ),  # incremental full sweep file removal
    Column("state", String(12), nullable=False, server_default="queued"),
    # queued running interrupted | complete incomplete failed stopped
    Column("asked_by", String(36)),  # NULL is the schedule
    Column("from_at", Instant),
    Column("until_at", Instant),
    Column("prefix", String(80), nullable=False, server_default=""),
    Column("token", Text),  # of the next page; NULL before the first and after the last
    Column("fence", Big, nullable=False, server_default="0"),
    Column("owner", String(60), nullable=False, server_default=""),
    Column("heartbeat_at", Instant),
    Column("stop_asked", Boolean, nullable=False, server_default="0"),
    Column("fetched_all", Boolean, nullable=False, server_default="0"),
    Column("pages", Integer, nullable=False, server_default="0"),
    Column("requests", Integer, nullable=False, server_default="0"),
    Column("bytes", Big, nullable=False, server_default="0"),
    Column("records", Integer, nullable=False, server_default="0"),  # distinct, as in the receipt
    Column("deleted", Integer, nullable=False, server_default="0"),
    Column("rejected", Integer, nullable=False, server_default="0"),
    Column("processed", Integer, nullable=False, server_default="0"),
    Column("expected", Integer),  # completeListSize, a hint
    Column("oddities", Json, nullable=False),
    Column("receipt", Json),
    Column("reason", Text, nullable=False, server_default=""),
    Column("queued_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("not_before", Instant),  # nobody takes it up before
    Column("deferrals", Integer, nullable=False, server_default="0"),  # how often its provider put it off
    Column("retry_at", Instant),  # when its provider asked us to come back
    Column("cursor", Json),  # where it stands beyond the token: which list, how often begun again, clocks
    Index(
        "uq_harvest_open",
        "source_id",
        unique=True,
        sqlite_where=text("state IN ('queued', 'running', 'interrupted')"),
        postgresql_where=text("state IN ('queued', 'running', 'interrupted')"),
    ),
    Index("ix_harvest_source", "source_id", "queued_at"),
)

page = Table(
    "page",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("source_id", String(36), nullable=False),
    Column("harvest_id", ForeignKey("harvest.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),  # 1, 2, 3 …
    Column("path", Text, nullable=False),  # below the raw folder; zstandard
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),  # of the page as it came, bytes
    Column("stored", Integer, nullable=False),  # on disk, bytes
    Column("token", Text),  # that asked for this page; NULL for the first
    Column("ids_hash", String(64), nullable=False, server_default=""),  # finds a list that goes round
    Column("records", Integer, nullable=False, server_default="0"),
    Column("fetched_at", Instant, nullable=False),
    Column("processed_at", Instant),
    UniqueConstraint("harvest_id", "number"),
)

seen = Table(  # which identifiers a running harvest has had; emptied when it ends
    "harvest_seen",
    metadata,
    Column("harvest_id", ForeignKey("harvest.id", ondelete="CASCADE"), primary_key=True),
    Column("identifier", String(512), primary_key=True),
    Column("kind", String(8), nullable=False),  # record deleted rejected
    sqlite_with_rowid=False,
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("source_id", ForeignKey("source.id", ondelete="CASCADE"), nullable=False),
    Column("harvest_id", String(36)),
    Column("identifier", String(512)),  # NULL when it has none
    Column("position", String(40), nullable=False, server_default=""),  # page and place, 'page 3, record 17'
    Column("reason", String(40), nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    Column("raw", LargeBinary, nullable=False),  # zstandard
    Column("at", Instant, nullable=False),
    Column("resolved_at", Instant),
    Index("ix_quarantine_source", "source_id", "at"),
)

host = Table(  # how gently a server wants to be asked; who talks to it is a lease
    "harvest_host",
    metadata,
    Column("name", String(255), primary_key=True),  # host:port
    Column("delay_ms", Integer, nullable=False, server_default="0"),  # learned from 429, beyond everybody's
    Column("asked_at", Instant),  # the last request's end
)

held = Table(  # deletions that a whole list asked for: held, carried out, refused, taken back
    "held_deletion",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("source_id", ForeignKey("source.id", ondelete="CASCADE"), nullable=False),
    Column("harvest_id", String(36), nullable=False),
    Column("kind", String(12), nullable=False),  # few mass empty migration
    Column("state", String(12), nullable=False),  # held agreed deleted kept undone replaced
    Column("missing", Integer, nullable=False),
    Column("living", Integer, nullable=False),  # records of the source before
    Column("delivered", Integer, nullable=False),  # named by the list
    Column("fresh", Integer, nullable=False, server_default="0"),  # of those, first seen in it
    Column("at", Instant, nullable=False),
    Column("decided_by", String(36)),  # NULL is the second list that said the same
    Column("decided_at", Instant),
    Column("undo_until", Instant),
    Index("ix_held_source", "source_id", "at"),
)

held_record = Table(
    "held_record",
    metadata,
    Column("held_id", ForeignKey("held_deletion.id", ondelete="CASCADE"), primary_key=True),
    Column("identifier", String(512), primary_key=True),
    sqlite_with_rowid=False,
)

health = Table(  # what a source declares and what was observed
    "source_health",
    metadata,
    Column("source_id", ForeignKey("source.id", ondelete="CASCADE"), primary_key=True),
    Column("examined", Json),  # the last look, as found
    Column("examined_at", Instant),
    Column("card", Json),
    Column("at", Instant, nullable=False),
)

push_node = Table(  # a library's system that sends us its catalogue by itself
    "push_node",
    metadata,
    Column("source_id", ForeignKey("source.id", ondelete="CASCADE"), primary_key=True),
    Column("node", String(60), nullable=False, unique=True),  # what it calls itself
    Column("key_hash", LargeBinary(32), nullable=False),  # SHA-256 of the 160 random bits that it sends
    Column("told_name", String(200), nullable=False, server_default=""),  # as it names itself in posts
    Column("last_at", Instant),  # the last post that was let in
    Column("last_status", String(24), nullable=False, server_default=""),
    Column("refused_at", Instant),  # the last post with its name and another key
    Column("created_at", Instant, nullable=False),
)

push_post = Table(  # what was sent, as it came, written before it was acknowledged
    "push_post",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=True),  # also the order in which posts are processed
    Column("source_id", ForeignKey("source.id", ondelete="CASCADE"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),  # zstandard; the key in it is blotted out
    Column("size", Integer, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("processed_at", Instant),
    Column("operation", String(8), nullable=False),  # upload delete
    Column("records", Integer, nullable=False, server_default="0"),
    Column("deleted", Integer, nullable=False, server_default="0"),
    Column("rejected", Integer, nullable=False, server_default="0"),
    Index("ix_push_post_source", "source_id", "processed_at"),
)
