"""The panel "ways to get this": options of broker.ways in people's words, best first, refusals with their reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from flask import g

from broker.ways import Option
from foundation.libraries import Library
from web import formats, texts
from web.search.directory import directory
from web.search.hits import web_address

ICONS = {
    "online": "live",
    "own_shelf": "book",
    "own_on_loan": "clock",
    "loan": "truck",
    "copy": "copy",
    "read_there": "pin",
}

#: Refusals shown; more of them tell nobody anything.
REFUSED = 6


def panel(options: Sequence[Option], cluster_id: str, home: Library | None, desk: bool) -> dict[str, Any]:
    """`open` ways and `closed` ones. `desk`: a librarian looks, and asks on behalf of somebody."""
    allowed = _once(way for way in options if way.allowed)
    refused = _once(way for way in options if not way.allowed and way.reasons != ("log_in",))
    kinds = [way.kind for way in allowed]
    rows = []
    for number, way in enumerate(allowed):
        if way.kind in ("loan", "copy") and way.kind in kinds[:number]:
            continue  # the rota goes on to the next library by itself
        others = [one for one in allowed[number + 1 :] if one.kind == way.kind]
        rows.append(_row(way, others, cluster_id, home, desk))
    open_to = {(way.kind, way.library_id) for way in allowed}
    own = {way.library_id for way in options if way.kind.startswith("own")}
    closed = [
        (_title(way), _why(way))
        for way in refused
        if (way.kind, way.library_id) not in open_to
        and way.kind != "copy"
        and not (way.library_id in own and way.kind == "loan")
    ]
    return {
        "open": rows,
        "closed": closed[:REFUSED],
        "guest": home is None and any(way.reasons == ("log_in",) for way in options),
    }


def _once(options: Iterable[Option]) -> list[Option]:
    """One way of each kind for each library: the first, which is the nearest; shelves of the own library all stay."""
    found: dict[tuple[str, str | None, str], Option] = {}
    for way in options:
        place = str(way.shelf) if way.kind == "own_shelf" else way.url
        found.setdefault((way.kind, way.library_id, place), way)
    return list(found.values())


def _row(
    way: Option, others: Sequence[Option], cluster_id: str, home: Library | None, desk: bool
) -> dict[str, Any]:
    facts = []
    if way.kind in ("loan", "copy"):
        facts.append(formats.rupiah(way.fee, g.language) if way.fee else texts.say("way.free", g.language))
    if way.due_days:
        facts.append(texts.say("way.days", g.language, n=way.due_days))
    if way.kind == "own_shelf" and way.shelf:
        facts += [part for part in (way.shelf.branch_text, way.shelf.location) if part]
    facts += [texts.say(f"way.warning.{code}", g.language) for code in way.warnings if _known(code)]
    return {
        "kind": way.kind,
        "icon": ICONS.get(way.kind, "right"),
        "title": _title(way),
        "facts": facts,
        "call_number": way.shelf.call_number if way.kind == "own_shelf" and way.shelf else "",
        "others": [_name(one.library_id) for one in others[:3]],
        "address": _address(way, cluster_id, home, desk),
        "outside": way.kind == "online",
    }


def _known(code: str) -> bool:
    return texts.has(f"way.warning.{code}")


def _address(way: Option, cluster_id: str, home: Library | None, desk: bool) -> str:
    if way.kind == "online":
        return web_address(way.url)
    if way.kind not in ("loan", "copy") or home is None:
        return ""
    service = "&service_type=copy" if way.kind == "copy" else ""
    if desk:
        return f"/desk/{quote(home.code)}/new?cluster={quote(cluster_id)}{service}"
    return f"/my/request?cluster={quote(cluster_id)}&home={quote(home.code)}{service}"


def _title(way: Option) -> str:
    return texts.say(f"way.{way.kind}", g.language, library=_name(way.library_id))


def _why(way: Option) -> str:
    code = way.reasons[0] if way.reasons else "other"
    return texts.say(f"why.{code}" if texts.has(f"why.{code}") else "why.other", g.language)


def _name(library_id: str | None) -> str:
    one = directory().by_id.get(library_id or "")
    return one.name if one else ""
