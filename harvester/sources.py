"""Sources: what is harvested, from where, how often, and what is known about each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

from foundation.ids import uuid7
from foundation.seal import Seal
from harvester import store
from harvester.errors import BadSource, ReadOnlySource, StaleSource, UnknownSource
from harvester.guard import blackout
from harvester.profiles import PROFILES
from harvester.tables import source
from index.tables import record


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDraft:
    """What an admin enters, or config.yaml lists.

    `prefix` '' is chosen by namespace; `schedule` is cron text of five fields in `zone`, '' is by hand;
    `password` None keeps the one that is there, '' takes it away. `blackout` are hours without harvest
    (guard.blackout); `full_days` and `sweep_days` say how often the whole list, or its identifiers, are read
    (0 is never; `sweep_days` None is as often as the provider needs it).
    """

    code: str
    library_id: str
    name: str
    url: str = ""
    kind: str = "oai"  # oai file push
    prefix: str = ""
    set_spec: str = ""
    profile: str = "generic"
    schedule: str = ""
    zone: str = "Asia/Jakarta"
    enabled: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    username: str = ""
    password: str | None = None
    ca_pem: str = ""
    delay_ms: int = 0
    blackout: str = ""
    full_days: int = 0
    sweep_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source as it is stored. `health` is new, ok, late, failing or held; `quirks` is keyed by code."""

    id: str
    code: str
    library_id: str
    name: str
    kind: str
    url: str
    prefix: str
    set_spec: str
    profile: str
    schedule: str
    zone: str
    enabled: bool
    headers: Mapping[str, str]
    username: str
    secret: bytes | None
    ca_pem: str
    delay_ms: int
    blackout: str
    full_days: int
    sweep_days: int | None
    rests_until: datetime | None
    alerted_at: datetime | None
    watermark: datetime | None
    granularity: str
    deleted_policy: str
    quirks: Mapping[str, Any]
    health: str
    health_reason: str
    failures: int
    provisioned: bool
    created_at: datetime
    deleted_at: datetime | None
    version: int


_DRAWN = tuple(f for f in SourceDraft.__dataclass_fields__ if f != "password")


def _source(row: Row[Any]) -> Source:
    return Source(**row._mapping)


def listed(c: Connection, *, library_id: str | None = None, enabled_only: bool = False) -> tuple[Source, ...]:
    """All sources that are not deleted, by code."""
    wanted = select(source).where(source.c.deleted_at.is_(None)).order_by(source.c.code)
    if library_id is not None:
        wanted = wanted.where(source.c.library_id == library_id)
    if enabled_only:
        wanted = wanted.where(source.c.enabled)
    return tuple(_source(row) for row in c.execute(wanted))


def get(c: Connection, source_id: str) -> Source:
    """One source, deleted ones too; raises UnknownSource."""
    row = c.execute(select(source).where(source.c.id == source_id)).first()
    if row is None:
        raise UnknownSource(source_id)
    return _source(row)


def by_code(c: Connection, code: str) -> Source:
    """One source by its code; raises UnknownSource."""
    row = c.execute(select(source).where(source.c.code == code, source.c.deleted_at.is_(None))).first()
    if row is None:
        raise UnknownSource(code)
    return _source(row)


def add(c: Connection, draft: SourceDraft, *, seal: Seal, at: datetime, provisioned: bool = False) -> Source:
    """A new source; raises BadSource (also when the code is taken)."""
    check(draft)
    if c.execute(select(source.c.id).where(source.c.code == draft.code)).first() is not None:
        raise BadSource("code", "taken")
    source_id = uuid7()
    c.execute(
        source.insert().values(
            id=source_id,
            quirks={},
            provisioned=provisioned,
            created_at=at,
            secret=seal.close(draft.password) if draft.password else None,
            **_values(draft),
        )
    )
    return get(c, source_id)


def change(c: Connection, source_id: str, draft: SourceDraft, *, version: int, seal: Seal) -> Source:
    """The source as changed. Raises BadSource, StaleSource, ReadOnlySource, UnknownSource.

    Another address, set or prefix makes the next harvest a full one: what was proven concerned the old one.
    Another profile lets the records that are here be read again.
    """
    check(draft)
    before = get(c, source_id)
    if before.provisioned:
        raise ReadOnlySource(before.code)
    return _change(c, before, draft, version=version, seal=seal)


def _change(c: Connection, before: Source, draft: SourceDraft, *, version: int, seal: Seal) -> Source:
    taken = c.execute(
        select(source.c.id).where(source.c.code == draft.code, source.c.id != before.id)
    ).first()
    if taken is not None:
        raise BadSource("code", "taken")
    values: dict[str, Any] = _values(draft) | {"version": version + 1}
    if draft.password is not None:
        values["secret"] = seal.close(draft.password) if draft.password else None
    asked_anew = (before.url, before.set_spec, before.prefix) != (draft.url, draft.set_spec, draft.prefix)
    if asked_anew:
        values |= {"watermark": None, "quirks": {}, "granularity": "", "deleted_policy": ""}
        values |= {"failures": 0, "rests_until": None, "alerted_at": None, "health_reason": ""}
    done = c.execute(
        source.update().where(source.c.id == before.id, source.c.version == version).values(**values)
    )
    if done.rowcount != 1:
        raise StaleSource(before.code)
    if asked_anew:
        _stop(c, before.id, None)
    if draft.profile != before.profile:
        # Another profile reads another Record out of the same bytes: the worker reads them again.
        c.execute(record.update().where(record.c.source_id == before.id).values(crosswalk=0))
    return get(c, before.id)


def _stop(c: Connection, source_id: str, at: datetime | None) -> None:
    """Let an open harvest of a source end at the next page: what it asks for is not wanted any more."""
    open_one = store.open_one(c, source_id)
    if open_one is not None and open_one.kind not in ("removal", "file", "push"):
        store.ask_stop(c, open_one.id, at=at or open_one.queued_at)


def set_enabled(c: Connection, source_id: str, enabled: bool, *, at: datetime | None = None) -> None:
    """Whether the schedule and 'run now' may harvest it; its records stay either way.

    A harvest of a source that is switched off stops at the next page.
    """
    c.execute(source.update().where(source.c.id == source_id).values(enabled=enabled))
    if not enabled:
        _stop(c, source_id, at)


def mark_deleted(c: Connection, source_id: str, *, at: datetime) -> None:
    """It is gone from the lists at once; store.queue(kind='removal') takes its records away."""
    before = get(c, source_id)
    if before.provisioned:
        raise ReadOnlySource(before.code)
    c.execute(
        source.update()
        .where(source.c.id == source_id)
        .values(deleted_at=at, enabled=False, code=f"{before.code[:30]}~{source_id[-8:]}")
    )


def provision(c: Connection, drafts: Iterable[SourceDraft], *, seal: Seal, at: datetime) -> None:
    """Load what config.yaml lists. A listed source that is gone from the file is disabled, its records stay.

    Raises BadSource('code', 'taken') when an admin has added the same code by hand.
    """
    listed_now = set()
    for draft in drafts:
        check(draft)
        listed_now.add(draft.code)
        row = c.execute(select(source).where(source.c.code == draft.code)).first()
        if row is None:
            add(c, draft, seal=seal, at=at, provisioned=True)
            continue
        before = _source(row)
        if not before.provisioned:
            raise BadSource("code", "taken")
        if (
            any(getattr(before, name) != getattr(draft, name) for name in _DRAWN)
            or draft.password is not None
        ):
            _change(c, before, draft, version=before.version, seal=seal)
    gone = source.c.provisioned & source.c.code.not_in(listed_now)
    c.execute(source.update().where(gone).values(enabled=False))


def remember(c: Connection, source_id: str, **found: Any) -> None:
    """Add to what is known about a source (`quirks`); a value of None forgets it."""
    quirks = dict(get(c, source_id).quirks)
    quirks.update(found)
    kept = {code: value for code, value in quirks.items() if value is not None}
    c.execute(source.update().where(source.c.id == source_id).values(quirks=kept))


def check(draft: SourceDraft) -> None:
    """Raises BadSource for the first thing that cannot be."""
    if not draft.code or len(draft.code) > 40 or not all(x.isalnum() or x in "-_." for x in draft.code):
        raise BadSource("code", "bad_code")
    if not draft.name.strip():
        raise BadSource("name", "required")
    if draft.kind not in ("oai", "file", "push"):
        raise BadSource("kind", "unknown")
    if draft.profile not in PROFILES:
        raise BadSource("profile", "unknown")
    if draft.kind == "oai":
        parts = urlsplit(draft.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadSource("url", "bad_url")
        if parts.username or parts.password:
            raise BadSource("url", "credentials_in_url")
    try:
        ZoneInfo(draft.zone)
    except (KeyError, ValueError, OSError) as error:
        raise BadSource("zone", "unknown_zone") from error
    if draft.schedule:
        from harvester.schedule import BadSchedule, trigger  # APScheduler is loaded only where it is needed

        try:
            trigger(draft.schedule, draft.zone)
        except BadSchedule as error:
            raise BadSource("schedule", "bad_schedule") from error
    if draft.ca_pem and "-----BEGIN CERTIFICATE-----" not in draft.ca_pem:
        raise BadSource("ca_pem", "not_pem")
    if not 0 <= draft.delay_ms <= 60_000:
        raise BadSource("delay_ms", "out_of_range")
    try:
        blackout.read(draft.blackout)
    except blackout.BadBlackout as error:
        raise BadSource("blackout", error.reason) from error
    for field_name, days in (("full_days", draft.full_days), ("sweep_days", draft.sweep_days or 0)):
        if not 0 <= days <= 3660:
            raise BadSource(field_name, "out_of_range")
    for name, value in draft.headers.items():
        if not name.isascii() or any(ch in "\r\n:" or ch.isspace() for ch in name) or "\n" in value:
            raise BadSource("headers", "bad_header")


def _values(draft: SourceDraft) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(draft, name) for name in _DRAWN}
    values["headers"] = dict(draft.headers)
    return values
