"""Negotiation of the character set of names and messages (charset and language negotiation 3): UTF-8 or nothing."""

from __future__ import annotations

from collections.abc import Iterable

from index.z3950 import ber, oids
from index.z3950.apdu.common import External, Info
from index.z3950.ber import CONTEXT, BerError

_CODECS = {
    oids.UTF8_FORM: "utf-8",
    oids.UTF16_FORM: "utf-16-be",
    oids.UCS2_FORM: "utf-16-be",
    oids.UCS4_FORM: "utf-32-be",
}


def _iso10646(form: str) -> bytes:
    return ber.element(CONTEXT | 2, ber.element(CONTEXT | 2, ber.oid_octets(form)), True)


def _info(content: bytes) -> Info:
    return Info(external=External(oid=oids.CHARSET3, payload=content, form="asn1"))


def proposal(*, records_too: bool = False, language: str | None = None) -> Info:
    """UTF-8 proposed, as other information of an InitRequest (with the option NEGOTIATION_MODEL)."""
    content = ber.element(CONTEXT | 1, _iso10646(oids.UTF8_FORM), True)
    if language is not None:
        content += ber.element(CONTEXT | 2, ber.element(ber.GENERAL_STRING, language.encode()), True)
    content += ber.element(CONTEXT | 3, b"\xff" if records_too else b"\0")
    return _info(ber.element(CONTEXT | 1, content, True))


def selection(*, records_too: bool = False) -> Info:
    """UTF-8 agreed to, as other information of an InitResponse."""
    content = ber.element(CONTEXT | 1, _iso10646(oids.UTF8_FORM), True)
    content += ber.element(CONTEXT | 3, b"\xff" if records_too else b"\0")
    return _info(ber.element(CONTEXT | 2, content, True))


def proposed(infos: Iterable[Info] | None) -> frozenset[str]:
    """The Python codecs of ISO 10646 that a client proposes; what else it proposes is left out."""
    return _codecs(infos, 1)


def selected(infos: Iterable[Info] | None) -> str | None:
    """The Python codec that a server agreed to, or None."""
    return next(iter(_codecs(infos, 2)), None)


def _codecs(infos: Iterable[Info] | None, side: int) -> frozenset[str]:
    found: set[str] = set()
    for info in infos or ():
        if info.external is None or info.external.oid != oids.CHARSET3:
            continue
        try:
            root = ber.parse(info.external.payload)
            if root.tag != CONTEXT | side:
                continue
            for field in root.children():
                if field.tag != CONTEXT | 1:
                    continue
                for choice in field.children():
                    if choice.tag == CONTEXT | 2:
                        forms = [part.oid() for part in choice.children() if part.tag == CONTEXT | 2]
                        found |= {_CODECS[form] for form in forms if form in _CODECS}
        except BerError:
            continue  # an offer that cannot be read is none
    return frozenset(found)
