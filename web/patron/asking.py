"""Asking for something: from a record, or with a blank form. What the home library has is said first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.exceptions import NotFound

from broker.errors import Missing, NotAllowed, OnOwnShelf
from broker.views import PURPOSES, Checks, Draft, Shelf
from broker.ways import Reader
from foundation.clock import local_day
from foundation.libraries import Library
from index import views
from index.record import Record
from web import formats, forms, texts
from web.app import parts
from web.app import t as say
from web.forms import Form
from web.may import needs
from web.patron.card import Card, cards, chosen
from web.search.directory import directory
from web.search.record import elsewhere, title_of

#: Fields of both forms, and those that the blank form adds.
FIELDS = (
    "service_type",
    "edition_choice",
    "pickup",
    "need_by",
    "purpose",
    "note",
    "pages",
    "article_title",
    "article_author",
    "volume",
    "issue",
    "shelf_choice",
    "override_reason",
    "again",
)
BLANK = ("title", "author", "publisher", "year", "edition", "isbn")

#: So long may a citation's parts be.
LONGEST = {"title": 500, "author": 300, "article_title": 500, "article_author": 300}


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A library that a live search found: `said` goes with the request (broker.seen), `back` leads to the hit."""

    library: Library
    said: Mapping[str, Any]
    back: str


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/request", view_func=request_record, methods=["GET", "POST"], endpoint="request")
    blueprint.add_url_rule("/request/blank", view_func=request_blank, methods=["GET", "POST"])


@needs("own_requests")
def request_record() -> Any:
    """The form for a title of the catalogue."""
    cluster_id = request.values.get("cluster", "")
    with parts().db.read() as c:
        found = views.get(c, cluster_id)
        card = chosen(cards(c))
    if isinstance(found, views.Moved) and request.method == "GET":
        return redirect(f"/my/request?cluster={found.id}")
    if not isinstance(found, views.Cluster):
        return elsewhere(found, "/record/")
    if card is None:
        raise NotFound
    service = "copy" if request.args.get("service_type") == "copy" else "loan"
    form = blank_form(card, service)
    cited = citation_of(found.record)
    if request.method == "POST":
        return _send(card, forms.read(*FIELDS), cited, found, blank="")
    return _page(card, form, cited, found, blank="")


@needs("own_requests")
def request_blank() -> Any:
    """The form for what no catalogue here has: a book, or an article or chapter as a copy."""
    with parts().db.read() as c:
        card = chosen(cards(c))
    if card is None:
        raise NotFound
    kind = "article" if request.values.get("kind") == "article" else "book"
    if request.method == "POST":
        form = forms.read(*FIELDS, *BLANK)
        form.values["service_type"] = "copy" if kind == "article" else "loan"
        return _send(card, form, {}, None, blank=kind)
    form = blank_form(card, "copy" if kind == "article" else "loan")
    form.values |= {
        name: request.args.get(name, "").strip()[: LONGEST.get(name, 200)]
        for name in (*BLANK, "article_title")
    }
    return _page(card, form, {}, None, blank=kind)


def blank_form(card: Card, service: str) -> Form:
    """What the form says before anybody has typed."""
    return forms.filled(
        {
            "service_type": service,
            "edition_choice": "this",
            "pickup": card.branches[0].id if card.branches else "",
            "purpose": "other",
        }
    )


def citation_of(said: Record) -> dict[str, str]:
    """What is asked for, as the catalogue tells it now."""
    cited = {
        "title": title_of(said),
        "author": "; ".join(name.text for name in said.authors[:4]) or said.responsibility[:300],
        "publisher": said.publisher,
        "year": str(said.year or said.year_text or ""),
        "edition": said.edition,
        "isbn": next(iter(said.values("isbn")), ""),
        "issn": next(iter(said.values("issn")), ""),
        "format": str(said.format),
    }
    return {key: value for key, value in cited.items() if value}


def send(
    card: Card, form: Form, cited: Mapping[str, str], found: views.Cluster | None, holder: Holder
) -> Any:
    """Like the form for a title of the catalogue, for what a live search found at this library."""
    return _send(card, form, cited, found, "", holder)


def page(
    card: Card, form: Form, cited: Mapping[str, str], found: views.Cluster | None, holder: Holder
) -> str:
    """The form for what a live search found at this library."""
    return _page(card, form, cited, found, "", holder=holder)


def _send(
    card: Card,
    form: Form,
    cited: Mapping[str, str],
    found: views.Cluster | None,
    blank: str,
    holder: Holder | None = None,
) -> Any:
    """Check what was typed and hand it to the broker; whatever is wrong comes back with everything typed."""
    draft = _draft(card, form, cited, found, blank)
    if holder is not None:
        draft = replace(draft, holder=holder.said)
    if not form:
        return _page(card, form, cited, found, blank, holder=holder), 422
    try:
        made = parts().broker.submit(card.actor, draft)
    except OnOwnShelf as there:
        form.wrong("shelf_choice", "ask.shelf.choose")
        return _page(card, form, cited, found, blank, shelves=there.shelves, holder=holder), 409
    except NotAllowed as refusal:
        return _page(card, form, cited, found, blank, refusal=refusal, holder=holder), 409
    except Missing as missing:
        for name in missing.fields:
            form.wrong(name, "ask.missing")
        return _page(card, form, cited, found, blank, holder=holder), 422
    flash(say("ask.sent", title=draft.citation.get("article_title") or draft.citation["title"]), "ok")
    return redirect(f"/my/requests#r-{made.id}")


def _draft(
    card: Card, form: Form, cited: Mapping[str, str], found: views.Cluster | None, blank: str
) -> Draft:
    today = local_day(parts().clock(), card.library.zone)
    form.one_of("service_type", ("loan", "copy"), "ask.missing")
    form.one_of("purpose", PURPOSES, "ask.missing")
    form.one_of("pickup", [one.id for one in card.branches], "ask.pickup.missing")
    need_by = form.day("need_by", "ask.need_by.bad")
    if need_by is not None and need_by <= today:
        form.wrong(
            "need_by", "ask.need_by.soon", date=formats.plain_day(today + timedelta(days=1), g.language)
        )
    if blank == "book":
        form.require({"title": "ask.title.missing"})
    elif blank == "article":
        form.require({"article_title": "ask.article.missing", "title": "ask.journal.missing"})
    elif form["service_type"] == "copy" and not (form["pages"] or form["article_title"]):
        form.wrong("pages", "ask.pages.missing")
    if form["shelf_choice"] == "others" and len(form["override_reason"]) < 3:
        form.wrong("override_reason", "ask.override.missing")
    if form["year"] and not (form["year"].isdigit() and len(form["year"]) == 4):
        form.wrong("year", "ask.year.bad")
    told = ("pages", "article_title", "article_author", "volume", "issue", *(BLANK if blank else ()))
    for name in told:
        if len(form[name]) > LONGEST.get(name, 200):
            form.wrong(name, "register.long", n=LONGEST.get(name, 200))
    if len(form["note"]) > 1_000:
        form.wrong("note", "ask.note.long")
    copied = form["service_type"] == "copy"
    typed = {name: form[name] for name in told if form[name] and (blank or copied)}
    return Draft(
        citation={**cited, **typed},
        cluster_id=found.id if found else None,
        service_type=form["service_type"],
        purpose=form["purpose"],
        pickup_branch_id=form["pickup"],
        need_by=need_by,
        any_edition=form["edition_choice"] == "any",
        note=form["note"],
        override_reason=form["override_reason"] if form["shelf_choice"] == "others" else "",
        fetch=form["shelf_choice"] == "fetch",
        again=bool(form["again"]),
    )


def _page(
    card: Card,
    form: Form,
    cited: Mapping[str, str],
    found: views.Cluster | None,
    blank: str,
    *,
    shelves: Any = (),
    refusal: NotAllowed | None = None,
    holder: Holder | None = None,
) -> str:
    draft = Draft(
        citation=cited or {"title": form["title"] or "–"},
        cluster_id=found.id if found else None,
        service_type=form["service_type"] if form["service_type"] in ("loan", "copy") else "loan",
        holder=holder.said if holder else None,
    )
    told = parts().broker.checks(card.actor, draft)
    if shelves:
        told = replace(told, shelves=tuple(shelves), on_shelf=True)
    if refusal:
        told = replace(told, problems=refusal.codes, duplicate_id=refusal.request_id or told.duplicate_id)
    return render_template(
        "patron/ask.html",
        card=card,
        form=form,
        cited=cited,
        cluster=found,
        holder=holder,
        blank=blank,
        told=told,
        problems=_problems(told),
        shelves=[_shelf(one) for one in told.shelves] if told.on_shelf else [],
        pickups=[(one.id, one.name) for one in card.branches],
        purposes=[(one, say(f"purpose.{one}")) for one in PURPOSES],
        offer=_offer(card, found, draft.service_type) if found and not holder else None,
        earliest=(local_day(parts().clock(), card.library.zone) + timedelta(days=1)).isoformat(),
    )


def _offer(card: Card, found: views.Cluster, service: str) -> dict[str, Any] | None:
    """The first library that will be asked, with cost and days; None when none may be."""
    reader = Reader(library_id=card.library.id, category=card.patron.category)
    ways = parts().broker.ways(found.id, reader)
    open_to = [way for way in ways if way.kind == service and way.allowed]
    if not open_to:
        return None
    known = directory().by_id
    return {
        "first": known[str(open_to[0].library_id)],
        "cost": formats.rupiah(open_to[0].fee, g.language) if open_to[0].fee else say("way.free"),
        "days": open_to[0].due_days,
        "others": len({way.library_id for way in open_to}) - 1,
    }


def _problems(told: Checks) -> list[str]:
    """What stands in the way, in words; an open request for the same title is asked about, not refused."""
    return [
        say(f"why.{code}" if texts.has(f"why.{code}") else "why.other")
        for code in told.problems
        if code != "duplicate"
    ]


def _shelf(one: Shelf) -> dict[str, Any]:
    return {
        "place": ", ".join(dict.fromkeys(part for part in (one.branch_text, one.location) if part)),
        "call_number": one.call_number,
        "available": one.available,
    }
