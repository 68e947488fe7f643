"""Codes in people's words: formats, languages, what is known of a copy."""

from __future__ import annotations

from functools import lru_cache

import pycountry
from babel import Locale

from web import texts

#: What a hit can be got by, best first, and the shape its badge has.
BADGES = {
    "available": "ok",
    "online": "ok sq",
    "on_loan": "half warn",
    "lendable": "half",
    "on_site": "ring",
}

#: The same for one copy on the record page.
DOTS = {
    "available": "ok",
    "on_loan": "half warn",
    "on_site": "ring muted",
    "on_order": "half muted",
    "in_process": "half muted",
    "lost": "sq bad",
    "online": "sq ok",
    "unknown": "unknown muted",
}


@lru_cache(maxsize=2_000)
def language_name(code: str, language: str) -> str:
    """The name of an ISO 639-2/B code in the reader's language; the code itself when nobody knows it."""
    known = pycountry.languages.get(bibliographic=code) or pycountry.languages.get(alpha_3=code)
    names = Locale.parse(language).languages
    found = str(names.get(getattr(known, "alpha_2", code)) or names.get(code) or getattr(known, "name", code))
    return found[:1].upper() + found[1:]


def format_name(code: str, language: str) -> str:
    """'Buku' for book."""
    return texts.say(f"format.{code}" if texts.has(f"format.{code}") else "format.other", language)


def short_name(name: str) -> str:
    """A library's name without the word that all of them begin with, for narrow places."""
    short = name.removeprefix("Perpustakaan ")
    return short[:1].upper() + short[1:]


def facet_value(facet: str, value: str, language: str, libraries: dict[str, str]) -> str:
    """The words of one value of a facet; `libraries` are names by code."""
    match facet:
        case "library":
            return f"{short_name(libraries[value])} ({value})" if value in libraries else value
        case "language":
            return language_name(value, language)
        case "format":
            return format_name(value, language)
        case "availability":
            key = f"availability.{value}"
            return texts.say(key, language) if texts.has(key) else value
        case "sale":
            return texts.say("sale.not_for_sale", language) if value == "not_for_sale" else value
    return value
