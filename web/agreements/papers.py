"""Papers: an agreement in its eight parts, made from its terms; the note of a spoken agreement on one page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from flask import Response, abort
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table

from broker.partnership.values import Agreement, Party, Revision
from web import formats, texts
from web.agreements.room import actor, agreed, blueprint, name_of
from web.agreements.words import exclusion_words, fee_words, term_lines
from web.may import needs
from web.printed.sheet import BOLD, PLAIN, fonts, writable

#: Papers are in the language of the libraries' offices.
LANGUAGE = "id"

Name = Callable[[Party], str]


@blueprint.get("/desk/<library>/agreements/<code>.pdf")
@needs("desk_look")
def desk_paper(library: str, code: str) -> Response:
    """The agreement as a PDF."""
    return _sent(code, paper)


@blueprint.get("/admin/agreements/<code>.pdf")
@needs("network")
def admin_paper(code: str) -> Response:
    """The same for the admin."""
    return _sent(code, paper)


@blueprint.get("/desk/<library>/agreements/<code>/note.pdf")
@needs("desk_look")
def desk_note(library: str, code: str) -> Response:
    """The note of a spoken agreement as a PDF."""
    return _sent(code, note)


@blueprint.get("/admin/agreements/<code>/note.pdf")
@needs("network")
def admin_note(code: str) -> Response:
    """The same for the admin."""
    return _sent(code, note)


def _sent(code: str, write: Callable[[Agreement, Name], bytes]) -> Response:
    one = agreed().get(actor(), code)
    if write is note and one.oral is None:
        abort(404)
    answer = Response(write(one, name_of), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{one.code}.pdf"'
    return answer


def _say(key: str, **values: Any) -> str:
    return texts.say(key, LANGUAGE, **values)


def _styles() -> dict[str, ParagraphStyle]:
    fonts()
    body = ParagraphStyle("body", fontName=PLAIN, fontSize=10, leading=14, spaceAfter=4)
    return {
        "body": body,
        "title": ParagraphStyle("title", body, fontName=BOLD, fontSize=14, leading=18, alignment=TA_CENTER),
        "middle": ParagraphStyle("middle", body, alignment=TA_CENTER),
        "head": ParagraphStyle("head", body, fontName=BOLD, fontSize=11, spaceBefore=8, keepWithNext=1),
        "form": ParagraphStyle("form", body, fontName=BOLD, spaceBefore=4, keepWithNext=1),
        "line": ParagraphStyle("line", body, leftIndent=6 * mm, spaceAfter=1),
    }


class _Writer:
    """Paragraphs one after the other."""

    def __init__(self) -> None:
        self.styles = _styles()
        self.flow: list[Any] = []

    def add(self, style: str, text: str) -> None:
        for line in text.split("\n"):
            if line.strip():
                self.flow.append(Paragraph(escape(writable(line)), self.styles[style]))

    def pdf(self, title: str) -> bytes:
        stream = BytesIO()
        page = SimpleDocTemplate(
            stream,
            pagesize=A4,
            leftMargin=24 * mm,
            rightMargin=22 * mm,
            topMargin=22 * mm,
            bottomMargin=20 * mm,
            title=title,
            invariant=1,
        )
        page.build(self.flow)
        return stream.getvalue()


def paper(one: Agreement, name: Name) -> bytes:
    """The agreement with its newest terms as PDF, in eight parts, with a place for each party to sign."""
    w, revision = _Writer(), one.newest
    w.add("title", _say("coop.pdf.title"))
    w.add("middle", one.name)
    w.add("middle", _say("coop.pdf.number", code=one.code, revision=revision.number))
    w.add("body", _say("coop.pdf.legal", basis=one.legal_basis) if one.legal_basis else "")
    parts: Sequence[tuple[str, Callable[[], None]]] = (
        ("parties", lambda: _parties(w, one, name)),
        ("object", lambda: w.add("body", revision.parts.get("object") or _say("coop.pdf.object"))),
        ("scope", lambda: _scope(w, one, revision, name)),
        ("place", lambda: w.add("body", revision.parts.get("place") or _say("coop.pdf.place"))),
        ("duration", lambda: _duration(w, one, revision)),
        ("funding", lambda: _funding(w, revision)),
        ("disputes", lambda: w.add("body", revision.parts.get("disputes") or _say("coop.pdf.disputes"))),
        ("ratification", lambda: w.add("body", _say(f"coop.pdf.ratified.{one.basis}"))),
    )
    for number, (part, write) in enumerate(parts, 1):
        w.add("head", _say("coop.pdf.article", n=number, title=_say(f"coop.part.{part}")))
        write()
    _signatures(w, one, name)
    return w.pdf(one.name)


def _parties(w: _Writer, one: Agreement, name: Name) -> None:
    for number, party in enumerate(one.parties, 1):
        w.add("line", f"{number}. {name(party)} ({_say(f'coop.role.{party.role}')})")


def _scope(w: _Writer, one: Agreement, revision: Revision, name: Name) -> None:
    w.add("body", revision.parts.get("scope") or _say("coop.pdf.scope"))
    names = {party.library_id: name(party) for party in one.parties}
    for letter, form in sorted(revision.forms.items()):
        w.add("form", f"({letter}) {_say(f'coop.form.{letter}')}")
        for label, value in term_lines(letter, form.terms, LANGUAGE):
            w.add("line", f"{label}: {value}")
        if form.givers:
            w.add("line", _say("coop.pdf.givers", names=", ".join(names.get(x, x) or x for x in form.givers)))
        if form.categories:
            kinds = ", ".join(_category(x) for x in form.categories)
            w.add("line", _say("coop.pdf.categories", names=kinds))
        for excluded in form.exclusions:
            w.add("line", exclusion_words(excluded, LANGUAGE))


def _category(code: str) -> str:
    key = f"category.{code}"
    return _say(key) if texts.has(key) else code


def _duration(w: _Writer, one: Agreement, revision: Revision) -> None:
    w.add("body", _validity(revision))
    if one.auto_renew_months:
        w.add("body", _say("coop.pdf.renews", n=one.auto_renew_months))
    w.add("body", _say("coop.pdf.notice", n=one.notice_days))


def _validity(revision: Revision) -> str:
    since, until = _day(revision.valid_from), _day(revision.valid_to)
    if since and until:
        return _say("coop.pdf.from_to", since=since, until=until)
    if until:
        return _say("coop.pdf.to", until=until)
    return _say("coop.pdf.from", since=since) if since else _say("coop.pdf.always")


def _day(value: date | None) -> str:
    return formats.plain_day(value, LANGUAGE) if value else ""


def _funding(w: _Writer, revision: Revision) -> None:
    w.add("body", revision.parts.get("funding") or _say("coop.pdf.funding"))
    fees = [(letter, fee) for letter, form in sorted(revision.forms.items()) for fee in form.fees]
    for letter, fee in fees:
        w.add("line", f"({letter}) {_say(f'coop.form.{letter}')}: {fee_words(fee, LANGUAGE)}")
    if not fees:
        w.add("line", _say("coop.pdf.no_fees"))


def _signatures(w: _Writer, one: Agreement, name: Name) -> None:
    cells = [_place(w, party, name) for party in one.parties if party.role != "observer"]
    rows = [
        cells[start : start + 2] + [""] * (2 - len(cells[start : start + 2]))
        for start in range(0, len(cells), 2)
    ]
    w.flow.append(Spacer(1, 8 * mm))
    w.flow.extend(KeepTogether([Table([row], colWidths=[80 * mm, 80 * mm])]) for row in rows)


def _place(w: _Writer, party: Party, name: Name) -> list[Any]:
    lines = [name(party)]
    if party.letter:
        lines.append(_say("coop.pdf.letter", letter=party.letter))
    told = [Paragraph(escape(writable(line)), w.styles["middle"]) for line in lines]
    signed = (
        _say("coop.pdf.signed", day=_day(party.signed_on)) if party.signed_on else _say("coop.pdf.unsigned")
    )
    below = [party.signatory or "(…………………………)", party.position, signed]
    return [
        *told,
        Spacer(1, 18 * mm),
        *(Paragraph(escape(writable(line)), w.styles["middle"]) for line in below if line),
    ]


def note(one: Agreement, name: Name) -> bytes:
    """The note of a spoken agreement as a PDF of one page: when, how, who, what, and who confirmed it."""
    w, oral = _Writer(), one.oral
    assert oral is not None, "a written agreement has no note"
    w.add("title", _say("coop.pdf.oral.title"))
    w.add("middle", f"{one.code} – {one.name}")
    facts = (
        ("spoken_on", _day(oral.spoken_on)),
        ("channel", _say(f"coop.channel.{oral.channel}")),
        ("place", oral.place[:200]),
        ("speakers", oral.speakers[:300]),
        ("witness", oral.witness[:200]),
        ("forms", ", ".join(f"({x}) {_say(f'coop.form.{x}')}" for x in sorted(one.newest.forms))),
        ("validity", _validity(one.newest)),
        ("write_by", _day(oral.write_by)),
    )
    for key, value in facts:
        if value:
            w.add("line", f"{_say(f'coop.oral.{key}')}: {value}")
    w.add("head", _say("coop.oral.summary"))
    w.add("body", oral.summary[:1500])
    w.add("head", _say("coop.pdf.oral.confirmed"))
    for party in one.parties[:20]:
        told = _say("coop.pdf.oral.not_yet")
        if party.confirmed >= one.newest.number and party.confirmed_at:
            told = _say("coop.pdf.oral.on", day=formats.moment(party.confirmed_at, LANGUAGE))
        w.add("line", f"{name(party)}: {told}")
    return w.pdf(_say("coop.pdf.oral.title"))
