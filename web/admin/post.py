"""What still has to be sent: waiting and undeliverable work of the outbox, and a test mail to oneself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, g, redirect, render_template, request
from sqlalchemy import Connection, Row, func, select

from foundation import outbox as box
from foundation import people
from foundation import tables as t
from foundation.ids import uuid7
from foundation.outbox import NotDelivered
from web import mailing
from web.admin.room import PER_PAGE, at, blueprint, libraries_by_id, note, now, page_number
from web.app import parts
from web.app import t as say
from web.desk.paging import paging
from web.may import needs

VIEWS = ("waiting", "dead", "done")


@blueprint.get("/outbox")
@needs("network")
def outbox() -> str:
    """Work of the outbox by state; whom a mail is for stays between the reader and the library."""
    counts: dict[str, int] = dict.fromkeys(VIEWS, 0)
    with parts().db.read() as c:
        for (_, state), number in box.counts(c).items():
            counts[state] = counts.get(state, 0) + number
        view = request.args.get("view", "dead" if counts["dead"] else "waiting")
        channel = request.args.get("channel", "")
        if view not in VIEWS or channel not in ("", *box.CHANNELS):
            abort(404)
        page = page_number()
        o = t.outbox.c
        chosen = [o.state == view] + ([o.channel == channel] if channel else [])
        total = int(c.execute(select(func.count()).select_from(t.outbox).where(*chosen)).scalar_one())
        order = (o.due_at, o.id) if view == "waiting" else (o.id.desc(),)
        rows = c.execute(
            select(t.outbox).where(*chosen).order_by(*order).limit(PER_PAGE).offset((page - 1) * PER_PAGE)
        ).all()
        lines = [(row, receiver(c, row)) for row in rows]
        address = people.get_user(c, g.viewer.user_id).email
    return render_template(
        "admin/outbox.html",
        lines=lines,
        counts=counts,
        view=view,
        channel=channel,
        channels=box.CHANNELS,
        total=total,
        mail=parts().settings.mail,
        address=address,
        paging=paging(page, total=total, size=PER_PAGE),
    )


@blueprint.post("/outbox/<int:work>/act")
@needs("network")
def outbox_act(work: int) -> Any:
    """Try a dead letter again, or take it as done; what waits behind it goes on."""
    action = request.form.get("do")
    with parts().db.begin() as c:
        if action == "resend":
            done = box.resend(c, work, now())
        elif action == "settle":
            done = box.settle(c, work, now(), f"settled by {g.viewer.login}")
        else:
            abort(400)
        if done:
            note(c, "outbox", str(work), f"outbox_{action}")
    if done:
        flash(say("admin.outbox.resent" if action == "resend" else "admin.outbox.settled"), "ok")
    else:
        flash(say("admin.outbox.late"), "warn")
    return redirect(at("outbox", view="dead"))


@blueprint.post("/outbox/resend-all")
@needs("network")
def outbox_resend_all() -> Any:
    """Try every dead letter again, when the fault was ours and is mended."""
    with parts().db.begin() as c:
        number = sum(box.resend(c, row.id, now()) for row in box.dead(c, limit=1000))
        if number:
            note(c, "outbox", uuid7(), "outbox_resend_all", number=number)
    flash(say("admin.outbox.resent_all", n=number), "ok" if number else "warn")
    return redirect(at("outbox"))


@blueprint.post("/mail/test")
@needs("network")
def mail_test() -> Any:
    """Send a test mail at once to the address of whoever presses the button, and to nobody else."""
    with parts().db.read() as c:
        me = people.get_user(c, g.viewer.user_id)
    if not me.email:
        flash(say("admin.mail.no_address"), "warn")
        return redirect(at("outbox") + "#mail")
    try:
        mailing.send_test(parts(), me.email, g.language)
    except (NotDelivered, mailing.Undeliverable) as problem:
        flash(say("admin.mail.failed", why=str(problem)), "bad")
    else:
        flash(say("admin.mail.sent", address=me.email), "ok")
    return redirect(at("outbox") + "#mail")


def receiver(c: Connection, row: Row[Any]) -> Mapping[str, str]:
    """For whom work is, without saying who: 'account' with its name for staff, 'reader' with the library."""
    payload = row.payload if isinstance(row.payload, Mapping) else {}
    template = str(payload.get("template", ""))
    if patron_id := payload.get("to_patron_id"):
        library_id = c.execute(select(t.patron.c.library_id).where(t.patron.c.id == patron_id)).scalar()
        library = libraries_by_id().get(library_id or "")
        return {"kind": "reader", "library": library.code if library else "", "template": template}
    if user_id := payload.get("to_user_id"):
        roles = {role.role for role in people.roles_of(c, str(user_id))}
        works = bool(roles & {"librarian", "head", "admin"})
        name = ""
        if works:
            name = people.get_user(c, str(user_id)).name
        return {"kind": "account" if works else "reader", "name": name, "template": template}
    return {"kind": "", "template": template}
