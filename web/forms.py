"""What was typed into a form, and what is wrong with it: kept together so that nothing typed is ever lost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from flask import g, request

from web import texts

#: No field of ours takes more; a longer text is cut, not refused.
LONGEST = 4_000

_ADDRESS = re.compile(r"[^@\s\x00-\x1f<>,;]{1,64}@[^@\s\x00-\x1f<>,;]{1,180}\.[^@\s\x00-\x1f<>,;.]{2,}")


@dataclass(slots=True)
class Form:
    """Values by field, and for each wrong field the sentence that says what to do about it."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """What was typed, '' when nothing was."""
        return self.values.get(name, "")

    def __bool__(self) -> bool:
        """Whether nothing is wrong."""
        return not self.errors

    def wrong(self, name: str, key: str, **values: object) -> None:
        """Say what is wrong with a field, by key of the texts; the first thing said about a field stays."""
        self.errors.setdefault(name, texts.say(key, g.language, **values))

    def require(self, keys: Mapping[str, str]) -> None:
        """Every field named must hold something; the values are keys of the texts."""
        for name, key in keys.items():
            if not self[name]:
                self.wrong(name, key)

    def one_of(self, name: str, allowed: Iterable[str], key: str) -> None:
        """The field must hold one of these values."""
        if self[name] not in allowed:
            self.wrong(name, key)

    def day(self, name: str, key: str) -> date | None:
        """The field as a date (2026-12-05 or 5-12-2026); None when it is empty or wrong."""
        text = self[name]
        if not text:
            return None
        found = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text)
        parts = found.groups() if found else None
        if parts is None and (found := re.fullmatch(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})", text)):
            parts = found.groups()[::-1]
        if parts:
            try:
                return date(*map(int, parts))
            except ValueError:
                pass
        self.wrong(name, key)
        return None


def read(*names: str, raw: Iterable[str] = ()) -> Form:
    """The named fields of the form that was sent, without blanks around them; `raw` ones (passwords) as typed."""
    kept = {n: request.form.get(n, "")[:LONGEST] for n in raw}
    return Form(values={n: _clean(request.form.get(n, "")) for n in names} | kept)


def filled(values: Mapping[str, str]) -> Form:
    """A form that nobody has sent yet, with these values in it."""
    return Form(values=dict(values))


def is_address(text: str) -> bool:
    """Whether this can be an e-mail address: one @, a dot after it, nothing that could end a mail header."""
    return _ADDRESS.fullmatch(text) is not None


def _clean(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\x00", "")
    return text.strip()[:LONGEST]
