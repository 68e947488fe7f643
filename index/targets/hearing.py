"""Everything that goes over the wire to a target, in words: requests and answers in their order, secrets blotted out."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from html import escape
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus, unquote

from foundation.fetch import Fetcher, FetchPolicy
from foundation.fetch.client import Response
from index.rpn import pqf
from index.rpn.tree import Rpn
from index.z3950.apdu import CqlQuery, InitRequest, Option, Pdu, RawRecord
from index.z3950.apdu.common import External
from index.z3950.asking.session import Plan
from index.z3950.client import Client
from index.z3950.diagnostics import Diagnostic
from index.z3950.oids import SYNTAXES

T = TypeVar("T")

HIDDEN = "••••••"
#: Lines of one search, and characters of one line, that are kept.
MOST_LINES, LONGEST = 60, 2000

_OIDS = {oid: name for name, oid in reversed(SYNTAXES.items())}
_OPTIONS = {option.value: option.name.lower() for option in Option}
_SECRET_PARAMETER = re.compile(
    r"(?i)((?:x-password|password|[\w.-]*(?:key|token|secret|pass)[\w.-]*)=)[^&\s]*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One request or answer: whether it is ours, when (seconds from the start), what it is, and what it says."""

    ours: bool
    at: float
    what: str
    text: str = ""


class Heard:
    """The conversation so far. `secrets` are texts that must not be seen in it."""

    def __init__(self, *secrets: str) -> None:
        self.lines: list[Line] = []
        self._secrets = spellings(*secrets)
        self._began = time.monotonic()

    def add(self, ours: bool, what: str, text: str) -> None:
        """One more line, without what must not be seen; beyond MOST_LINES nothing is kept."""
        if len(self.lines) >= MOST_LINES:
            return
        text = blotted(text, self._secrets)
        if len(text) > LONGEST:
            text = text[:LONGEST] + " …"
        at = round(time.monotonic() - self._began, 4)
        self.lines.append(Line(ours=ours, at=at, what=what, text=text))


def spellings(*secrets: str) -> tuple[str, ...]:
    """Secrets in every form in which a server may send them back."""
    found = (form for one in secrets if one for form in (one, escape(one), quote(one), quote_plus(one)))
    return tuple(dict.fromkeys(found))


def blotted(text: str, secrets: Iterable[str]) -> str:
    """The text without them."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text


class HeardClient(Client):
    """A client of Z39.50 whose conversation is heard."""

    def listen(self, heard: Heard) -> None:
        """From now on."""
        self.heard = heard

    async def _drive(self, plan: Plan[T]) -> T:
        # Every operation runs through here, also those that a reconnection repeats.
        return await super()._drive(_overheard(plan, self.heard))


def _overheard(plan: Plan[T], heard: Heard) -> Plan[T]:
    """The same plan, its requests and answers written down."""
    try:
        request = next(plan)
        while True:
            heard.add(True, type(request).__name__, described(request))
            answer = yield request
            heard.add(False, type(answer).__name__, described(answer))
            request = plan.send(answer)
    except StopIteration as end:
        value: T = end.value
        return value
    finally:
        plan.close()


def syntax_name(oid: str) -> str:
    """A record syntax by its name where it has one."""
    return _OIDS.get(oid, oid)


def described(pdu: Pdu) -> str:
    """A PDU, a line for each of its parts that says something. What proves who we are is not among them."""
    lines = []
    for one in fields(pdu):
        value = getattr(pdu, one.name)
        if value is None or value in ((), b"", frozenset()):
            continue
        if isinstance(pdu, InitRequest) and one.name == "authentication":
            value = HIDDEN if isinstance(value, str) else value
        if one.name == "options":
            value = frozenset(_OPTIONS.get(bit, bit) for bit in value)
        lines.append(f"{one.name}: {_shown(value)}")
    return "\n".join(lines)


def _shown(value: Any) -> str:
    if isinstance(value, Rpn):
        return pqf.write(value)
    if isinstance(value, CqlQuery):
        return value.text
    if isinstance(value, RawRecord):
        size = f"{len(value.payload):,} bytes" if value.payload else ""
        return f"{syntax_name(value.syntax or '?')} {value.diagnostic or size}"
    if isinstance(value, Diagnostic):
        return str(value)
    if isinstance(value, External):
        return f"{value.oid}, {len(value.payload):,} bytes"
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, str):
        return f"{_OIDS[value]} ({value})" if value in _OIDS else value
    if isinstance(value, frozenset):
        return ", ".join(sorted(str(getattr(one, "name", one)).lower() for one in value))
    if isinstance(value, tuple):
        return "\n  ".join(("", *map(_shown, value))) if len(value) > 1 else ", ".join(map(_shown, value))
    if is_dataclass(value) and not isinstance(value, type):
        name = type(value).__name__
        if name == "IdPass":
            return repr(value)  # without its password
        said = (
            f"{f.name}: {_shown(v)}"
            for f in fields(value)
            if (v := getattr(value, f.name)) not in (None, (), b"")
        )
        return f"{name}({'; '.join(said)})"
    return str(value)


class HeardFetcher(Fetcher):
    """The way to the web, its requests and answers heard."""

    def __init__(self, policy: FetchPolicy, heard: Heard) -> None:
        super().__init__(policy)
        self._heard = heard

    def open(self, url: str, **how: Any) -> Response:
        """As Fetcher.open."""
        body = how.get("body")
        sent = unquote(_SECRET_PARAMETER.sub(rf"\1{HIDDEN}", url))
        if body:
            sent += "\n\n" + unquote(_SECRET_PARAMETER.sub(rf"\1{HIDDEN}", body.decode("utf-8", "replace")))
        if how.get("auth"):
            sent += f"\nAuthorization: Basic {HIDDEN}"
        self._heard.add(True, str(how.get("method", "GET")), sent)
        response = super().open(url, **how)
        kind = response.headers.get("content-type", "")
        heard, pieces = self._heard, response.iter_bytes

        def listened(chunk: int = 65536) -> Iterator[bytes]:
            kept = bytearray()
            for piece in pieces(chunk):
                if len(kept) < LONGEST:
                    kept += piece
                yield piece
            heard.add(False, f"HTTP {response.status} {kind}", bytes(kept).decode("utf-8", "replace"))

        response.iter_bytes = listened  # type: ignore[method-assign]  # this one answer alone
        return response
