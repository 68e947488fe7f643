"""Tables of the union catalogue: records, their copies, and the clusters they form."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
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

record = Table(
    "record",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=True),
    Column("source_id", String(36), nullable=False),  # harvester's; no foreign key: it may be gone first
    Column("library_id", ForeignKey("library.id"), nullable=False),
    Column("identifier", String(512), nullable=False),
    Column("datestamp", String(40), nullable=False, server_default=""),
    Column("schema", String(16), nullable=False),
    Column("hash", LargeBinary(16), nullable=False),  # of the raw bytes
    Column("crosswalk", Integer, nullable=False, server_default="0"),  # the version that read them
    Column("said", LargeBinary(16)),  # hash of what it made of them, copies too
    Column("body", LargeBinary, nullable=False),  # the Record as compact JSON, compressed
    Column("page_id", String(36)),  # where the raw bytes are
    Column("page_offset", Integer),
    Column("page_length", Integer),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("gone_at", Instant),
    Column("norm_version", Integer, nullable=False, server_default="0"),
    Column("norm_hash", LargeBinary(16)),
    Column("cluster_id", String(36)),
    UniqueConstraint("source_id", "identifier"),
    Index("ix_record_cluster", "cluster_id"),
    Index("ix_record_seen", "source_id", "last_seen"),
    Index("ix_record_crosswalk", "schema", "crosswalk", "page_id"),  # what an older crosswalk read
)

record_norm = Table(
    "record_norm",
    metadata,
    Column("record_id", ForeignKey("record.id", ondelete="CASCADE"), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

holding = Table(
    "holding",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=True),
    Column("record_id", ForeignKey("record.id", ondelete="CASCADE"), nullable=False),
    Column("library_id", ForeignKey("library.id"), nullable=False),
    Column("branch_id", ForeignKey("branch.id", ondelete="SET NULL")),
    Column("branch_text", String(200), nullable=False, server_default=""),
    Column("location", String(200), nullable=False, server_default=""),
    Column("call_number", String(200), nullable=False, server_default=""),
    Column("copies", Integer, nullable=False, server_default="1"),
    Column("barcode", String(80), nullable=False, server_default=""),
    Column("availability", String(12), nullable=False, server_default="unknown"),
    Column("lendable", Boolean),
    Column("for_sale", Boolean),
    Column("due", String(40), nullable=False, server_default=""),
    Column("coverage", String(200), nullable=False, server_default=""),
    Column("note", String(500), nullable=False, server_default=""),
    Column("origin", String(16), nullable=False, server_default="harvest"),
    Column("override_until", Instant),
    Index("ix_holding_record", "record_id"),
    Index("ix_holding_barcode", "library_id", "barcode"),
)

cluster = Table(
    "cluster",
    metadata,
    Column("id", String(36), primary_key=True),  # opaque and permanent
    Column("anchor_record_id", Big),
    Column("created_at", Instant, nullable=False),
    Column("position", Big, nullable=False),  # of its last change; engines say which they contain
    Column("gone_at", Instant),
    Column("split_from", String(36)),
    Column("displayed_record_id", Big),
    Column("title", Text, nullable=False, server_default=""),  # also shown when it is gone
    Index("ix_cluster_position", "position"),
)

cluster_alias = Table(
    "cluster_alias",
    metadata,
    Column("old_id", String(36), primary_key=True),
    Column("new_id", ForeignKey("cluster.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_cluster_alias_new", "new_id"),
)

record_key = Table(
    "record_key",
    metadata,
    Column("key", Big, primary_key=True),  # first 8 bytes of the hash of a block key, signed
    Column("record_id", ForeignKey("record.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_record_key_record", "record_id"),
    sqlite_with_rowid=False,
)

record_edge = Table(
    "record_edge",
    metadata,
    Column("a", Big, primary_key=True),  # the smaller record id
    Column("b", Big, primary_key=True),
    Column("score", Float, nullable=False),
    Column("verdict", String(8), nullable=False),  # same maybe veto
    Column("reasons", Json, nullable=False),
    Column("norm_version", Integer, nullable=False),
    Index("ix_record_edge_b", "b"),
    sqlite_with_rowid=False,
)

cluster_decision = Table(  # what people decided; by identifiers, so that it survives a new harvest
    "cluster_decision",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("a_source_id", String(36), nullable=False),
    Column("a_identifier", String(512), nullable=False),
    Column("b_source_id", String(36), nullable=False),
    Column("b_identifier", String(512), nullable=False),
    Column("verdict", String(8), nullable=False),  # same not_same
    Column("user_id", String(36)),
    Column("library_id", String(36)),
    Column("note", Text, nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
    UniqueConstraint("a_source_id", "a_identifier", "b_source_id", "b_identifier"),
)

change_position = Table(
    "change_position",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("last", Big, nullable=False),
)

# --- what is wrong with descriptions ---

quality_issue = Table(
    "quality_issue",
    metadata,
    Column("record_id", ForeignKey("record.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("library_id", ForeignKey("library.id"), nullable=False),
    Column("cluster_id", String(36), nullable=False),
    Column("detail", String(200), nullable=False, server_default=""),
    Column("title", String(200), nullable=False, server_default=""),
    Column("found_at", Instant, nullable=False),
    Index("ix_quality_issue_library", "library_id", "kind", "record_id"),
    Index("ix_quality_issue_cluster", "cluster_id"),
)

link_check = Table(  # addresses in descriptions, and whether anything is there
    "link_check",
    metadata,
    Column("url", String(1000), primary_key=True),
    Column("cluster_id", String(36), nullable=False),  # one that points there
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row
    Column("tried_at", Instant),
    Column("next_at", Instant),
    Index("ix_link_check_next", "next_at"),
)

# --- what is handed on (OAI-PMH) ---

publication = Table(  # one row a cluster that was ever handed on; rows stay when it is gone
    "publication",
    metadata,
    Column("cluster_id", String(36), primary_key=True),
    Column("changed_at", Instant, nullable=False),  # the datestamp: whole seconds
    Column("number", Big, nullable=False),  # grows with every change; orders what has the same datestamp
    Column("deleted", Boolean, nullable=False),
    Index("ix_publication_changed", "changed_at", "number"),
)

publication_set = Table(  # which sets a cluster is in, or was once
    "publication_set",
    metadata,
    Column("spec", String(80), primary_key=True),
    Column("cluster_id", String(36), primary_key=True),
    Column("changed_at", Instant, nullable=False),
    Column("number", Big, nullable=False),
    Column("has_left", Boolean, nullable=False),
    Index("ix_publication_set_changed", "spec", "changed_at", "number"),
    Index("ix_publication_set_cluster", "cluster_id"),
)

publication_state = Table(
    "publication_state",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("position", Big, nullable=False),  # of the last cluster change that is published
    Column("number", Big, nullable=False),
    Column("version", String(40), nullable=False),  # of how records are written
    Column("began_at", Instant, nullable=False),  # no datestamp is earlier
    Column("stamp", Instant, nullable=False),  # the last datestamp given
)
