"""One live hit opened: the whole record, who has it and what of it is free, as the target said a moment ago."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from sqlalchemy import Connection

from foundation import libraries, people
from foundation.libraries import Library
from index.crosswalk.errors import BadRecord
from index.live.snapshot import UNION, Holder, LiveCluster, Snapshot, View
from index.record import Availability, Record
from index.targets import store
from index.targets.errors import UnknownTarget
from web.app import parts
from web.live import whose, words
from web.live.watching import gone
from web.live.whose import Mine
from web.may import needs
from web.search import labels
from web.search.directory import directory
from web.search.hits import BOOKS, web_address
from web.search.record import _facts as facts_of
from web.search.record import title_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A hit of a search: the cluster, its holders at targets, the one that is shown (`at` counts from 0), its record.

    `record` is None where it cannot be read.
    """

    mine: Mine
    found: Snapshot
    cluster: LiveCluster
    holders: tuple[Holder, ...]
    at: int
    record: Record | None

    @property
    def holder(self) -> Holder:
        """Whose record is shown."""
        return self.holders[self.at]


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/live/<search>/<int:cluster>", view_func=show, endpoint="hit")


def opened(search: str, cluster: int) -> Opened | LiveCluster | None:
    """The hit that the address names (`?at=` chooses the record); the cluster alone when only our own catalogue has it."""
    mine = whose.mine(search)
    if mine is None:
        return None
    found = mine.engine.snapshot(search, mine.owner, View(limit=0))
    one = mine.engine.cluster(search, mine.owner, str(cluster))
    if found is None or one is None:
        return None
    holders = tuple(holder for holder in one.holders if holder.target != UNION)
    if not holders:
        return one
    text = request.values.get("at", "")
    at = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    at = at if at < len(holders) else 0
    holder = holders[at]
    try:
        record = mine.engine.record(search, mine.owner, holder.target, holder.position)
    except BadRecord:
        record = None
    return Opened(mine=mine, found=found, cluster=one, holders=holders, at=at, record=record)


def lender(c: Connection, holder: Holder) -> Library | None:
    """The library that a request for this record goes to; None where its target takes none."""
    if not holder.library:
        return None
    try:
        profile = store.get(c, holder.target).profile
    except UnknownTarget:
        return None
    if not profile.policy.requests:
        return None
    try:
        return libraries.by_code(c, holder.library)
    except LookupError:
        return None


@needs("look")
def show(search: str, cluster: int) -> Any:
    """The page of the hit."""
    hit = opened(search, cluster)
    if hit is None:
        return gone()
    if isinstance(hit, LiveCluster):
        return redirect(f"/record/{hit.union_id}")
    names = words.names(hit.found)
    with parts().db.read() as c:
        giving = [lender(c, holder) for holder in hit.holders]
        cards = people.patrons_of_user(c, g.viewer.user_id) if g.viewer.user_id else ()
    said = hit.record
    brief = hit.cluster.brief
    known = directory()
    kind = str(said.format) if said else str(brief.get("format", "other"))
    return render_template(
        "live/record.html",
        hit=hit,
        said=said,
        title=(title_of(said) if said else str(brief.get("title", ""))),
        letter=next((x for x in str(brief.get("title", "")) if x.isalnum()), "–").upper(),
        book=kind in BOOKS,
        format=labels.format_name(kind, g.language),
        facts=facts_of(said) if said else [],
        contents=[part.strip() for part in said.contents.split(" -- ") if part.strip()] if said else [],
        links=[(web_address(one.url), one.label) for one in said.links if web_address(one.url)]
        if said
        else [],
        holders=[
            {
                "at": number,
                "name": known.names.get(one.library, "") or names.get(one.target, one.target),
                "target": names.get(one.target, one.target),
                "code": one.library,
                "copies": [_copy(copy) for copy in one.holdings],
                "request": f"/my/request/live/{search}/{cluster}?at={number}" if library else "",
            }
            for number, (one, library) in enumerate(zip(hit.holders, giving, strict=True))
        ],
        checked=hit.mine.engine.started(search, hit.mine.owner),
        cards=bool(cards),
    )


def _copy(one: Any) -> dict[str, Any]:
    kind = (
        "on_site"
        if one.lendable is False and one.availability is Availability.AVAILABLE
        else str(one.availability)
    )
    return {
        "branch": one.branch,
        "location": one.location if one.location != one.branch else "",
        "call_number": one.call_number,
        "copies": one.copies,
        "kind": kind,
        "shape": labels.DOTS.get(kind, labels.DOTS["unknown"]),
        "due": one.due,
        "note": one.note or one.coverage,
    }
