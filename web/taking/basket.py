"""The basket: putting titles in and taking them out, its page, and the list by mail to one's own address."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from foundation import outbox, people
from foundation.ids import uuid7
from web.account.cookies import throttle, too_many
from web.app import parts, safe_next
from web.app import t as say
from web.auth.throttle import Limit
from web.desk.paging import paging
from web.may import needs
from web.search import asking
from web.search.directory import directory
from web.taking import kept
from web.taking.exporting import root
from web.taking.titles import Title, full_title, makers, titles, year

#: Titles on a page of the basket, and in one mail; files hold all of them.
SHOWN, MAILED = 50, 100

#: How often a list may be sent by mail.
MAILS = Limit(tries=5, minutes=60)


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/basket", view_func=show)
    for name, view in (("add", add), ("remove", remove), ("clear", clear)):
        blueprint.add_url_rule(f"/basket/{name}", view_func=view, methods=["POST"], endpoint=f"basket_{name}")
    blueprint.add_url_rule("/basket/mail", view_func=mail, methods=["POST"], endpoint="basket_mail")


@needs("look")
def show() -> str:
    """What lies in the basket, a page of it."""
    return _page()


def _titles(start: int, many: int) -> tuple[Title, ...]:
    with parts().db.read() as c:
        return titles(c, kept.ids()[start : start + many], directory().by_id, root())


def _page() -> str:
    count = len(kept.ids())
    number = min(asking.number(request.args.get("page"), 1), max(1, -(-count // SHOWN)))
    start = (number - 1) * SHOWN
    found = _titles(start, SHOWN)
    address = ""
    if g.viewer.user_id:
        with parts().db.read() as c:
            address = people.get_user(c, g.viewer.user_id).email
    lines = [
        {
            "id": one.cluster.id,
            "title": full_title(one.said) or say("record.untitled"),
            "facts": [fact for fact in (_who(one), one.said.publisher, year(one.said)) if fact],
            "holders": len(one.holders),
        }
        for one in found
    ]
    return render_template(
        "taking/basket.html",
        lines=lines,
        count=count,
        missing=len(kept.ids()[start : start + SHOWN]) - len(lines),
        paging=paging(number, total=count, size=SHOWN),
        address=address,
        most=kept.MOST if g.viewer.user_id else kept.GUEST_MOST,
    )


def _who(one: Title) -> str:
    authors, editors, _ = makers(one.said)
    return "; ".join(name.text for name in (authors or editors)[:3])


@needs("look")
def add() -> Response:
    """Put the titles in that the button names: one, or several with spaces between."""
    came, left = kept.add(_ids())
    if left:
        flash(say("basket.full", n=len(kept.ids())), "warn")
    elif came:
        flash(say("basket.added", n=came), "ok")
    return kept.remember(_back())


@needs("look")
def remove() -> Response:
    """Take titles out."""
    n = kept.take_out(_ids())
    flash(say("basket.removed", n=n), "ok")
    return kept.remember(_back())


@needs("look")
def clear() -> Response:
    """Empty it."""
    kept.clear()
    flash(say("basket.cleared"), "ok")
    return kept.remember(redirect("/basket", 303))


@needs("own_account")
def mail() -> Any:
    """Send the list to the address of the account, and to no other."""
    here = parts()
    found = _titles(0, MAILED)
    now = here.clock()
    counted = [(f"basket-mail:{g.viewer.user_id}", MAILS)]
    if wait := throttle().wait(counted, now):
        flash(say("basket.mail.wait", n=-(-wait // 60)), "bad")
        return too_many(_page(), wait)
    with here.db.begin() as c:
        if not found or not people.get_user(c, g.viewer.user_id).email:
            flash(say("basket.mail.none"), "bad")
            return redirect("/basket", 303)
        payload = {
            "template": "list",
            "to_user_id": g.viewer.user_id,
            "data": {"list": [_mailed(one) for one in found]},
        }
        work = outbox.Work(channel="mail", effect_key=f"list:{uuid7()}", payload=payload)
        outbox.put(c, work, now)
    throttle().count(counted, now)
    flash(say("basket.mailed"), "ok")
    return redirect("/basket", 303)


def _mailed(one: Title) -> str:
    """Two lines: what it is, where it is found."""
    facts = ". ".join(
        fact for fact in (_who(one), full_title(one.said), one.said.publisher, year(one.said)) if fact
    )
    return f"{' '.join(facts.split())[:400]}\n{one.address}"


def _ids() -> list[str]:
    return [one for text in request.form.getlist("id") for one in text.split()][: kept.MOST]


def _back() -> Response:
    return redirect(safe_next(request.form.get("next") or "/basket"), 303)
