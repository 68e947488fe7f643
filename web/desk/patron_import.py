"""Importing members: upload, look at what would happen, then all good rows in one transaction."""

from __future__ import annotations

import os
import re
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import abort, flash, g, redirect, render_template, request
from sqlalchemy import Connection, select

from foundation import events, people
from foundation import tables as t
from foundation.ids import uuid7
from web.app import parts
from web.app import t as say
from web.desk import imports
from web.desk.imports import BadFile, Known, Row
from web.desk.room import at, blueprint, now
from web.may import needs

#: Bytes of the largest list; 20,000 members take about 3 MB.
LARGEST = 5_000_000
#: How long an upload waits for its import before it is thrown away.
KEPT = timedelta(hours=24)
#: Rows that the preview shows; rows with problems come first.
SHOWN = 100


@blueprint.url_value_preprocessor
def _room_for_the_file(endpoint: str | None, _: Any) -> None:
    if endpoint == "desk.patron_upload":
        request.max_content_length = LARGEST + 50_000


@blueprint.get("/<library>/patrons/import")
@needs("desk_patrons")
def patron_import(library: str) -> str:
    """The page that takes a file."""
    return render_template("desk/import.html", problem="")


@blueprint.post("/<library>/patrons/import")
@needs("desk_patrons")
def patron_upload(library: str) -> Any:
    """Keep the file, where it is a list of members, and go to its preview."""
    sent = request.files.get("file")
    data = sent.read(LARGEST + 1) if sent else b""
    if not data:
        return render_template("desk/import.html", problem=say("import.bad.empty")), 422
    if len(data) > LARGEST:
        return render_template("desk/import.html", problem=say("import.bad.large")), 422
    try:
        imports.read(data)
    except BadFile as error:
        told = say(f"import.bad.{error}", line=error.line, most=imports.MAX_ROWS)
        return render_template("desk/import.html", problem=told), 422
    _throw_away_old_ones()
    key = secrets.token_hex(16)
    path = _path(key)
    path.touch(mode=0o600)
    path.write_bytes(data)
    os.utime(path, (now().timestamp(), now().timestamp()))
    return redirect(at("patron_preview", key=key))


@blueprint.get("/<library>/patrons/import/<key>")
@needs("desk_patrons")
def patron_preview(library: str, key: str) -> str:
    """What importing would do, row by row; the columns can be chosen anew."""
    sheet = _sheet(key)
    mapping = _mapping(sheet)
    problems = imports.mapping_problems(mapping)
    rows: tuple[Row, ...] = ()
    if not problems:
        with parts().db.read() as c:
            rows = imports.check(sheet, mapping, known(c, g.library.id))
    tally = Counter(row.outcome for row in rows)
    order = {"bad": 0, "changed": 1, "new": 2, "same": 3}
    shown = sorted(rows, key=lambda row: (order[row.outcome], row.line))[:SHOWN]
    return render_template(
        "desk/import_preview.html",
        key=key,
        sheet=sheet,
        mapping=mapping,
        problems=problems,
        tally=tally,
        total=len(rows),
        shown=shown,
        sample=[cells for _, cells in sheet.rows[:3]],
        FIELDS=imports.FIELDS,
    )


@blueprint.post("/<library>/patrons/import/<key>")
@needs("desk_patrons")
def patron_apply(library: str, key: str) -> Any:
    """Import the good rows, all or none; rows with problems only stay behind when that was said."""
    sheet = _sheet(key)
    mapping = _mapping(sheet)
    if imports.mapping_problems(mapping):
        return redirect(at("patron_preview", key=key, **_columns(mapping)))
    with parts().db.begin() as c:
        rows = imports.check(sheet, mapping, known(c, g.library.id))
        bad = [row for row in rows if row.outcome == "bad"]
        if bad and not request.form.get("without_bad"):
            flash(say("import.say_so", n=len(bad)), "warn")
            return redirect(at("patron_preview", key=key, **_columns(mapping)))
        apply(c, rows)
    _path(key).unlink(missing_ok=True)
    tally = Counter(row.outcome for row in rows)
    flash(say("import.done", new=tally["new"], changed=tally["changed"], same=tally["same"]), "ok")
    if bad:
        return render_template("desk/import_done.html", tally=tally, bad=bad)
    return redirect(at("patrons"))


def known(c: Connection, library_id: str) -> dict[str, Known]:
    """The library's patrons by number, as an import compares with them."""
    p, who = t.patron, t.patron_person
    rows = c.execute(
        select(p.c.id, p.c.version, p.c.number, p.c.category, p.c.expires_on, who.c.name, who.c.email)
        .add_columns(who.c.phone, who.c.address)
        .select_from(p.outerjoin(who, who.c.patron_id == p.c.id))
        .where(p.c.library_id == library_id)
    )
    found = {}
    for row in rows:
        values = {key: row._mapping[key] or "" for key in ("number", "name", "email", "phone", "address")}
        values["category"] = row.category
        values["expires_on"] = row.expires_on.isoformat() if row.expires_on else ""
        found[row.number] = Known(id=row.id, version=row.version, values=values)
    return found


def apply(c: Connection, rows: Sequence[Row]) -> None:
    """Store new and changed rows in the caller's transaction."""
    new = [(uuid7(), row.values) for row in rows if row.outcome == "new"]
    if new:
        c.execute(t.patron.insert(), [_patron_values(made, values) for made, values in new])
        c.execute(t.patron_person.insert(), [_person_values(made, values) for made, values in new])
    changed = [row for row in rows if row.outcome == "changed"]
    before = known(c, g.library.id) if changed else {}
    for row in changed:
        was = before[row.values["number"]]
        values = {**was.values, **row.values}
        people.change_patron(
            c,
            was.id,
            was.version,
            category=values["category"],
            expires_on=imports.parse_day(values["expires_on"]) if values["expires_on"] else None,
        )
        person = _person_values(was.id, values)
        person.pop("patron_id")
        people.change_person(c, was.id, people.Person(**person))
    tally = Counter(row.outcome for row in rows)
    events.append(
        c,
        events.Event(
            object_type="patron_import",
            object_id=uuid7(),
            action="patrons_imported",
            at=now(),
            user_id=g.viewer.user_id,
            library_id=g.library.id,
            side="staff",
            data=dict(tally),
        ),
    )


def _patron_values(made: str, values: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": made,
        "library_id": g.library.id,
        "number": values["number"],
        "category": values.get("category", "general"),
        "expires_on": imports.parse_day(values["expires_on"]) if "expires_on" in values else None,
        "state": "confirmed",
        "created_at": now(),
    }


def _person_values(made: str, values: Mapping[str, str]) -> dict[str, str]:
    return {"patron_id": made, **{key: values.get(key, "") for key in ("name", "email", "phone", "address")}}


def _folder() -> Path:
    folder = parts().data / "imports"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _path(key: str) -> Path:
    """Where an upload lies: named for the library, so that nobody else's address finds it."""
    if not re.fullmatch(r"[0-9a-f]{32}", key):
        abort(404)
    return _folder() / f"{g.library.id}-{key}.csv"


def _sheet(key: str) -> imports.Sheet:
    path = _path(key)
    if not path.exists():
        abort(404)
    return imports.read(path.read_bytes())


def _throw_away_old_ones() -> None:
    oldest = (now() - KEPT).timestamp()
    for path in _folder().glob("*.csv"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def _mapping(sheet: imports.Sheet) -> tuple[str, ...]:
    """The fields that were chosen for the columns (c0, c1 …), else the guess."""
    if "c0" not in request.values:
        return imports.guess(sheet)
    chosen = [request.values.get(f"c{n}", "") for n in range(sheet.width)]
    return tuple(field if field in imports.FIELDS else "" for field in chosen)


def _columns(mapping: Sequence[str]) -> dict[str, str]:
    return {f"c{n}": field for n, field in enumerate(mapping)}
