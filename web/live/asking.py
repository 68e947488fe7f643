"""Asking for what another catalogue has: the form filled with what was found, the library that has it as holder."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from werkzeug.exceptions import NotFound

from broker import seen
from index import views
from web import forms
from web.app import parts
from web.live.opened import Opened, lender, opened
from web.may import needs
from web.patron import asking
from web.patron.card import cards, chosen


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/my/request/live/<search>/<int:cluster>", view_func=ask, methods=["GET", "POST"])


@needs("own_requests")
def ask(search: str, cluster: int) -> Any:
    """The form; what it sends goes to the broker with the library as holder, and with what stands there."""
    hit = opened(search, cluster)
    if not isinstance(hit, Opened) or hit.record is None:
        raise NotFound
    with parts().db.read() as c:
        card = chosen(cards(c))
        library = lender(c, hit.holder)
        ours = views.get(c, hit.cluster.union_id) if hit.cluster.union_id else None
    if card is None or library is None:
        raise NotFound
    engine, id, owner = hit.mine
    at = engine.started(id, owner) or parts().clock()
    found = ours if isinstance(ours, views.Cluster) else None
    holder = asking.Holder(
        library=library,
        said=seen.holder(library.id, hit.record.holdings, at),
        back=f"/live/{search}/{cluster}",
    )
    cited = asking.citation_of(hit.record)
    if request.method == "POST":
        return asking.send(card, forms.read(*asking.FIELDS), cited, found, holder)
    service = "copy" if request.args.get("service_type") == "copy" else "loan"
    return asking.page(card, asking.blank_form(card, service), cited, found, holder)
