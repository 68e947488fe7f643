"""Init: what is agreed on, who asks, and whether that is let in (Z39.50-2003, 3.2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from index.z3950 import ber, oids
from index.z3950.apdu import (
    VERSION_2,
    VERSION_3,
    Diagnostic,
    External,
    IdPass,
    Info,
    InitRequest,
    InitResponse,
    Option,
)
from index.z3950.apdu.common import DEFAULT_DIAGNOSTIC, INFOS
from index.z3950.ber import CONTEXT
from index.z3950.schema import Implicit
from index.z3950.serving import charsets, refusals
from index.z3950.serving.catalogue import Terms
from index.z3950.serving.refusals import Refused

#: What is really done; a client gets those of them that it asks for.
OPTIONS = frozenset(
    {
        Option.SEARCH,
        Option.PRESENT,
        Option.DELETE_SET,
        Option.SCAN,
        Option.SORT,
        Option.NAMED_RESULT_SETS,
        Option.QUERY_TYPE_104,
    }
)

#: The least that a message may be bounded to, bytes: smaller wishes would let no record through.
_LEAST = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What holds in a session. Sizes in bytes: of a response, and of the one record that may exceed that."""

    named_sets: bool
    preferred_size: int
    exceptional_size: int
    charset: Literal["utf-8", "marc-8"]
    user: str = ""


def open_session(asked: InitRequest, terms: Terms) -> tuple[InitResponse, Agreed | None]:
    """The answer to an Init, and what is agreed; None: the session is refused and ends."""
    version_3 = 2 in asked.versions
    options = OPTIONS & asked.options if version_3 else (OPTIONS & asked.options) - {Option.NAMED_RESULT_SETS}
    proposal = charsets.proposed(asked) if version_3 else None
    if proposal is not None:
        options |= {Option.NEGOTIATION_MODEL} & asked.options
    # Zero is what clients send who do not care.
    preferred = min(max(asked.preferred_size or terms.answer_size, _LEAST), terms.answer_size)
    exceptional = min(max(asked.exceptional_size or preferred, preferred), terms.answer_size)
    diagnostic: Diagnostic | None = None
    user = ""
    try:
        user = _let_in(asked, terms)
    except Refused as refused:
        diagnostic = refused.diagnostic
    identifier, name, version = terms.implementation
    response = InitResponse(
        reference=asked.reference,
        versions=VERSION_3 if version_3 else VERSION_2,
        options=options,
        preferred_size=preferred,
        exceptional_size=exceptional,
        accepted=diagnostic is None,
        implementation_id=identifier or None,
        implementation_name=name,
        implementation_version=version or None,
        user_information=None if diagnostic is None else reason(diagnostic),
        other_info=None if proposal is None else (charsets.answer(proposal),),
    )
    if diagnostic is not None:
        return response, None
    in_utf8 = proposal is not None and proposal.utf8 and proposal.records
    agreed = Agreed(
        named_sets=Option.NAMED_RESULT_SETS in options,
        preferred_size=preferred,
        exceptional_size=exceptional,
        charset="utf-8" if in_utf8 else terms.charset,
        user=user,
    )
    return response, agreed


def _let_in(asked: InitRequest, terms: Terms) -> str:
    """The user's name, '' for a guest. Raises Refused with the reason."""
    if terms.refusal:
        raise Refused(terms.refusal)
    if terms.knows is None:
        return ""
    given = asked.authentication
    if isinstance(given, IdPass):
        name, password = given.user or "", given.password or ""
    elif isinstance(given, str):
        name, _, password = given.partition("/")
    else:
        raise Refused(refusals.BAD_LOGIN, "a login is needed")
    if not terms.knows(name, password):
        raise Refused(refusals.BAD_LOGIN)
    return name


def reason(diagnostic: Diagnostic) -> External:
    """A diagnostic where clients look for the reason of a refusal: diag-1 within user information 1."""
    default = Implicit(1, DEFAULT_DIAGNOSTIC).encode(diagnostic)
    entry = ber.element(ber.SEQUENCE, ber.element(CONTEXT | 1, default, True), True)
    told = External(oid=oids.DIAG1, payload=ber.element(ber.SEQUENCE, entry, True), form="asn1")
    infos = Implicit(201, INFOS).encode((Info(external=told),))
    return External(oid=oids.USER_INFO1, payload=infos, form="asn1")
