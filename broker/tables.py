"""Tables of the broker: agreements, requests, the rota and each attempt at a supplier."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
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

agreement = Table(
    "agreement",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("code", String(24), nullable=False, unique=True),  # PK-2026-000007-K
    Column("name", String(200), nullable=False),
    Column("name_en", String(200), nullable=False, server_default=""),
    Column("basis", String(12), nullable=False, server_default="written"),  # written oral
    Column("legal_basis", String(200), nullable=False, server_default=""),
    Column("state", String(12), nullable=False, server_default="draft"),
    Column("oral", Json),  # how it was spoken: the note of an oral agreement
    Column("auto_renew_months", Integer, nullable=False, server_default="0"),
    Column("notice_days", Integer, nullable=False, server_default="30"),
    Column("ends_on", Date),  # its last day, once a party gave notice
    Column("provisioned", Boolean, nullable=False, server_default="0"),
    Column("created_by", String(36)),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant),
    Column("version", Integer, nullable=False, server_default="1"),
    Index("ix_agreement_state", "state"),
)

agreement_revision = Table(
    "agreement_revision",
    metadata,
    Column("agreement_id", ForeignKey("agreement.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("effective_on", Date),  # from this day on the revision counts, once all have confirmed it
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("parts", Json, nullable=False),  # texts of its articles
    Column("forms", Json, nullable=False),  # form letter to its terms
    Column("note", Text, nullable=False, server_default=""),  # what changed, and why
    Column("created_by", String(36)),
    Column("created_at", Instant, nullable=False),
)

agreement_party = Table(
    "agreement_party",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("agreement_id", ForeignKey("agreement.id", ondelete="CASCADE"), nullable=False),
    Column("library_id", ForeignKey("library.id")),  # NULL: another body, by its name
    Column("name", String(200), nullable=False, server_default=""),
    Column("role", String(12), nullable=False, server_default="member"),  # member coordinator observer
    Column("joined_on", Date),
    Column("left_on", Date),  # the first day on which it is no party any more
    Column("letter", String(120), nullable=False, server_default=""),
    Column("signatory", String(200), nullable=False, server_default=""),
    Column("position", String(200), nullable=False, server_default=""),
    Column("signed_on", Date),
    Column("confirmed", Integer, nullable=False, server_default="0"),  # number of the revision
    Column("confirmed_by", String(36)),
    Column("confirmed_at", Instant),
    Column("channel", String(16), nullable=False, server_default=""),  # account link paper
    Column("contact_id", String(36)),
    Column("backup_id", String(36)),
    UniqueConstraint("agreement_id", "library_id"),
    Index("ix_agreement_party_library", "library_id"),
)

peer = Table(
    "peer",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("code", String(24), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column(
        "url", Text, nullable=False, server_default=""
    ),  # where it listens; '' asks us and is never written to
    Column("profile", String(24), nullable=False, server_default="generic-1.2"),
    Column("changes", Json, nullable=False),  # fields of the profile that are different here
    Column("account", String(120), nullable=False, server_default=""),  # under which it signs in here
    Column("secret", LargeBinary),  # sealed; in the header of its messages, or as HTTP Basic
    Column("token", LargeBinary),  # sealed; as HTTP bearer
    Column("subject", String(300), nullable=False, server_default=""),  # of its client certificate
    Column("addresses", Json, nullable=False),  # networks that it may come from
    Column("our_account", String(120), nullable=False, server_default=""),  # under which we sign in there
    Column("our_secret", LargeBinary),
    Column("our_token", LargeBinary),
    Column("state", String(12), nullable=False, server_default="active"),  # active suspended
    Column("failures", Integer, nullable=False, server_default="0"),  # of sending, since the last success
    Column("resting_until", Instant),  # nothing is sent before: it did not answer
    Column("heard_at", Instant),
    Column("provisioned", Boolean, nullable=False, server_default="0"),
    Column("created_at", Instant, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
)

peer_symbol = Table(
    "peer_symbol",
    metadata,
    Column("symbol", String(80), primary_key=True),
    Column("peer_id", ForeignKey("peer.id", ondelete="CASCADE"), nullable=False),
    Column("library_id", ForeignKey("library.id"), nullable=False),
    Index("ix_peer_symbol_library", "library_id"),
    Index("ix_peer_symbol_peer", "peer_id"),
)

ill_message = Table(
    "ill_message",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("peer_id", ForeignKey("peer.id", ondelete="CASCADE"), nullable=False),
    Column("direction", String(4), nullable=False),  # in out
    Column("effect_key", String(200)),  # of the outbox row that it carries
    Column("attempt_id", String(36)),
    Column("kind", String(40), nullable=False, server_default=""),
    Column("what", String(80), nullable=False, server_default=""),  # action, or reason and status
    Column("body", LargeBinary),  # NULL once it was redacted
    Column("answer", LargeBinary),
    Column("outcome", String(12), nullable=False, server_default="waiting"),  # waiting ok error failed
    Column(
        "failures", Integer, nullable=False, server_default="0"
    ),  # times that it was sent and nobody confirmed it
    Column("detail", Text, nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
    Column("answered_at", Instant),
    UniqueConstraint("effect_key"),
    Index("ix_ill_message_attempt", "attempt_id"),
    Index("ix_ill_message_peer", "peer_id", "at"),
)

request = Table(
    "request",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("code", String(24), nullable=False, unique=True),  # SL-2026-000123-K
    Column("library_id", ForeignKey("library.id"), nullable=False),  # the requesting library
    Column("patron_id", ForeignKey("patron.id", ondelete="SET NULL")),  # NULL: for the library itself
    Column("created_by", String(36)),
    Column("peer_id", ForeignKey("peer.id")),  # who asked from outside; NULL: asked here
    Column("peer_request_id", String(200)),  # requestingAgencyRequestId, the number it has there
    Column("liable_user_id", ForeignKey("user_account.id")),
    Column("offered_to", String(36)),  # the colleague who is asked to be liable from now on
    Column("cluster_id", String(36)),  # NULL for a blank form or a live hit
    Column("citation", Json, nullable=False),  # what was asked for, as it stood then
    Column("holder", Json),  # who was seen to have it by a live search, and when: broker.seen
    Column("service_type", String(8), nullable=False, server_default="loan"),  # loan copy
    Column("purpose", String(24), nullable=False, server_default="other"),
    Column("pickup_branch_id", ForeignKey("branch.id")),
    Column("need_by", Date),
    Column("any_edition", Boolean, nullable=False, server_default="0"),
    Column("note", Text, nullable=False, server_default=""),  # of the patron, for the home library
    Column("supplier_note", Text, nullable=False, server_default=""),  # for the suppliers
    Column("override_reason", Text, nullable=False, server_default=""),  # why though it is on the own shelf
    Column("state", String(24), nullable=False, server_default="draft"),
    Column("reason", String(40), nullable=False, server_default=""),
    Column("agreement_id", String(36)),
    Column("agreement_revision", Integer),
    Column("terms", Json),  # frozen when it was placed
    Column("attention", Json, nullable=False),  # codes that want a look
    Column("patron_due_on", Date),
    Column(
        "state_number", Integer, nullable=False, server_default="1"
    ),  # counts changes of state, for timers
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("purged_at", Instant),  # since then nothing says whose wish it was
    Column("patron_category", String(40), nullable=False, server_default=""),  # kept for statistics then
    CheckConstraint(
        "liable_user_id IS NOT NULL OR peer_id IS NOT NULL OR state IN "
        "('draft', 'checking', 'review', 'local', 'closed', 'cancelled', 'delivered', 'unfilled')",
        name="liable",
    ),
    Index("ix_request_desk", "library_id", "state"),
    Index("ix_request_newest", "library_id", "created_at"),
    Index(  # few at any time: found without reading the rest
        "ix_request_attention",
        "library_id",
        sqlite_where=text("CAST(attention AS TEXT) <> '[]'"),
        postgresql_where=text("CAST(attention AS TEXT) <> '[]'"),
    ),
    Index("ix_request_patron", "patron_id"),
    UniqueConstraint("library_id", "peer_request_id"),
    Index("ix_request_cluster", "cluster_id"),
)

rota_entry = Table(
    "rota_entry",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("request_id", ForeignKey("request.id", ondelete="CASCADE"), nullable=False),
    Column("round", Integer, nullable=False, server_default="1"),
    Column("rank", Integer, nullable=False),  # 1 is asked first
    Column("library_id", ForeignKey("library.id"), nullable=False),
    Column("holding", Json, nullable=False),  # branch, call number, availability as they stood
    Column("why", Json, nullable=False),  # of its rank, or of its being left out
    Column("state", String(12), nullable=False, server_default="queued"),  # queued tried left_out
    UniqueConstraint("request_id", "round", "library_id"),
)

availability_check = Table(
    "availability_check",
    metadata,
    Column("cluster_id", String(36), primary_key=True),
    Column("library_id", ForeignKey("library.id"), primary_key=True),
    Column("state", String(8), nullable=False),  # running done failed
    Column("at", Instant, nullable=False),
    Column("said", Json),  # what its catalogue said: broker.seen
    Index("ix_availability_check_at", "at"),
)

attempt = Table(
    "attempt",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("code", String(28), nullable=False, unique=True),  # <request code>.<n>
    Column("request_id", ForeignKey("request.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("library_id", ForeignKey("library.id"), nullable=False),  # the supplier
    Column("active", Boolean, nullable=False, server_default="1"),
    Column("leg", String(24), nullable=False),  # how the requesting side sees it
    Column("leg_version", Integer, nullable=False, server_default="1"),
    Column("leg_number", Integer, nullable=False, server_default="1"),  # counts changes of leg, for timers
    Column("supply", String(24), nullable=False),  # how the supplying side sees it
    Column("supply_version", Integer, nullable=False, server_default="1"),
    Column("supply_number", Integer, nullable=False, server_default="1"),
    Column("supply_flags", Json, nullable=False, default=dict),  # of the supplying side: pull, due, renewal …
    Column("supply_reason", String(40), nullable=False, server_default=""),
    Column("flags", Json, nullable=False),  # of the requesting side: due, renewal, damaged …
    Column("holding", Json, nullable=False),
    Column("agreement", String(24), nullable=False, server_default=""),  # by which it was asked
    Column("agreement_revision", Integer),
    Column("terms", Json),  # frozen when it was asked
    Column("peer_number", String(200), nullable=False, server_default=""),  # supplyingAgencyRequestId
    Column("reason", String(40), nullable=False, server_default=""),
    Column("condition", Text, nullable=False, server_default=""),
    Column("barcode", String(80), nullable=False, server_default=""),
    Column("cost_minor", Big),
    Column("currency", String(3), nullable=False, server_default="IDR"),
    Column("due_on", Date),  # the supplier's
    Column("asked_at", Instant),
    Column("answered_at", Instant),
    Column("shipped_at", Instant),
    Column("received_at", Instant),
    Column("returned_at", Instant),
    Column("ended_at", Instant),
    UniqueConstraint("request_id", "number"),
    Index(
        "uq_attempt_active",
        "request_id",
        unique=True,
        sqlite_where=text("active = 1"),
        postgresql_where=text("active"),
    ),
    Index("ix_attempt_supplier", "library_id", "supply"),
)

patron_loan = Table(
    "patron_loan",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("attempt_id", ForeignKey("attempt.id", ondelete="CASCADE"), nullable=False),
    Column("out_at", Instant, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("in_at", Instant),
    Index(
        "uq_patron_loan_open",
        "attempt_id",
        unique=True,
        sqlite_where=text("in_at IS NULL"),
        postgresql_where=text("in_at IS NULL"),
    ),
)
