"""Terms, fees, exclusions and refusals in words."""

from __future__ import annotations

from typing import Any

from broker.partnership.terms import TERMS
from broker.partnership.values import Exclusion, Fee
from web import formats, texts

#: A refusal -> who can mend it, as the end of a key; all others are nobody's to mend.
MEND = {
    "no_agreement": "draw",
    "form_not_included": "revise",
    "wrong_direction": "revise",
    "category_not_allowed": "revise",
    "item_excluded": "revise",
    "not_yet_valid": "wait",
    "expired": "renew",
    "limit_reached": "finish",
    "library_suspended": "admin",
    "not_lending": "admin",
    "not_ready": "ready",
    "closed": "wait",
    "borrowing_not_permitted": "loan",
    "same_library": "other",
}


def term_words(form: str, name: str, value: Any, language: str) -> str:
    """The value of a term as people say it."""
    kind = TERMS[form][name].kind
    if value is None or value == []:
        return texts.say("coop.value.open", language)
    if kind == "yes":
        return texts.say("coop.value.yes" if value else "coop.value.no", language)
    if kind == "choice":
        return texts.say(f"coop.choice.{value}", language)
    if kind == "some":
        return ", ".join(texts.say(f"coop.choice.{one}", language) for one in value)
    if kind == "money":
        return formats.rupiah(value, language)
    return formats.count(value, language) if kind == "number" else str(value)


def term_lines(form: str, terms: Any, language: str) -> list[tuple[str, str]]:
    """(what is agreed, its value) for each term of a form, in the order of the table."""
    return [
        (texts.say(f"coop.term.{name}", language), term_words(form, name, terms.get(name), language))
        for name in TERMS[form]
        if name in terms
    ]


def fee_words(fee: Fee, language: str) -> str:
    """'Rp 500 per halaman, 10 gratis tiap bulan, dibayar pemustaka'."""
    words = [
        texts.say(
            "coop.fee.line",
            language,
            amount=formats.rupiah(fee.minor, language),
            unit=texts.say(f"coop.unit.{fee.unit}", language),
        ),
        texts.say(f"coop.payer.{fee.payer}", language),
    ]
    if fee.free:
        words.insert(1, texts.say("coop.fee.free", language, n=fee.free))
    if fee.note:
        words.append(fee.note)
    return ", ".join(words)


def exclusion_words(one: Exclusion, language: str) -> str:
    """'Kelas 300-399: hanya dibaca di tempat'."""
    by, effect = texts.say(f"coop.by.{one.by}", language), texts.say(f"coop.effect.{one.effect}", language)
    return f"{by} {one.value}: {effect}"


def mend(code: str, language: str, *, own: bool = True) -> str:
    """What can be done about a refusal; `own` is False where the network's agreement refuses, which no head can change."""
    way = MEND.get(code, "wait")
    return texts.say(f"coop.mend.{'draw' if way in ('revise', 'renew') and not own else way}", language)
