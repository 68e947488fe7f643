"""What can be wrong with a description, each with the words of it that show it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from index.record import Record

#: Kinds of faults, in the order in which a librarian would mend them.
KINDS = ("no_call_number", "bad_isbn", "no_class", "dead_link", "encoding", "duplicate")

#: Letters that appear where UTF-8 was read as Latin-1 or a character was lost (U+FFFD).
_DAMAGED = re.compile("\ufffd|[ÃÂ][\u0080-\u00bf]|â\u0080[\u0090-\u00bf]|â€[™œ\u009d“”˜]")

_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One kind of fault of a record; `detail` is the value that shows it, '' where something is missing."""

    kind: str
    detail: str = ""


def faults(record: Record) -> tuple[Fault, ...]:
    """What is wrong with a description as far as it shows by itself: at most one fault of each kind."""
    found = [
        fault
        for fault in (_no_call_number(record), _bad_isbn(record), _no_class(record), _damaged(record))
        if fault is not None
    ]
    broken = next((link.url for link in record.links if not is_address(link.url)), None)
    return (*found, Fault(kind="dead_link", detail=broken[:_LONGEST])) if broken is not None else tuple(found)


def is_address(url: str) -> bool:
    """Whether a text can be the address of something on the web."""
    try:
        parts = urlsplit(url.strip())
        return parts.scheme.lower() in ("http", "https", "ftp") and bool(parts.hostname)
    except ValueError:
        return False


def _no_call_number(record: Record) -> Fault | None:
    if record.online and not record.holdings:
        return None
    said = record.call_numbers or any(holding.call_number for holding in record.holdings)
    return None if said else Fault(kind="no_call_number")


def _bad_isbn(record: Record) -> Fault | None:
    wrong = [one.value for one in record.identifiers if one.kind == "isbn" and not one.valid]
    return Fault(kind="bad_isbn", detail=", ".join(wrong)[:_LONGEST]) if wrong else None


def _no_class(record: Record) -> Fault | None:
    return None if record.classes or record.level == "part" else Fault(kind="no_class")


def _damaged(record: Record) -> Fault | None:
    if record.repairs:
        return Fault(kind="encoding", detail=", ".join(record.repairs)[:_LONGEST])
    texts = (record.title, record.subtitle, record.responsibility, record.publisher, *record.subjects)
    shown = next((text for text in texts if _DAMAGED.search(text)), None)
    return Fault(kind="encoding", detail=shown[:_LONGEST]) if shown is not None else None
