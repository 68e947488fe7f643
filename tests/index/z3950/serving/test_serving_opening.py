"""Init: versions and options as they really are, who is let in, why somebody is not, and UTF-8 when it is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index.z3950 import ber, oids
from index.z3950.apdu import Close, CloseReason, External, IdPass, Info, InitRequest, Option, SearchRequest
from index.z3950.apdu.common import INFOS, external_diagnostics
from index.z3950.apdu.initialize import Authentication, InitResponse
from index.z3950.ber import CONTEXT
from index.z3950.serving.opening import OPTIONS
from tests.index.z3950.serving.shelf import ALL_OPTIONS, TERMS, Peer, Shelf, opened


def test_only_what_is_done_is_promised_and_only_what_was_asked_for() -> None:
    told = Peer().init()
    assert told.accepted
    assert told.versions == {0, 1, 2}
    assert told.options == OPTIONS
    assert Option.EXTENDED_SERVICES not in told.options
    assert Option.LEVEL_1_SEGMENTATION not in told.options
    assert Option.CONCURRENT_OPERATIONS not in told.options
    few = Peer().init(options=frozenset({Option.SEARCH, Option.PRESENT, Option.EXTENDED_SERVICES}))
    assert few.options == {Option.SEARCH, Option.PRESENT}


def test_a_client_of_version_2_gets_version_2_without_named_sets() -> None:
    told = Peer().init(versions=frozenset({0, 1}))
    assert told.versions == {0, 1}
    assert Option.NAMED_RESULT_SETS not in told.options


@pytest.mark.parametrize(
    ("preferred", "exceptional", "agreed"),
    [
        (0, 0, (4 * 2**20, 4 * 2**20)),
        (65536, 2**20, (65536, 2**20)),
        (2**30, 2**30, (4 * 2**20, 4 * 2**20)),
        (16, 16, (4096, 4096)),
    ],
)
def test_sizes_are_those_of_the_client_within_ours(
    preferred: int, exceptional: int, agreed: tuple[int, int]
) -> None:
    told = Peer().init(preferred_size=preferred, exceptional_size=exceptional)
    assert (told.preferred_size, told.exceptional_size) == agreed


def reasons(told: InitResponse) -> list[int]:
    """The diagnostics in the user information, where clients of YAZ look for them."""
    assert told.user_information is not None
    assert told.user_information.oid == oids.USER_INFO1
    (info,) = INFOS.decode(ber.parse(told.user_information.payload))
    return [one.condition for one in external_diagnostics(info.external)]


LOGIN = replace(TERMS, knows=lambda name, password: (name, password) == ("desa", "kopi/susu"))


@pytest.mark.parametrize(
    "given",
    [
        "desa/kopi/susu",
        IdPass(user="desa", password="kopi/susu"),
        IdPass(group="g", user="desa", password="kopi/susu"),
    ],
)
def test_whoever_knows_the_password_is_let_in(given: Authentication) -> None:
    assert Peer(Shelf(), LOGIN).init(authentication=given).accepted


@pytest.mark.parametrize(
    "given",
    [
        None,
        True,
        "desa",
        "desa/falsch",
        "/",
        IdPass(user="desa"),
        IdPass(),
        External(oid="1.2.3", payload=b"x"),
    ],
)
def test_others_are_refused_with_the_reason_and_the_session_ends(given: Authentication | None) -> None:
    peer = Peer(Shelf(), LOGIN)
    told = peer.init(authentication=given)
    assert not told.accepted
    assert reasons(told) == [1011]
    assert peer.last.ends


@pytest.mark.parametrize("given", [None, True, "who/ever", IdPass(user="x", password="y")])
def test_a_target_without_logins_lets_everybody_in(given: Authentication | None) -> None:
    assert Peer().init(authentication=given).accepted


def test_an_address_that_may_not_ask_is_told_so() -> None:
    told = Peer(Shelf(), replace(TERMS, refusal=1016)).init()
    assert (told.accepted, reasons(told)) == (False, [1016])


def test_a_password_is_in_no_log_line() -> None:
    peer = Peer(Shelf(), LOGIN)
    peer.init(authentication="desa/falsch")
    assert "falsch" not in str(peer.last.facts)
    assert "desa" not in str(peer.last.facts)


def test_init_comes_first_and_once() -> None:
    again = opened().say(InitRequest(options=ALL_OPTIONS))
    early = Peer().say(SearchRequest(databases=("silang",)))
    for answer in (again, early):
        assert isinstance(answer, Close)
        assert answer.reason == CloseReason.PROTOCOL_ERROR


# --- character sets ----------------------------------------------------------------------------------


def proposal(form: str, *, records: bool | None) -> tuple[Info, ...]:
    """What a client says that can do ISO 10646 in a form."""
    level = ber.element(CONTEXT | 2, ber.oid_octets(form))
    sets = ber.element(CONTEXT | 1, ber.element(CONTEXT | 2, level, True), True)
    if records is not None:
        sets += ber.element(CONTEXT | 3, b"\xff" if records else b"\0")
    whole = ber.element(CONTEXT | 1, sets, True)
    return (Info(external=External(oid=oids.CHARSET3, payload=whole, form="asn1")),)


def chosen(told: InitResponse) -> str:
    """What is chosen: 'utf-8', 'none', or '' when nothing was negotiated."""
    found = [info.external for info in told.other_info or () if info.external is not None]
    if not found:
        return ""
    root = ber.parse(found[0].payload)
    assert root.tag == CONTEXT | 2
    choice = root.children()[0].only()
    if choice.tag == CONTEXT | 4:
        return "none"
    assert choice.children()[0].oid() == oids.UTF8_FORM
    return "utf-8"


@pytest.mark.parametrize(
    ("form", "records", "answer", "charset"),
    [
        (oids.UTF8_FORM, True, "utf-8", "utf-8"),
        (oids.UTF8_FORM, None, "utf-8", "marc-8"),
        (oids.UTF8_FORM, False, "utf-8", "marc-8"),
        (oids.UTF16_FORM, True, "none", "marc-8"),
    ],
)
def test_utf_8_is_agreed_to_for_records_where_the_client_wants_it(
    form: str, records: bool | None, answer: str, charset: str
) -> None:
    peer = Peer(Shelf(), replace(TERMS, charset="marc-8"))
    told = peer.init(other_info=proposal(form, records=records))
    assert chosen(told) == answer
    assert Option.NEGOTIATION_MODEL in told.options
    peer.search()
    peer.present()
    assert peer.shelf.written[0][1].charset == charset


def test_whoever_negotiates_nothing_is_answered_nothing() -> None:
    told = Peer().init()
    assert chosen(told) == ""
    assert Option.NEGOTIATION_MODEL not in told.options


def test_a_broken_proposal_is_none() -> None:
    broken = (Info(external=External(oid=oids.CHARSET3, payload=b"\x30\x05\xa1", form="octets")),)
    told = Peer().init(other_info=broken)
    assert told.accepted
    assert chosen(told) == ""
