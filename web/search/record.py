"""The record page: what it is, every copy in the network, and what this reader may do about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from flask import Blueprint, g, redirect, render_template, request
from stdnum import isbn
from werkzeug.exceptions import NotFound

from broker.shelves import CONFIDENCE, held
from broker.views import Shelf
from broker.ways import Option
from index import views
from index.finding import works
from index.record import Record
from index.search import SearchFailed
from web import formats
from web.app import parts
from web.may import needs
from web.search import checks as asked_now
from web.search import covers, labels
from web.search.directory import directory
from web.search.hits import BOOKS, lines, web_address
from web.search.reader import Standing, standing
from web.search.ways import panel

#: Kinds of identifiers that a reader knows what to do with.
SHOWN = ("isbn", "issn", "ismn", "doi", "urn", "nbn")


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/record/<cluster_id>", view_func=record)


@needs("look")
def record(cluster_id: str) -> Any:
    """The page; 301 to where a merged record went, 410 with its title when no library has it any longer."""
    with parts().db.read() as c:
        found = views.get(c, cluster_id)
        if not isinstance(found, views.Cluster):
            return elsewhere(found, "/record/")
        who = standing(c)
        rows = held(c, cluster_id)
        checks = asked_now.shown(c, cluster_id, found.record, rows)
        rows = asked_now.live_rows(c, cluster_id, rows)
    ways = parts().broker.ways(cluster_id, who.reader, online=online(found))
    said = found.record
    return render_template(
        "search/record.html",
        cluster=found,
        said=said,
        title=title_of(said),
        letter=next((x for x in said.title if x.isalnum()), "–").upper(),
        cover=covers.address(said.values("isbn")),
        book=str(said.format) in BOOKS,
        format=labels.format_name(str(said.format), g.language),
        who=who,
        groups=_groups(rows, ways, who, checks["at"]),
        checks=checks,
        ways=panel(ways, cluster_id, who.home, desk=who.card is None),
        available_at=len({row.library_id for row in rows if row.available}),
        kind=(kind := _kind(rows)),
        shape=labels.DOTS.get(kind, ""),
        facts=_facts(said),
        contents=[part.strip() for part in said.contents.split(" -- ") if part.strip()],
        links=[(web_address(one.url), one.label) for one in said.links if web_address(one.url)],
        updated=max(one.changed_at for one in found.descriptions),
        sources=len({one.source_id for one in found.descriptions}),
        back=_back(),
        **_beside(cluster_id, said),
        permanent=f"{parts().settings.web.public_url.rstrip('/')}/record/{cluster_id}",
    )


def _beside(cluster_id: str, said: Record) -> dict[str, Any]:
    """Other editions of the work, and titles like it, as lines; none where the index does not answer."""
    engine, known = parts().engine, directory()
    names = [one.text for one in (*said.authors, *said.contributors)]
    try:
        editions = works.editions(engine, cluster_id, said.title, names)
        similar = works.similar(engine, cluster_id, said.title, said.subjects, [hit.id for hit in editions])
    except SearchFailed:
        editions, similar = (), ()
    return {
        "editions": lines(editions, g.language, known.names, known.own),
        "similar": lines(similar, g.language, known.names, known.own),
    }


def elsewhere(found: views.Moved | views.Gone | None, path: str) -> Any:
    """The answer for a record that is not here (any more)."""
    if isinstance(found, views.Moved):
        return redirect(f"{path}{quote(found.id)}", 301)
    if isinstance(found, views.Gone):
        return render_template("search/gone.html", gone=found), 410
    raise NotFound


def online(found: views.Cluster) -> tuple[str, ...]:
    """Addresses at which the text itself can be read."""
    links = (one for d in found.descriptions for one in d.record.links if one.kind == "fulltext")
    return tuple(dict.fromkeys(address for one in links if (address := web_address(one.url))))[:5]


def title_of(said: Record) -> str:
    """Title, part and subtitle in one line."""
    part = " ".join(one for one in (said.part_number, said.part_name) if one)
    title = f"{said.title}. {part}" if part else said.title
    return f"{title}: {said.subtitle}" if said.subtitle else title


def _groups(
    rows: tuple[Shelf, ...], ways: tuple[Option, ...], who: Standing, checked: Mapping[str, datetime]
) -> list[tuple[str, list[Any]]]:
    """Copies in three groups: the own library's, those that can be borrowed, all others."""
    lent = {way.library_id for way in ways if way.kind == "loan" and way.allowed}
    groups: dict[str, list[Any]] = {"own": [], "lent": [], "others": []}
    for row in rows:
        mine = who.home is not None and row.library_id == who.home.id
        can_lend = row.library_id in lent and row.lendable is not False and row.availability != "lost"
        groups["own" if mine else "lent" if can_lend else "others"].append(
            _copy(row, mine) | {"checked": checked.get(row.library_id) if row.live else None}
        )
    for found in groups.values():
        found.sort(key=lambda copy: (copy["order"], copy["name"]))
    return [(name, found) for name, found in groups.items() if found]


def _copy(row: Shelf, mine: bool) -> dict[str, Any]:
    one = directory().by_id.get(row.library_id)
    kind = "on_site" if row.lendable is False and row.availability == "available" else row.availability
    return {
        "code": one.code if one else "?",
        "name": one.name if one else "?",
        "mine": mine,
        "branch": row.branch_text,
        "location": row.location if row.location != row.branch_text else "",
        "call_number": row.call_number,
        "kind": kind,
        "shape": labels.DOTS.get(kind, labels.DOTS["unknown"]),
        "due": _due(row.due),
        "copies": row.copies,
        "available": row.available,
        "counted": kind in ("available", "on_loan"),  # elsewhere "0 of 1" would say what nobody knows
        "order": CONFIDENCE.get(row.availability, 3),
    }


def _kind(rows: tuple[Shelf, ...]) -> str:
    """What the title as a whole can be got by, in the order of the result list."""
    kinds = {row.availability for row in rows}
    return next(
        (kind for kind in labels.BADGES if kind in kinds), rows[0].availability if rows else "unknown"
    )


def _due(text: str) -> str:
    """A due date as sources write it, in the reader's way where it is a date."""
    try:
        return formats.plain_day(date.fromisoformat(text[:10]), g.language)
    except ValueError:
        return text


def _identifier(kind: str, value: str) -> str:
    """ISBNs with their hyphens, as they are printed."""
    return str(isbn.format(value)) if kind == "isbn" and isbn.is_valid(value) else value


def _facts(said: Record) -> list[tuple[str, list[tuple[str, str]]]]:
    """(key of the texts, [(words, address or '')]) of what the description tells, empty ones left out."""
    out = " ".join(part for part in (f"{said.place}:" if said.place else "", said.publisher) if part)
    found: list[tuple[str, list[tuple[str, str]]]] = [
        ("record.subjects", [(one, _search(subject=one.strip().rstrip(".;, "))) for one in said.subjects]),
        (
            "record.contributors",
            [(_who(one), _search(q=f'au:"{one.text}"')) for one in said.contributors[:12]],
        ),
        ("record.languages", [(labels.language_name(one, g.language), "") for one in said.languages]),
        *(
            (f"record.{kind}", [(_identifier(kind, one), "") for one in said.values(kind)])
            for kind in SHOWN
            if said.values(kind)
        ),
        ("record.published", [(", ".join(part for part in (out, said.year_text) if part), "")]),
        ("record.edition", [(said.edition, "")]),
        ("record.extent", [(said.extent, "")]),
        ("record.series", [(one, "") for one in said.series]),
        ("record.host", [(said.host, "")]),
        ("record.other_titles", [(one, "") for one in (*said.scripts, *said.alternates)[:6]]),
        ("record.classes", [(one, "") for one in said.classes[:6]]),
        ("record.notes", [(one, "") for one in said.notes[:6]]),
        *(
            [
                (
                    "facet.sale",
                    [
                        (
                            labels.facet_value("sale", "not_for_sale", g.language, {}),
                            _search(sale="not_for_sale"),
                        )
                    ],
                )
            ]
            if said.not_for_sale
            else []
        ),
    ]
    rows = [(key, [value for value in values if value[0]]) for key, values in found]
    return [(key, values) for key, values in rows if values]


def _who(one: Any) -> str:
    return f"{one.text} ({one.dates})" if one.dates else str(one.text)


def _search(**pairs: str) -> str:
    return f"/search?{urlencode({'q': '', **pairs})}"


def _back() -> str:
    """The result page one came from, when the browser says so; '' otherwise."""
    came = urlsplit(request.referrer or "")
    if came.netloc == request.host and came.path == "/search":
        return f"/search?{came.query}"
    return ""
