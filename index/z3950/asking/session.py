"""A session with one server: what was agreed on, which result sets it holds, and the plans of its operations.

A plan is a generator: it yields requests, is sent their answers, and returns what the caller wanted. So the same plan
runs over asyncio, over a blocking socket, and over what was recorded.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from index.z3950 import charset
from index.z3950.apdu import (
    VERSION_2,
    VERSION_3,
    Diagnostic,
    Info,
    InitRequest,
    InitResponse,
    Option,
    Pdu,
    SearchRequest,
)
from index.z3950.apdu.common import INFOS, External, external_diagnostics
from index.z3950.asking.values import Agreed, Opening
from index.z3950.ber import BerError, parse
from index.z3950.errors import Garbled, Rejected, Unsupported

T = TypeVar("T")
Plan = Generator[Pdu, Pdu, T]


@dataclass(slots=True, kw_only=True)
class Kept:
    """A result set: how to make it again, by a search and what is done to it then; does the server still have it?

    `hits` is None where the server only estimates.
    """

    request: SearchRequest
    hits: int | None
    alive: bool = True
    again: list[Pdu] = field(default_factory=list)


class Session:
    """The memory of a client across its connections."""

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self.agreed = Agreed()
        self.sets: dict[str, Kept] = {}
        #: Record syntaxes that this server has refused, so that it is not asked for them again and again.
        self.refused: set[str] = set()
        #: Does the server refuse to name result sets, whatever its options say?
        self.unnamed = False

    def lose(self) -> None:
        """The connection is gone, and with it all result sets of the server."""
        for kept in self.sets.values():
            kept.alive = False

    def open(self) -> Plan[Agreed]:
        """Init. Raises Rejected with the server's reason."""
        answer = yield self._hello()
        if not isinstance(answer, InitResponse):
            raise Garbled("the server did not answer to Init")
        if not answer.accepted:
            raise _rejected(answer)
        version = 3 if self.opening.version >= 3 and 2 in answer.versions else 2
        name = " ".join(filter(None, (answer.implementation_name, answer.implementation_version)))
        self.agreed = Agreed(
            version=version,
            # What we did not offer is not in force, whatever the server says.
            options=answer.options & (self.opening.options | {Option.NEGOTIATION_MODEL}),
            preferred_size=answer.preferred_size,
            exceptional_size=answer.exceptional_size,
            implementation=name,
            charset=charset.selected(answer.other_info) if self.opening.negotiate else None,
        )
        return self.agreed

    def name(self, wanted: str) -> str:
        """The name to use for a result set: "default" where the server knows no others."""
        named = not self.unnamed and self.agreed.can(Option.NAMED_RESULT_SETS)
        return wanted if named else "default"

    def need(self, option: Option, what: str) -> None:
        """Raises Unsupported when the server does not offer an operation."""
        if not self.agreed.can(option):
            raise Unsupported(f"the server does not offer {what}")

    def _hello(self) -> InitRequest:
        opening = self.opening
        options, infos = opening.options, None
        if opening.negotiate and opening.version >= 3:
            options |= {Option.NEGOTIATION_MODEL}
            infos = (charset.proposal(records_too=opening.records_too, language=opening.language),)
        return InitRequest(
            versions=VERSION_3 if opening.version >= 3 else VERSION_2,
            options=options,
            preferred_size=opening.preferred_size,
            exceptional_size=opening.exceptional_size,
            authentication=opening.authentication,
            implementation_id=opening.implementation_id,
            implementation_name=opening.implementation_name,
            implementation_version=opening.implementation_version,
            other_info=infos,
        )


def _rejected(answer: InitResponse) -> Rejected:
    """The reason may stand in the other information or in the user information field, as diagnostics or as text."""
    diagnostics: list[Diagnostic] = []
    texts: list[str] = []
    for external in _externals(answer):
        found = external_diagnostics(external)
        diagnostics += found
        if not found:
            texts += _text(external)
    texts += [info.text for info in answer.other_info or () if info.text]
    reasons = [str(diagnostic) for diagnostic in dict.fromkeys(diagnostics)] + texts
    message = "the server refused the session" + (
        f": {'; '.join(reasons)}" if reasons else " and does not say why"
    )
    return Rejected(message, tuple(dict.fromkeys(diagnostics)))


def _externals(answer: InitResponse) -> Iterable[External]:
    if answer.user_information is not None:
        yield answer.user_information
        yield from _within(answer.user_information)
    for info in answer.other_info or ():
        if info.external is not None:
            yield info.external


def _within(external: External) -> list[External]:
    """User information format 1 is other information in an EXTERNAL: the reason stands inside."""
    try:
        infos: tuple[Info, ...] = INFOS.read(parse(external.payload))
    except BerError:
        return []
    return [info.external for info in infos if info.external is not None]


def _text(external: External) -> list[str]:
    try:
        element = parse(external.payload) if external.form == "asn1" else None
        return [] if element is None or element.constructed else [element.text()]
    except BerError:
        return []
