"""Between what is typed into the forms of an agreement and its values; every fault is told, nothing typed is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from broker.partnership.service import Drawn
from broker.partnership.terms import FORMS, TERMS, BadTerms, Term, checked, usual
from broker.partnership.values import (
    BASES,
    CHANNELS,
    EFFECTS,
    EXCLUDED_BY,
    PARTS,
    PAYERS,
    ROLES,
    UNITS,
    Agreement,
    Exclusion,
    Fee,
    FormTerms,
    OralNote,
    Party,
)
from web import forms
from web.forms import Form

_BASE = (
    "name",
    "name_en",
    "basis",
    "legal_basis",
    "valid_from",
    "valid_to",
    "auto_renew_months",
    "notice_days",
)
_ORAL = ("spoken_on", "channel", "place", "speakers", "summary", "witness", "write_by")

#: How many empty lines for parties, fees and exclusions a form shows after the filled ones.
SPARE = 1


def base_fields() -> Form:
    """What was typed into the first form: name, basis, days, the words of the articles, the spoken agreement."""
    return forms.read(*_BASE, *(f"part_{one}" for one in PARTS), *_ORAL)


def base_shown(one: Agreement | None) -> Form:
    """The first form filled with an agreement as it stands."""
    if one is None:
        return forms.filled({"basis": "written", "notice_days": "30", "channel": "in_person"})
    newest, oral = one.newest, one.oral
    values = {name: getattr(one, name) for name in ("name", "name_en", "basis", "legal_basis", "notice_days")}
    values |= {"auto_renew_months": one.auto_renew_months or ""}
    values |= {"valid_from": newest.valid_from, "valid_to": newest.valid_to}
    values |= {f"part_{name}": text for name, text in newest.parts.items()}
    if oral:
        values |= {name: getattr(oral, name) for name in _ORAL}
    shown = {name: "" if value is None else str(value) for name, value in values.items()}
    return forms.filled({"channel": "in_person"} | shown)


def parties(form: Form, known: Mapping[str, Any], mine: str) -> tuple[Party, ...]:
    """The parties that were chosen; `mine` is the id of the library at whose desk this is, which is always one."""
    rows = list(zip(request.form.getlist("party"), request.form.getlist("role"), strict=False))
    found: dict[str, Party] = {}
    if mine:
        found[mine] = Party(id="", library_id=mine, role=_role(request.form.get("my_role", "")))
    for library_id, role in rows[:200]:
        if library_id and library_id in known and library_id not in found:
            found[library_id] = Party(id="", library_id=library_id, role=_role(role))
    others = [" ".join(name.split())[:200] for name in request.form.getlist("other")[:50]]
    made = (*found.values(), *(Party(id="", name=name) for name in dict.fromkeys(others) if name))
    if len(made) < 2:
        form.wrong("party", "coop.bad.two_parties")
    return made


def _role(text: str) -> str:
    return text if text in ROLES else ROLES[0]


def drawn(
    form: Form, members: Sequence[Party], chosen: Sequence[str], onto: Agreement | None
) -> Drawn | None:
    """What the first form says; terms of forms that stay chosen are kept. None when something is wrong."""
    form.require({"name": "coop.bad.name"})
    if len(form["name"]) > 200:
        form.wrong("name", "patron.long", n=200)
    form.one_of("basis", BASES, "coop.bad.basis")
    first, last = form.day("valid_from", "admin.bad.day"), form.day("valid_to", "admin.bad.day")
    if first and last and last < first:
        form.wrong("valid_to", "coop.bad.ends_before")
    months = _whole(form, "auto_renew_months", 0, 120)
    notice = _whole(form, "notice_days", 0, 730)
    if not chosen:
        form.wrong("form", "coop.bad.no_form")
    oral = _oral(form) if form["basis"] == "oral" else None
    if not form:
        return None
    before = onto.newest.forms if onto else {}
    return Drawn(
        name=form["name"],
        name_en=form["name_en"][:200],
        basis=form["basis"],
        legal_basis=form["legal_basis"][:200],
        parties=members,
        valid_from=first,
        valid_to=last,
        parts={one: form[f"part_{one}"] for one in PARTS if form[f"part_{one}"]},
        forms={one: before.get(one, FormTerms(terms=usual(one))) for one in chosen},
        oral=oral,
        auto_renew_months=months,
        notice_days=notice,
    )


def _oral(form: Form) -> OralNote | None:
    form.require({"spoken_on": "coop.bad.spoken_on", "summary": "coop.bad.summary"})
    spoken, write_by = form.day("spoken_on", "admin.bad.day"), form.day("write_by", "admin.bad.day")
    form.one_of("channel", CHANNELS, "coop.bad.channel")
    if spoken is None:
        return None
    words = {name: form[name][:1000] for name in ("place", "speakers", "summary", "witness")}
    return OralNote(spoken_on=spoken, channel=form["channel"], write_by=write_by, **words)


def _whole(form: Form, name: str, low: int, high: int) -> int:
    text = form[name] or "0"
    if not text.isdecimal() or not low <= int(text[:9]) <= high:
        form.wrong(name, "coop.bad.number", low=low, high=high)
        return 0
    return int(text)


def chosen_forms() -> tuple[str, ...]:
    """The letters that were ticked, in their order."""
    ticked = set(request.form.getlist("form"))
    return tuple(one for one in FORMS if one in ticked)


def onto(one: Agreement, **changes: Any) -> Drawn:
    """An agreement as it stands as if it were typed again, with some of it changed."""
    newest = one.newest
    as_it_is = Drawn(
        name=one.name,
        name_en=one.name_en,
        basis=one.basis,
        legal_basis=one.legal_basis,
        parties=one.parties,
        valid_from=newest.valid_from,
        valid_to=newest.valid_to,
        parts=newest.parts,
        forms=newest.forms,
        oral=one.oral,
        auto_renew_months=one.auto_renew_months,
        notice_days=one.notice_days,
    )
    return replace(as_it_is, **changes)


# --- terms -----------------------------------------------------------------------------------------


def terms_shown(letters: Sequence[str], known: Mapping[str, FormTerms]) -> Form:
    """The form of terms filled with what is agreed; for a form that is new, with what is usual."""
    values: dict[str, str] = {}
    for letter in letters:
        told = known.get(letter, FormTerms(terms=usual(letter))).terms
        for name, term in TERMS[letter].items():
            values[f"{letter}_{name}"] = _text(term, told.get(name, term.usual))
    return forms.filled(values)


def _text(term: Term, value: Any) -> str:
    if value is None:
        return ""
    if term.kind == "yes":
        return "yes" if value else ""
    if term.kind == "some":
        return ",".join(value)
    return rupiah(value) if term.kind == "money" else str(value)


def rupiah(minor: int) -> str:
    """Whole rupiah as they are typed, from sen."""
    return str(minor // 100)


def terms_read(
    letters: Sequence[str], givers: Sequence[str], categories: Sequence[str]
) -> tuple[Form, dict[str, FormTerms]]:
    """(what was typed, the terms of each form as far as they are right)."""
    told = request.form
    names = [f"{letter}_{name}" for letter in letters for name in TERMS[letter]]
    form = forms.read(*names)
    made: dict[str, FormTerms] = {}
    for letter in letters:
        given: dict[str, Any] = {}
        for name, term in TERMS[letter].items():
            field = f"{letter}_{name}"
            if term.kind == "some":
                form.values[field] = ",".join(told.getlist(field))
                given[name] = told.getlist(field)
            elif term.kind == "yes":
                given[name] = form[field] == "yes"
            elif term.kind == "money":
                given[name] = _minor(form, field)
            else:
                given[name] = form[field]
        try:
            terms = checked(letter, given)
        except BadTerms as bad:
            for name, why in bad.faults:
                term = TERMS[letter][name]
                form.wrong(f"{letter}_{name}", f"coop.fault.{why}", low=term.low, high=term.high)
            continue
        asked = told.getlist(f"{letter}_giver")
        those = tuple(one for one in givers if one in asked)
        kinds = told.getlist(f"{letter}_category")
        made[letter] = FormTerms(
            terms=terms,
            givers=() if len(those) == len(givers) else those,
            categories=tuple(one for one in categories if one in kinds),
            fees=_fees(form, told, letter),
            exclusions=_exclusions(told, letter),
        )
    return form, made


def _minor(form: Form, field: str) -> int | None:
    text = form[field].replace(".", "").replace(" ", "")
    if not text:
        return None
    if not text.isdecimal() or len(text) > 11:
        form.wrong(field, "coop.fault.not_a_number", low=0, high=0)
        return None
    return int(text) * 100


def _fees(form: Form, told: MultiDict[str, str], letter: str) -> tuple[Fee, ...]:
    columns = [
        told.getlist(f"{letter}_fee_{name}")[:50] for name in ("unit", "rupiah", "free", "payer", "note")
    ]
    found = []
    for number, (unit, amount, free, payer, note) in enumerate(zip(*columns, strict=False)):
        amount, free = amount.strip().replace(".", ""), free.strip() or "0"
        if not amount:
            continue
        if not amount.isdecimal() or not free.isdecimal() or len(amount) > 11 or len(free) > 6:
            form.wrong(f"{letter}_fee_{number}", "coop.fault.not_a_number", low=0, high=0)
        elif unit in UNITS and payer in PAYERS:
            found.append(
                Fee(unit=unit, minor=int(amount) * 100, free=int(free), payer=payer, note=note.strip()[:200])
            )
    return tuple(found)


def _exclusions(told: MultiDict[str, str], letter: str) -> tuple[Exclusion, ...]:
    columns = [told.getlist(f"{letter}_ex_{name}")[:100] for name in ("by", "value", "effect")]
    return tuple(
        Exclusion(by=by, value=value.strip()[:200], effect=effect)
        for by, value, effect in zip(*columns, strict=False)
        if value.strip() and by in EXCLUDED_BY and effect in EFFECTS
    )


def day(form: Form, name: str) -> date | None:
    """A day that must be there."""
    form.require({name: "admin.bad.day"})
    return form.day(name, "admin.bad.day")
