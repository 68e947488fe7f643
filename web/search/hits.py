"""From the brief value that an engine keeps with each document to one line of the result list."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

from markupsafe import Markup

from index.search import Hit
from web import texts
from web.search import labels

#: Formats whose cover is drawn as a book; journals get their own sign.
BOOKS = frozenset({"book", "ebook"})

#: So many libraries are named in one line.
NAMED = 8


def lines(hits: tuple[Hit, ...], language: str, libraries: dict[str, str], own: frozenset[str]) -> list[Any]:
    """What the template draws; `libraries` are names by code, `own` the reader's library codes."""
    return [line(hit.id, hit.brief, language, libraries, own) for hit in hits]


def line(
    id: str, brief: Mapping[str, Any], language: str, libraries: dict[str, str], own: frozenset[str]
) -> dict[str, Any]:
    """One hit: title, facts, the badge, who has it (own library first)."""
    kind = str(brief.get("format", "other"))
    holders = sorted(
        brief.get("holders", ()), key=lambda h: (h["library"] not in own, "available" not in h["has"])
    )
    has = {way for holder in holders for way in holder["has"]} | (
        {"online"} if brief.get("online") else set()
    )
    best = next((way for way in labels.BADGES if way in has), "unknown")
    named = [_holder(holder, libraries, own) for holder in holders[:NAMED]]
    return {
        "id": id,
        "address": f"/record/{quote(id)}",
        "title": full_title(brief) or texts.say("record.untitled", language),
        "isbn": brief.get("isbn", ()),
        "letter": next((c for c in str(brief.get("title", "")) if c.isalnum()), "–").upper(),
        "kind": kind,
        "book": kind in BOOKS,
        "facts": facts(brief, language),
        "summary": brief.get("summary", ""),
        "best": best,
        "shape": labels.BADGES.get(best, "unknown"),
        "fulltext": web_address(str(brief.get("fulltext", ""))),
        "holder_count": brief.get("holder_count", len(holders)),
        "available_at": sum("available" in holder["has"] for holder in holders),
        "holders": named,
        "marks": Markup(" ".join(holder["mark"] for holder in named)),  # noqa: S704  # of _mark alone
        "more_holders": max(0, brief.get("holder_count", len(holders)) - NAMED),
    }


def full_title(brief: Mapping[str, Any]) -> str:
    """Title, part and subtitle in one line."""
    title = str(brief.get("title", ""))
    if brief.get("part"):
        title = f"{title}. {brief['part']}"
    return f"{title}: {brief['subtitle']}" if brief.get("subtitle") else title


def facts(brief: Mapping[str, Any], language: str) -> list[str]:
    """Who made it, who brought it out and when, what it is."""
    people = brief.get("authors") or brief.get("contributors") or ()
    who = "; ".join(people[:3]) or str(brief.get("responsibility", ""))[:120]
    when = str(brief.get("year") or brief.get("year_text") or "")
    out = ", ".join(part for part in (str(brief.get("publisher", "")), when) if part)
    kind = labels.format_name(str(brief.get("format", "other")), language)
    parts = (who, out, kind, str(brief.get("extent", ""))[:60], str(brief.get("edition", ""))[:60])
    return [part for part in parts if part]


def web_address(text: str) -> str:
    """The address when it is one of the web; '' for anything else (javascript:, data:, …)."""
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return ""
    return text.strip() if parts.scheme.lower() in ("http", "https") and parts.netloc else ""


@lru_cache(maxsize=4096)
def _mark(code: str, name: str, mine: bool) -> Markup:
    """The sign of a library, as parts.html draws it; a page of hits shows hundreds."""
    return Markup('<abbr class="lib%s" title="%s">%s</abbr>') % (" mine" if mine else "", name, code)


def _holder(holder: Mapping[str, Any], libraries: dict[str, str], own: frozenset[str]) -> dict[str, Any]:
    best = next((way for way in labels.BADGES if way in holder["has"]), "unknown")
    code = holder["library"]
    return {
        "code": code,
        "name": libraries.get(code, code),
        "mine": code in own,
        "mark": _mark(code, libraries.get(code, code), code in own),
        "calls": ", ".join(holder["calls"][:2]),
        "copies": holder["copies"],
        "best": best,
        "shape": labels.BADGES.get(best, "unknown"),
    }
