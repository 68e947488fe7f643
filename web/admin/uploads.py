"""Catalogues that come as files: sent, looked at with their columns mapped, then taken in by the worker."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from flask import abort, current_app, flash, g, redirect, render_template, request
from sqlalchemy import Connection
from werkzeug.datastructures import FileStorage

from foundation import libraries
from foundation.libraries import Library
from harvester import sources
from harvester.errors import UnknownSource
from harvester.uploads import columns, folder, opening, reading
from harvester.uploads.folder import Upload
from harvester.uploads.reading import BadFile, BadTable, Preview
from index.crosswalk.rows.sheet import FIELDS
from web import forms, jobs
from web.admin.room import at, blueprint, note, now
from web.app import parts
from web.app import t as say
from web.auth import sessions
from web.forms import Form
from web.may import needs

#: A catalogue that comes as a file may be so large, in bytes. Everything else keeps the limit of the site.
LARGEST_FILE = 512 * 1024 * 1024

#: Files of one upload: a catalogue in parts, or titles with their copies.
MOST_FILES = 10
#: Unknown libraries of a list that can be given a meaning on the page; a mapping file takes any number.
_MOST_NAMES = 60

#: The choice of a library that stands for 'each row names its own'.
SEVERAL = "*"
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,29}")


@blueprint.route("/files", methods=["GET", "POST"])
@needs("network")
def files() -> Any:
    """Uploads that wait, and the form that takes another one."""
    if request.method == "GET":
        return _files_page(forms.filled({"library": request.args.get("library", "")}))
    form = forms.read("library", "source")
    chosen = _library(form["library"])
    if chosen is None and form["library"] != SEVERAL:
        form.wrong("library", "admin.bad.library")
    if form["source"] and not _CODE.fullmatch(form["source"]):
        form.wrong("source", "admin.upload.bad.source")
    elif chosen is not None and form["source"] and not _is_ours(form["source"], chosen):
        form.wrong("source", "admin.upload.bad.source.other")
    sent = [one for one in request.files.getlist("file") if one.filename]
    if not sent:
        form.wrong("file", "admin.bad.file")
    elif len(sent) > MOST_FILES:
        form.wrong("file", "admin.upload.bad.many", n=MOST_FILES)
    if not form:
        return _files_page(form), 422
    upload = _kept(sent, chosen, form["source"])
    problem = _problem(upload)
    if problem:
        folder.remove(upload)
        form.errors["file"] = problem
        return _files_page(form), 422
    return redirect(at("upload", key=upload.key))


def _files_page(form: Form) -> str:
    with parts().db.read() as c:
        members = libraries.every(c, "active", "suspended")
    return render_template(
        "admin/files.html",
        form=form,
        members=members,
        largest=LARGEST_FILE,
        waiting=folder.waiting(parts().data),
        SEVERAL=SEVERAL,
    )


def _library(code: str) -> Library | None:
    with parts().db.read() as c:
        every = libraries.every(c, "active", "suspended")
    return next((one for one in every if one.code == code), None)


def _is_ours(code: str, library: Library) -> bool:
    """Whether files may go into the source of this code: a new one, or one of the library's that takes files."""
    with parts().db.read() as c:
        try:
            found = sources.by_code(c, code)
        except UnknownSource:
            return True
    return found.library_id == library.id and found.kind == "file"


def _kept(sent: list[FileStorage], library: Library | None, source: str) -> Upload:
    upload = folder.open_one(
        parts().data,
        at=now(),
        names=[one.filename or "" for one in sent],
        library_id=library.id if library else None,
        library=library.code if library else "",
        source=source,
        sent_by=str(g.viewer.user_id),
    )
    for one, path in zip(sent, upload.paths, strict=True):
        one.save(path)
    return upload


def _problem(upload: Upload) -> str:
    """What makes the files unfit, in words; '' when they can be looked at."""
    kinds = []
    for name, path in zip(upload.names, upload.paths, strict=True):
        try:
            kinds.append(opening.kind_of(path))
        except (BadTable, BadFile, OSError, EOFError) as error:
            return say("admin.upload.unreadable", name=name, why=_why(error))
    if upload.library_id is None and any(kind not in (*reading.MAPPED, "slims_items") for kind in kinds):
        return say("admin.upload.unreadable", name=upload.names[0], why=say("admin.bad_table.no_libraries"))
    if all(kind == "slims_items" for kind in kinds):
        return say("admin.upload.unreadable", name=upload.names[0], why=say("admin.bad_table.copies_alone"))
    return ""


def _why(error: Exception) -> str:
    if isinstance(error, BadTable):
        return say(f"admin.bad_table.{error.code}")
    return say("admin.bad_table.damaged")


@blueprint.get("/files/<key>")
@needs("network")
def upload(key: str) -> Any:
    """What the files would bring: the first records, what is not read, what is rejected and why."""
    one = _find(key)
    with parts().db.read() as c:
        saved = _saved(c, one)
    mapping = _chosen(saved)
    try:
        shown, number = _preview(one, mapping)
    except (BadTable, BadFile, OSError, EOFError) as error:
        flash(say("admin.upload.unreadable", name=one.names[0], why=_why(error)), "bad")
        return redirect(at("files"))
    return render_template(
        "admin/upload.html",
        one=one,
        shown=shown,
        main=one.names[number],
        kinds=[(name, opening.kind_of(path)) for name, path in zip(one.names, one.paths, strict=True)],
        FIELDS=sorted(FIELDS, key=lambda name: say(f"admin.field.{name}")),
        unknown=_unknown(one, shown),
        whole=request.args.get("whole") == "yes",
    )


@blueprint.post("/files/<key>")
@needs("network")
def upload_take(key: str) -> Any:
    """Have the worker take the files in, with the mapping that the page showed."""
    one = _find(key)
    with parts().db.read() as c:
        saved = _saved(c, one)
    mapping = _chosen(saved)
    try:
        shown, _ = _preview(one, mapping)
    except (BadTable, BadFile, OSError, EOFError):
        return redirect(at("upload", key=key))
    if shown.problems:
        return redirect(at("upload", key=key))
    names = {columns.fold(name): _id_of(value) for name, value in _named() if value}
    said = replace(
        one,
        columns=_by_name(shown),
        codes={**one.codes, **names},
        whole=request.form.get("whole") == "yes",
        rows=shown.good + shown.bad if shown.whole else 0,
    )
    with parts().db.begin() as c:
        made = jobs.start(
            c,
            "read_file",
            now=now(),
            asked_by=g.viewer.user_id,
            subject=key,
            upload=key,
            library=one.library,
            filename=", ".join(one.names)[:120],
            asked_by_id=g.viewer.user_id,
        )
        note(c, "library", one.library_id or key, "file_sent", code=one.library or SEVERAL, job=made)
    folder.save(replace(said, job=made))
    flash(say("admin.file.sent", name=", ".join(one.names)[:120]), "ok")
    return redirect(at("jobs"))


@blueprint.post("/files/<key>/discard")
@needs("network")
def upload_discard(key: str) -> Any:
    """Throw the files away."""
    folder.remove(_find(key))
    flash(say("admin.upload.discarded"), "ok")
    return redirect(at("files"))


def _find(key: str) -> Upload:
    found = folder.find(parts().data, key)
    if found is None or found.job:
        abort(404)
    return found


def _saved(c: Connection, one: Upload) -> dict[str, str]:
    """The mapping that the source of the files remembers."""
    own = one.library.lower()
    code = one.source or f"{own}-files"
    if one.library_id is None:
        found = [
            s for s in sources.listed(c) if s.code.endswith(f"-{one.source or 'union'}") and s.kind == "file"
        ]
    else:
        found = [s for s in sources.listed(c, library_id=one.library_id) if s.code == code]
    return {str(k): str(v) for s in found for k, v in (s.quirks.get("columns") or {}).items()}


def _chosen(saved: dict[str, str]) -> dict[str, str] | list[str]:
    """The fields chosen on the page (c0, c1 …) in the order of the columns, else what is remembered."""
    if "c0" not in request.values:
        return saved
    chosen: list[str] = []
    while (name := f"c{len(chosen)}") in request.values:
        chosen.append(request.values[name] if request.values[name] in FIELDS else "")
    return chosen


def _preview(one: Upload, mapping: dict[str, str] | list[str]) -> tuple[Preview, int]:
    """The preview of the first file that is no export of copies, and its place among the files."""
    kinds = [opening.kind_of(path) for path in one.paths]
    number = next((n for n, kind in enumerate(kinds) if kind != "slims_items"), 0)
    path = one.paths[number]
    if isinstance(mapping, list):
        header = opening.table(path).header if kinds[number] in reading.MAPPED else ()
        mapping = columns.remembered(header, (*mapping, *[""] * (len(header) - len(mapping))))
    copies = reading.copies_of([p for p, kind in zip(one.paths, kinds, strict=True) if kind == "slims_items"])
    several = one.library_id is None
    return reading.preview(path, kind=kinds[number], saved=mapping, copies=copies, several=several), number


def _by_name(shown: Preview) -> dict[str, str]:
    return columns.remembered([name for name, _, _ in shown.columns], [told for _, told, _ in shown.columns])


def _unknown(one: Upload, shown: Preview) -> list[tuple[str, int]]:
    """Names of libraries in the rows that are none of ours, with their rows, the commonest first."""
    if one.library_id is not None:
        return []
    from harvester.uploads.load import known_names

    with parts().db.read() as c:
        known = known_names(c)
    found = [(name, number) for name, number in shown.holders.items() if columns.fold(name) not in known]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:_MOST_NAMES]


def _named() -> list[tuple[str, str]]:
    """(name in the rows, chosen code) of the unknown libraries of the page."""
    names, values = request.form.getlist("name"), request.form.getlist("means")
    return list(zip(names, values, strict=False))[:_MOST_NAMES]


def _id_of(code: str) -> str:
    found = _library(code)
    return found.id if found else ""


@blueprint.url_value_preprocessor
def _larger(endpoint: str | None, _: dict[str, Any] | None) -> None:
    """Let an admin, and nobody else, send a whole catalogue.

    This runs before the form is read (its token is checked before anybody is known here), so the
    session is looked up for it alone.
    """
    if endpoint != "admin.files" or request.method != "POST":
        return
    key = request.cookies.get(current_app.config["AUTH_COOKIE"], "")
    with parts().db.read() as c:
        found = sessions.find(c, key, now()) if key else None
    if found and found[0].is_admin:
        request.max_content_length = LARGEST_FILE
