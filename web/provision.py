"""Puts into the database what config.yaml lists: libraries with their branches, sources, and targets.

A row that left the file is disabled and keeps its records. A code that the admin pages already use
stops the start: nobody could tell which of the two is meant.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select, update

from broker.peers import store as peers
from foundation import libraries
from foundation.hours import hours_of
from foundation.settings import BranchSettings, LibrarySettings
from foundation.tables import branch, library
from harvester import profiles, sources
from harvester.settings import SourceSettings
from index.targets import store as targets
from index.targets.errors import BadTarget
from web.settings import BadConfig
from web.wiring import Parts


def provision(parts: Parts) -> None:
    """Make the database agree with the file. Raises BadConfig when a code is used twice."""
    now = parts.clock()
    with parts.db.begin() as c:
        faults = _taken(c, parts.settings.libraries)
        if faults:
            raise BadConfig(faults)
        _leave(c, {item.code for item in parts.settings.libraries})
        for item in parts.settings.libraries:
            _library(c, item, now)
        ids = {item.code: item.id for item in libraries.every(c)}
        sources.provision(
            c, [_source(item, ids, parts.data) for item in parts.settings.sources], seal=parts.seal, at=now
        )
        _targets(c, parts, now)
        _peers(c, parts, now)


def _targets(c: Connection, parts: Parts, now: datetime) -> None:
    wanted, faults = [], []
    for item in parts.settings.targets:
        found: list[BadTarget] = []
        wanted.append((item.profile(parts.data, faults=found), item.password))
        faults += [f"targets: {item.code}: {bad}" for bad in found]
    if faults:
        raise BadConfig(faults)
    try:
        targets.provision(c, wanted, seal=parts.seal, at=now)
    except BadTarget as bad:
        raise BadConfig(
            [f"targets: code {bad.detail} is also used by a target added in the admin pages"]
        ) from bad


def _peers(c: Connection, parts: Parts, now: datetime) -> None:
    try:
        peers.provision(c, parts.seal, parts.settings.peers, now)
    except peers.BadPeer as bad:
        raise BadConfig([f"peers: {bad}"]) from bad


def _taken(c: Connection, wanted: tuple[LibrarySettings, ...]) -> list[str]:
    own = {row.code for row in c.execute(select(library.c.code).where(library.c.provisioned.is_(False)))}
    return [
        f"libraries: code {item.code} is also used by a library added in the admin pages"
        for item in wanted
        if item.code in own
    ]


def _leave(c: Connection, listed: set[str]) -> None:
    c.execute(
        update(library)
        .where(library.c.provisioned.is_(True), library.c.code.not_in(listed), library.c.state == "active")
        .values(state="suspended")
    )


def _library(c: Connection, item: LibrarySettings, now: datetime) -> None:
    fields = [
        "name",
        "symbol",
        "kind",
        "institution",
        "address",
        "region",
        "zone",
        "email",
        "phone",
        "whatsapp",
        "opac_url",
        "lends",
    ]
    values = {name: getattr(item, name) for name in fields}
    there = c.execute(select(library.c.id, library.c.state).where(library.c.code == item.code)).first()
    if there is None:
        made = libraries.add(c, now, code=item.code, **values, provisioned=True)
        library_id = made.id
    else:
        library_id = there.id
        state = "active" if there.state == "suspended" else there.state
        c.execute(update(library).where(library.c.id == library_id).values(**values, state=state))
    known = {row.code: row.id for row in c.execute(select(branch).where(branch.c.library_id == library_id))}
    for place in item.branches or (BranchSettings(code="main", name=item.name),):
        _branch(c, library_id, place, known.get(place.code))


def _branch(c: Connection, library_id: str, place: BranchSettings, branch_id: str | None) -> None:
    values = {
        name: getattr(place, name)
        for name in ("name", "address", "zone", "email", "phone", "pickup", "lends")
    }
    if branch_id is None:
        branch_id = libraries.add_branch(c, library_id, code=place.code, aliases=place.aliases, **values).id
    else:
        c.execute(
            update(branch).where(branch.c.id == branch_id).values(**values, aliases=list(place.aliases))
        )
    if place.hours:
        libraries.set_openings(
            c,
            branch_id,
            [
                libraries.Opening(weekday=weekday, opens=opens, closes=closes)
                for text in place.hours
                for weekday, opens, closes in hours_of(text)
            ],
        )


def _source(item: SourceSettings, ids: dict[str, str], base: Path) -> sources.SourceDraft:
    return sources.SourceDraft(
        code=item.code,
        library_id=ids[item.library],
        name=item.name or item.code,
        url=item.url,
        prefix=item.prefix,
        set_spec=item.set,
        profile=item.profile,
        schedule=item.schedule,
        zone=item.zone,
        headers=item.headers,
        username=item.username,
        password=item.password or None,
        ca_pem=(base / item.ca_file).read_text() if item.ca_file else "",
        delay_ms=profiles.of(item.profile).pause_ms if item.delay_ms is None else item.delay_ms,
        blackout=item.blackout,
        full_days=item.full_days,
        sweep_days=item.sweep_days,
    )
