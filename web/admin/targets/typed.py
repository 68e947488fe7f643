"""A profile in the fields of a form, and what was typed as the plain values that index.targets.flat reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from index.targets import flat
from index.targets.flat import ACCESS, FLAG, INDEXES, MAPPING, WORDS

#: Values that are lists of short words: typed with commas; the others stand on lines of their own.
COMMAS = ("groups", "syntaxes", "elements", "operators")

#: Every field of the form, as it is called there.
FIELDS = ("code", "url", *flat.FIELDS)


def shown(values: Mapping[str, Any]) -> dict[str, str]:
    """Plain values as the texts that stand in the form; '' for what is not there."""
    found = {}
    for name in FIELDS:
        value = values.get(name)
        kind = flat.FIELDS[name][2] if name in flat.FIELDS else None
        if value is None:
            found[name] = ""
        elif kind is FLAG:
            found[name] = "yes" if value else ""
        elif kind is ACCESS or kind is INDEXES:
            found[name] = "\n".join(f"{key}: {' | '.join(_listed(every))}" for key, every in value.items())
        elif kind is MAPPING:
            found[name] = "\n".join(f"{key}={one}" for key, one in value.items())
        elif kind is WORDS:
            found[name] = (", " if name in COMMAS else "\n").join(_listed(value))
        elif isinstance(value, float):
            found[name] = f"{value:g}"
        else:
            found[name] = str(value)
    return found


def said(form: Mapping[str, str]) -> dict[str, Any]:
    """What the texts of a form say, as plain values. What is empty is as usual; an unchecked box is a no."""
    found: dict[str, Any] = {"code": form.get("code", ""), "url": form.get("url", "")}
    for name, (_, _, kind) in flat.FIELDS.items():
        text = form.get(name, "").strip()
        if kind is FLAG:
            found[name] = bool(text)
        elif name in _EMPTY_SAYS:
            found[name] = text
        elif kind is WORDS and not text:
            found[name] = []
        elif not text:
            continue
        elif kind is ACCESS or kind is INDEXES:
            found[name] = {
                key: [one for one in map(str.strip, value.split("|")) if one]
                for key, value in _pairs(text, ":")
            }
        elif kind is MAPPING:
            found[name] = dict(_pairs(text, "="))
        elif kind is WORDS:
            found[name] = [
                one.strip() for one in text.replace("," if name in COMMAS else "\n", "\n").split("\n")
            ]
        elif kind is flat.SECONDS:
            found[name] = text.replace(",", ".")
        else:
            found[name] = text
    return found


#: Taken away in the form, they are taken away: nothing is as usual there.
_EMPTY_SAYS = (
    "always",
    "word",
    "phrase",
    "prefix",
    "year",
    "below",
    "above",
    "sru_version",
    "record_charset",
)


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value]


def _pairs(text: str, between: str) -> list[tuple[str, str]]:
    """(key, value) of each line; one without a mark is a key without a value, which is found fault with later."""
    found = []
    for line in text.splitlines():
        if line.strip():
            key, _, value = line.partition(between)
            found.append((key.strip(), value.strip()))
    return found
