"""Tables that every part stands on: libraries and people, events, and work still to be done."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from foundation.db import Big, Instant, Json, metadata


def _id() -> Column[str]:
    return Column("id", String(36), primary_key=True)


def _library(name: str = "library_id", *, nullable: bool = False) -> Column[str]:
    return Column(name, ForeignKey("library.id"), nullable=nullable)


# --- libraries ---------------------------------------------------------------------------------

library = Table(
    "library",
    metadata,
    _id(),
    Column("code", String(16), nullable=False, unique=True),
    Column("symbol", String(80), nullable=False, unique=True),  # 'ISIL:ID-…' or 'NPP:…'
    Column("name", String(200), nullable=False),
    Column("kind", String(24), nullable=False, server_default="other"),
    Column("institution", String(200), nullable=False, server_default=""),
    Column("address", Text, nullable=False, server_default=""),
    Column("region", String(40), nullable=False, server_default=""),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("zone", String(40), nullable=False, server_default="Asia/Jakarta"),
    Column("email", String(200), nullable=False, server_default=""),
    Column("phone", String(60), nullable=False, server_default=""),
    Column("whatsapp", String(60), nullable=False, server_default=""),
    Column("opac_url", Text, nullable=False, server_default=""),
    Column("state", String(16), nullable=False, server_default="active"),  # candidate active suspended left
    Column("lends", Boolean, nullable=False, server_default="1"),
    Column("managed", Boolean, nullable=False, server_default="1"),  # works here; others only send messages
    Column("places_itself", Boolean, nullable=False, server_default="0"),
    Column("liable_user_id", String(36)),  # who is liable where the library places by itself
    Column("transit_days", Integer, nullable=False, server_default="3"),
    Column("pickup_days", Integer, nullable=False, server_default="10"),
    Column("retention_days", Integer, nullable=False, server_default="30"),  # of readers, after closing
    Column("request_limit", Integer, nullable=False, server_default="10"),  # open requests per patron
    Column("provisioned", Boolean, nullable=False, server_default="0"),
    Column("created_at", Instant, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
)

branch = Table(
    "branch",
    metadata,
    _id(),
    _library(),
    Column("code", String(24), nullable=False),
    Column("name", String(200), nullable=False),
    Column("address", Text, nullable=False, server_default=""),
    Column("zone", String(40), nullable=False, server_default=""),  # '' is the library's
    Column("email", String(200), nullable=False, server_default=""),
    Column("phone", String(60), nullable=False, server_default=""),
    Column("pickup", Boolean, nullable=False, server_default="1"),
    Column("lends", Boolean, nullable=False, server_default="1"),
    Column("aliases", Json, nullable=False),  # words and codes by which sources call it
    Column("state", String(16), nullable=False, server_default="active"),
    UniqueConstraint("library_id", "code"),
)

opening = Table(
    "opening",
    metadata,
    _id(),
    Column("branch_id", ForeignKey("branch.id", ondelete="CASCADE"), nullable=False),
    Column("weekday", Integer, nullable=False),  # 0 is Monday
    Column("opens", String(5), nullable=False),
    Column("closes", String(5), nullable=False),
    CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
    Index("ix_opening_branch", "branch_id"),
)

closure = Table(
    "closure",
    metadata,
    _id(),
    _library(),
    Column("branch_id", ForeignKey("branch.id", ondelete="CASCADE")),  # NULL closes the whole library
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("reason", String(200), nullable=False, server_default=""),
)

holiday = Table(
    "holiday",
    metadata,
    _id(),
    Column("day", Date, nullable=False),
    Column("name", String(200), nullable=False),
    Column("kind", String(8), nullable=False),  # added, or removed from the national calendar
    UniqueConstraint("day", "kind"),
)

contact = Table(
    "contact",
    metadata,
    _id(),
    _library(),
    Column("name", String(200), nullable=False),
    Column("position", String(120), nullable=False, server_default=""),
    Column("duties", Json, nullable=False),
    Column("phone", String(60), nullable=False, server_default=""),
    Column("whatsapp", String(60), nullable=False, server_default=""),
    Column("email", String(200), nullable=False, server_default=""),
    Column("backup_id", String(36)),
    Column("active_from", Date),
    Column("active_to", Date),
)

library_rule = Table(
    "library_rule",
    metadata,
    _id(),
    _library(),
    Column("number", Integer, nullable=False),
    Column("text_id", Text, nullable=False, server_default=""),
    Column("text_en", Text, nullable=False, server_default=""),
    Column("effective_on", Date, nullable=False),
    UniqueConstraint("library_id", "number"),
)

equipment = Table(
    "equipment",
    metadata,
    _id(),
    _library(),
    Column("kind", String(40), nullable=False),
    Column("count", Integer, nullable=False, server_default="1"),
    Column("working", Boolean, nullable=False, server_default="1"),
    Column("note", Text, nullable=False, server_default=""),
)

service = Table(
    "service",
    metadata,
    _id(),
    _library(),
    Column("form", String(1), nullable=False),  # a to h
    Column("enabled", Boolean, nullable=False, server_default="0"),
    Column("terms", Json, nullable=False),
    UniqueConstraint("library_id", "form"),
)

# --- people ------------------------------------------------------------------------------------

user = Table(
    "user_account",  # 'user' is a reserved word in PostgreSQL
    metadata,
    _id(),
    Column("login", String(120), nullable=False, unique=True),  # folded to lower case
    Column("name", String(200), nullable=False),
    Column("email", String(200), nullable=False, server_default=""),
    Column("password_hash", Text),  # NULL until the first link is used
    Column("language", String(2), nullable=False, server_default="id"),
    Column("state", String(12), nullable=False, server_default="active"),  # active disabled
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant),
    Column("version", Integer, nullable=False, server_default="1"),
    Index("ix_user_email", "email"),
)

role = Table(
    "user_role",
    metadata,
    _id(),
    Column("user_id", ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False),
    Column("role", String(16), nullable=False),
    _library(nullable=True),  # NULL for admin, the network's
    UniqueConstraint("user_id", "role", "library_id"),
    CheckConstraint("role IN ('patron', 'librarian', 'head', 'admin')", name="role"),
    CheckConstraint("(role = 'admin') = (library_id IS NULL)", name="library"),
)

session = Table(
    "user_session",
    metadata,
    Column("id_hash", String(64), primary_key=True),
    Column("user_id", ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("agent", String(200), nullable=False, server_default=""),
    Column("data", Json, nullable=False),
    Index("ix_session_user", "user_id"),
)

one_time_link = Table(
    "one_time_link",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("kind", String(12), nullable=False),  # setup reset invite
    Column("user_id", ForeignKey("user_account.id", ondelete="CASCADE")),
    Column("created_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("data", Json, nullable=False),
)

patron = Table(
    "patron",
    metadata,
    _id(),
    _library(),
    Column("user_id", ForeignKey("user_account.id", ondelete="SET NULL")),
    Column("number", String(60), nullable=False),  # member number at the home library
    Column("category", String(40), nullable=False, server_default="general"),
    Column("expires_on", Date),
    Column("state", String(12), nullable=False, server_default="confirmed"),  # pending confirmed closed
    Column("blocked", Boolean, nullable=False, server_default="0"),
    Column("block_reason", String(200), nullable=False, server_default=""),
    Column("created_at", Instant, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    UniqueConstraint("library_id", "number"),
    Index("ix_patron_user", "user_id"),
)

patron_person = Table(  # the only place where a patron is a person; erased by itself
    "patron_person",
    metadata,
    Column("patron_id", ForeignKey("patron.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("email", String(200), nullable=False, server_default=""),
    Column("phone", String(60), nullable=False, server_default=""),
    Column("address", Text, nullable=False, server_default=""),
)

saved_search = Table(
    "saved_search",
    metadata,
    _id(),
    Column("user_id", ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("query", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
)

basket_item = Table(
    "basket_item",
    metadata,
    _id(),
    Column("user_id", ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False),
    Column("cluster_id", String(36), nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("user_id", "cluster_id"),
)

# --- what happened -----------------------------------------------------------------------------

event = Table(
    "event",
    metadata,
    _id(),
    Column("object_type", String(24), nullable=False),
    Column("object_id", String(36), nullable=False),
    Column("number", Integer, nullable=False),  # 1, 2, 3 … per object
    Column("at", Instant, nullable=False),
    Column("user_id", String(36)),  # no foreign key: the audit survives the person
    Column("library_id", String(36)),
    Column("side", String(12), nullable=False, server_default="system"),
    Column("action", String(48), nullable=False),
    Column("from_state", String(32), nullable=False, server_default=""),
    Column("to_state", String(32), nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("data", Json, nullable=False),
    Column("visible", String(12), nullable=False, server_default="own"),  # own both patron public
    Column("previous_hash", String(64), nullable=False, server_default=""),
    Column("hash", String(64), nullable=False),
    UniqueConstraint("object_type", "object_id", "number"),
    Index("ix_event_at", "at"),
)

message = Table(  # talk between libraries about one object
    "message",
    metadata,
    _id(),
    Column("object_type", String(24), nullable=False),
    Column("object_id", String(36), nullable=False),
    Column("from_library_id", ForeignKey("library.id")),
    Column("to_library_id", ForeignKey("library.id")),
    Column("user_id", String(36)),
    Column("body", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("read_at", Instant),
    Index("ix_message_object", "object_type", "object_id"),
)

document = Table(
    "document",
    metadata,
    _id(),
    Column("object_type", String(24), nullable=False),
    Column("object_id", String(36), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("filename", String(200), nullable=False),
    Column("media_type", String(80), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("path", Text, nullable=False),
    Column("visible", String(12), nullable=False, server_default="own"),
    Column("created_by", String(36)),
    Column("created_at", Instant, nullable=False),
)

ledger = Table(
    "ledger",
    metadata,
    _id(),
    Column("at", Instant, nullable=False),
    Column("agreement_id", String(36), nullable=False),
    Column("object_type", String(24), nullable=False),
    Column("object_id", String(36), nullable=False),
    Column("debtor_library_id", ForeignKey("library.id"), nullable=False),
    Column("creditor_library_id", ForeignKey("library.id"), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("quantity", Integer, nullable=False, server_default="1"),
    Column("unit", String(16), nullable=False, server_default="piece"),
    Column("minor_units", Big, nullable=False, server_default="0"),
    Column("currency", String(3), nullable=False, server_default="IDR"),
    Column("settled_in", String(36)),
)

# --- work still to be done ---------------------------------------------------------------------

outbox = Table(
    "outbox",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=True),  # also the order of one order_key
    Column("channel", String(12), nullable=False),  # message mail webhook job
    Column("effect_key", String(160), nullable=False, unique=True),
    Column("order_key", String(100), nullable=False, server_default=""),  # '' has no order
    Column("payload", Json, nullable=False),
    Column("state", String(8), nullable=False, server_default="waiting"),  # waiting done dead
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("lease_owner", String(60), nullable=False, server_default=""),
    Column("lease_until", Instant),
    Column("last_error", Text, nullable=False, server_default=""),
    Column("created_at", Instant, nullable=False),
    Column("done_at", Instant),
    Index("ix_outbox_work", "state", "due_at"),
    Index("ix_outbox_order", "order_key", "id"),
)

inbox = Table(
    "inbox",
    metadata,
    _id(),
    Column("channel", String(12), nullable=False),
    Column("peer", String(80), nullable=False),
    Column("message_key", String(200), nullable=False),
    Column("body_hash", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("answer", LargeBinary, nullable=False),  # given again, byte for byte, to the same message
    UniqueConstraint("channel", "peer", "message_key"),
)

timer = Table(
    "timer",
    metadata,
    _id(),
    Column("kind", String(40), nullable=False),
    Column("object_type", String(24), nullable=False),
    Column("object_id", String(36), nullable=False),
    Column("object_version", Integer, nullable=False),  # a timer of another version does nothing
    Column("due_at", Instant, nullable=False),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("data", Json, nullable=False),
    Column("lease_owner", String(60), nullable=False, server_default=""),
    Column("lease_until", Instant),
    Column("done_at", Instant),
    UniqueConstraint("kind", "object_type", "object_id", "object_version", "attempt"),
    Index("ix_timer_work", "done_at", "due_at"),
)

lease = Table(
    "lease",
    metadata,
    Column("name", String(80), primary_key=True),  # scheduler, index_writer, source:<id>
    Column("owner", String(60), nullable=False),
    Column("fence", Big, nullable=False),  # grows with each new owner; checked in every commit
    Column("ends_at", Instant, nullable=False),
)

job = Table(  # background work that people start and watch: deletions, rebuilds, imports
    "job",
    metadata,
    _id(),
    Column("kind", String(40), nullable=False),
    Column("subject", String(60), nullable=False, server_default=""),
    Column(
        "state", String(12), nullable=False, server_default="queued"
    ),  # queued running done failed stopped
    Column("payload", Json, nullable=False),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("total", Integer),
    Column("result", Json),
    Column("error", Text, nullable=False, server_default=""),
    Column("asked_by", String(36)),
    Column("stop_asked", Boolean, nullable=False, server_default="0"),
    Column("lease_owner", String(60), nullable=False, server_default=""),
    Column("lease_until", Instant),
    Column("queued_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Index("ix_job_state", "state"),
)

sequence = Table(
    "sequence",
    metadata,
    Column("prefix", String(8), primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("key", String(120), primary_key=True),
    Column("user_id", String(36), nullable=False),
    Column("request_hash", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

setting = Table(
    "setting",
    metadata,
    Column("key", String(60), primary_key=True),
    Column("value", Json),
)
