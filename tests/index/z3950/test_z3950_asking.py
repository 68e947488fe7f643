"""What the client does when a server cannot do what was asked, or asks back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from index.rpn.tree import BIB1, Attribute, Operand, Operator, ResultSet, Rpn
from index.z3950 import charset, oids
from index.z3950.apdu import (
    AccessControlRequest,
    AccessControlResponse,
    Close,
    CloseReason,
    CqlQuery,
    DeleteRequest,
    DeleteResponse,
    Delivered,
    Diagnostic,
    External,
    Info,
    InitRequest,
    InitResponse,
    Option,
    Pdu,
    PresentRequest,
    PresentResponse,
    RawRecord,
    ResourceControlRequest,
    ResourceControlResponse,
    ScanRequest,
    ScanResponse,
    SearchRequest,
    SearchResponse,
    Segment,
    SortKeySpec,
    SortRequest,
    SortResponse,
)
from index.z3950.apdu.common import DEFAULT_DIAGNOSTIC
from index.z3950.apdu.records import UNREADABLE
from index.z3950.apdu.scan import Entries, ScanTerm
from index.z3950.asking import listing, presenting, searching
from index.z3950.asking.session import Session
from index.z3950.asking.values import OFFERED, Agreed, Opening
from index.z3950.diagnostics import Action, bib1
from index.z3950.errors import Garbled, Lost, Rejected, Unsupported
from tests.index.z3950.replay import Scripted

QUERY = Rpn(root=Operand(term="aïda", attributes=(Attribute(type=1, value=4),)))
EVERYTHING = Agreed(version=3, options=OFFERED)


def _session(**more: Any) -> Session:
    session = Session(Opening(**more))
    session.agreed = EVERYTHING
    return session


def _record(number: int, **more: Any) -> RawRecord:
    return RawRecord(syntax=oids.USMARC, database="D", payload=b"%d" % number, **more)


def _fails(condition: int, addinfo: str = "") -> PresentResponse:
    diagnostics = (Diagnostic(condition=condition, addinfo=addinfo),)
    return PresentResponse(status=5, records=Delivered(diagnostics=diagnostics))


def _gives(*records: RawRecord, **more: Any) -> PresentResponse:
    return PresentResponse(returned=len(records), records=Delivered(records=records), **more)


def _found(hits: int = 100, **more: Any) -> SearchResponse:
    return SearchResponse(hits=hits, succeeded=True, **more)


def _server(
    present: Callable[[PresentRequest], Pdu | Sequence[Pdu]], hits: int = 100, **terms: Any
) -> Scripted:
    def answer(request: Pdu) -> Sequence[Pdu]:
        if isinstance(request, PresentRequest):
            said = present(request)
            return list(said) if isinstance(said, (list, tuple)) else [said]  # type: ignore[list-item]  # narrowed by the test
        return [_found(hits)]

    return Scripted(answer, **terms)


def _fetch(
    server: Scripted, start: int, count: int, *syntaxes: str, session: Session | None = None, **more: Any
) -> Any:
    session = session or _session()
    server.drive(searching.search(session, searching.Search(query=QUERY, databases=("D",))))
    wanted = presenting.Wanted(start=start, count=count, syntaxes=syntaxes, **more)
    return server.drive(presenting.present(session, wanted))


def _presents(server: Scripted) -> list[PresentRequest]:
    return [pdu for pdu in server.asked if isinstance(pdu, PresentRequest)]


# Init


def _open(answer: InitResponse, **more: Any) -> Session:
    session = Session(Opening(**more))
    Scripted(lambda request: [answer]).drive(session.open())
    return session


def test_options_hold_as_the_server_answers_them_and_only_those_we_offered() -> None:
    answer = InitResponse(accepted=True, versions=frozenset({0, 1, 2}), options=frozenset({0, 1, 7, 10}))
    session = _open(answer)
    assert session.agreed.version == 3
    assert session.agreed.can(Option.SCAN)
    assert not session.agreed.can(Option.EXTENDED_SERVICES)
    with pytest.raises(Unsupported, match="does not offer sorting"):
        Scripted(lambda request: []).drive(listing.sort(session, (SortKeySpec(key="title"),)))


def test_a_server_of_version_2_makes_it_a_session_of_version_2() -> None:
    assert _open(InitResponse(accepted=True, versions=frozenset({0, 1}))).agreed.version == 2


_WRONG = Diagnostic(condition=1011, addinfo="reader")
_BARE = External(oid=oids.BIB1_DIAGNOSTICS, payload=DEFAULT_DIAGNOSTIC.encode(_WRONG), form="asn1")
_SAID = External(oid=oids.SUTRS, payload=b"\x1b\x0fcome back later", form="asn1")


@pytest.mark.parametrize(
    ("answer", "message", "conditions"),
    [
        (InitResponse(other_info=(Info(external=_BARE),)), "1011: the user or the password", [1011]),
        (InitResponse(user_information=_BARE), "1011: the user or the password", [1011]),
        (InitResponse(user_information=_SAID), "come back later", []),
        (InitResponse(other_info=(Info(text="closed on Sundays"),)), "closed on Sundays", []),
        (InitResponse(), "does not say why", []),
    ],
)
def test_the_reason_of_a_refusal_is_told(answer: InitResponse, message: str, conditions: list[int]) -> None:
    with pytest.raises(Rejected, match=message) as refused:
        _open(answer)
    assert [diagnostic.condition for diagnostic in refused.value.diagnostics] == conditions


def test_the_character_set_is_negotiated_only_when_that_is_wished() -> None:
    def answer(request: Pdu) -> list[Pdu]:
        assert isinstance(request, InitRequest)
        offered = charset.proposed(request.other_info)
        assert (Option.NEGOTIATION_MODEL in request.options) == bool(offered)
        infos = (charset.selection(),) if offered else None
        return [InitResponse(accepted=True, versions=frozenset({0, 1, 2}), other_info=infos)]

    for wished, agreed in ((False, None), (True, "utf-8")):
        session = Session(Opening(negotiate=wished))
        Scripted(answer).drive(session.open())
        assert session.agreed.charset == agreed


# Search


def test_terms_go_in_the_charset_of_the_server_or_are_refused_before_anything_is_sent() -> None:
    server = Scripted(lambda request: [_found()])
    server.drive(
        searching.search(
            _session(charset="cp1250"), searching.Search(query=Rpn(root=Operand(term="ž")), databases=("D",))
        )
    )
    request = server.asked[0]
    assert isinstance(request, SearchRequest)
    assert request.query == Rpn(root=Operand(term="ž".encode("cp1250")))
    with pytest.raises(Unsupported, match="'字'"):
        server.drive(
            searching.search(
                _session(charset="cp1250"),
                searching.Search(query=Rpn(root=Operand(term="字")), databases=("D",)),
            )
        )
    assert len(server.asked) == 1


def test_piggyback_is_asked_for_only_when_it_is_wished() -> None:
    server = Scripted(lambda request: [_found()])
    for piggyback in (0, 10):
        wanted = searching.Search(
            query=QUERY, databases=("D",), piggyback=piggyback, syntax=oids.USMARC, elements="F"
        )
        server.drive(searching.search(_session(), wanted))
    without, with_ = server.asked
    assert isinstance(without, SearchRequest)
    assert isinstance(with_, SearchRequest)
    assert (without.small_set, without.large_set, without.medium_set, without.syntax) == (0, 1, 0, None)
    assert (with_.small_set, with_.medium_set, with_.syntax, with_.small_elements) == (
        10,
        10,
        oids.USMARC,
        "F",
    )


def test_a_server_that_gives_no_records_with_a_search_is_asked_without() -> None:
    def answer(request: Pdu) -> list[Pdu]:
        assert isinstance(request, SearchRequest)
        if request.medium_set:
            return [SearchResponse(records=Delivered(diagnostics=(Diagnostic(condition=1005),)))]
        return [_found(7)]

    server = Scripted(answer)
    found = server.drive(
        searching.search(_session(), searching.Search(query=QUERY, databases=("D",), piggyback=5))
    )
    assert (found.succeeded, found.hits, found.diagnostics) == (True, 7, ())


@pytest.mark.parametrize("tells", [True, False], ids=["by its options", "by diagnostic 22"])
def test_without_named_result_sets_there_is_one_and_the_other_is_searched_again(tells: bool) -> None:
    def answer(request: Pdu) -> list[Pdu]:
        if isinstance(request, SearchRequest):
            if request.result_set != "default":
                return [SearchResponse(records=Delivered(diagnostics=(Diagnostic(condition=22),)))]
            return [_found()]
        assert isinstance(request, PresentRequest)
        assert request.result_set == "default"
        return [_gives(_record(request.start))]

    session = _session()
    if tells:
        session.agreed = Agreed(version=3, options=OFFERED - {Option.NAMED_RESULT_SETS})
    server = Scripted(answer)
    first, second = (Rpn(root=Operand(term=text)) for text in (b"one", b"two"))
    for name, query in (("1", first), ("2", second)):
        found = server.drive(
            searching.search(session, searching.Search(query=query, databases=("D",), result_set=name))
        )
        assert (found.succeeded, found.named) == (True, "default")
    for name in ("2", "1", "1", "2"):
        server.drive(presenting.present(session, presenting.Wanted(start=1, count=1, result_set=name)))
    done = [
        pdu.query.root.term if isinstance(pdu, SearchRequest) else "present"
        for pdu in server.asked[2 if tells else 3 :]
    ]  # type: ignore[union-attr]  # queries of one operand
    assert done == ["present", b"one", "present", "present", b"two", "present"]


def test_cql_is_asked_only_where_it_is_offered() -> None:
    server = Scripted(lambda request: [_found()])
    session = _session()
    server.drive(searching.search(session, searching.Search(query=CqlQuery(text="aida"), databases=("D",))))
    session.agreed = Agreed(version=3, options=OFFERED - {Option.QUERY_TYPE_104})
    with pytest.raises(Unsupported, match="CQL"):
        server.drive(
            searching.search(session, searching.Search(query=CqlQuery(text="aida"), databases=("D",)))
        )


def test_several_diagnostics_of_a_failed_search_are_all_told() -> None:
    both = (Diagnostic(condition=114, addinfo="1016"), Diagnostic(condition=117, addinfo="6"))
    server = Scripted(
        lambda request: [SearchResponse(records=Delivered(diagnostics=both), result_set_status=3)]
    )
    found = server.drive(searching.search(_session(), searching.Search(query=QUERY, databases=("D",))))
    assert (found.succeeded, found.diagnostics, found.status) == (False, both, "none")


def test_a_result_set_that_a_query_builds_on_is_searched_again_after_a_loss() -> None:
    server = Scripted(lambda request: [_found()])
    session = _session()
    server.drive(searching.search(session, searching.Search(query=QUERY, databases=("D",), result_set="a")))
    session.lose()
    joined = Rpn(root=Operator(name="and", left=ResultSet(name="a"), right=Operand(term=b"x")))
    server.drive(searching.search(session, searching.Search(query=joined, databases=("D",), result_set="b")))
    assert [pdu.result_set for pdu in server.asked if isinstance(pdu, SearchRequest)] == ["a", "a", "b"]


# Present


def test_records_come_in_pieces_and_a_server_may_give_fewer_than_asked() -> None:
    server = _server(lambda asked: _gives(*(_record(asked.start + n) for n in range(min(asked.count, 7)))))
    presented = _fetch(server, 11, 25, oids.USMARC, chunk=10)
    assert [record.payload for record in presented.records] == [b"%d" % n for n in range(11, 36)]
    assert [(pdu.start, pdu.count) for pdu in _presents(server)] == [(11, 10), (18, 10), (25, 10), (32, 4)]


@pytest.mark.parametrize("condition", [238, 239, 227, 106])
def test_the_next_syntax_is_tried_and_the_refused_one_not_again(condition: int) -> None:
    server = _server(
        lambda asked: _fails(condition) if asked.syntax == oids.OPAC else _gives(_record(asked.start))
    )
    session = _session()
    for _ in range(2):
        presented = _fetch(server, 1, 1, oids.OPAC, oids.USMARC, session=session)
        assert (len(presented.records), presented.syntax, presented.diagnostics) == (1, oids.USMARC, ())
    assert [pdu.syntax for pdu in _presents(server)] == [oids.OPAC, oids.USMARC, oids.USMARC]


def test_when_no_syntax_is_left_the_diagnostic_is_told() -> None:
    presented = _fetch(_server(lambda asked: _fails(239)), 1, 5, oids.OPAC, oids.USMARC)
    assert (presented.records, presented.status) == ((), 5)
    assert [diagnostic.action for diagnostic in presented.diagnostics] == [Action.OTHER_SYNTAX]


def test_a_record_that_lacks_the_syntax_is_fetched_by_itself_in_the_next() -> None:
    def present(asked: PresentRequest) -> PresentResponse:
        records = [_record(asked.start + n) for n in range(asked.count)]
        if asked.syntax == oids.OPAC and asked.start <= 2 < asked.start + asked.count:
            records[2 - asked.start] = RawRecord(diagnostic=Diagnostic(condition=238))
        return _gives(*records)

    server = _server(present)
    presented = _fetch(server, 1, 3, oids.OPAC, oids.USMARC)
    assert [record.payload for record in presented.records] == [b"1", b"2", b"3"]
    assert [(pdu.start, pdu.count, pdu.syntax) for pdu in _presents(server)] == [
        (1, 3, oids.OPAC),
        (2, 1, oids.USMARC),
    ]


@pytest.mark.parametrize("condition", [16, 17])
def test_a_record_that_is_too_long_is_fetched_alone_then_in_brief(condition: int) -> None:
    def present(asked: PresentRequest) -> PresentResponse:
        long = range(asked.start, asked.start + asked.count)
        if 3 in long and asked.elements != "B":
            return _fails(condition)
        return _gives(*(_record(n) for n in long))

    server = _server(present)
    presented = _fetch(server, 1, 6, oids.USMARC, elements="F", chunk=6)
    assert [record.payload for record in presented.records] == [b"%d" % n for n in range(1, 7)]
    assert [pdu.elements for pdu in _presents(server) if pdu.start == 3][-1] == "B"
    assert _presents(server)[-1].elements == "F"
    assert len(_presents(server)) <= 10


def test_a_record_that_is_too_long_even_in_brief_is_named_and_passed_over() -> None:
    def present(asked: PresentRequest) -> PresentResponse:
        numbers = range(asked.start, asked.start + asked.count)
        return _fails(17) if 2 in numbers else _gives(*(_record(n) for n in numbers))

    presented = _fetch(_server(present), 1, 4, oids.USMARC, chunk=4)
    assert [record.diagnostic is None for record in presented.records] == [True, False, True, True]
    assert presented.status == 0


def test_a_surrogate_that_is_too_long_is_fetched_in_brief() -> None:
    def present(asked: PresentRequest) -> PresentResponse:
        too_long = RawRecord(diagnostic=Diagnostic(condition=16))
        return _gives(_record(1)) if asked.elements == "B" else _gives(too_long)

    assert _fetch(_server(present), 1, 1, oids.USMARC).records[0].payload == b"1"


def test_beyond_the_result_nothing_is_asked() -> None:
    server = _server(lambda asked: _gives(*(_record(asked.start + n) for n in range(asked.count))), hits=3)
    assert len(_fetch(server, 1, 50).records) == 3
    beyond = _fetch(server, 4, 1)
    assert [diagnostic.condition for diagnostic in beyond.diagnostics] == [13]
    assert len(_presents(server)) == 1


def test_what_came_before_a_failure_is_kept_with_the_reason() -> None:
    server = _server(
        lambda asked: (
            _fails(14)
            if asked.start > 20
            else _gives(*(_record(asked.start + n) for n in range(asked.count)))
        )
    )
    presented = _fetch(server, 1, 50, chunk=10)
    assert len(presented.records) == 20
    assert (presented.status, [diagnostic.condition for diagnostic in presented.diagnostics]) == (5, [14])


def test_a_server_that_answers_with_nothing_ends_the_fetching() -> None:
    presented = _fetch(_server(lambda asked: PresentResponse()), 1, 50)
    assert (presented.records, presented.status) == ((), 5)


def test_a_result_set_that_the_server_dropped_is_searched_again_once() -> None:
    server = _server(lambda asked: _fails(30))
    presented = _fetch(server, 1, 1)
    assert [diagnostic.condition for diagnostic in presented.diagnostics] == [30]
    assert [type(pdu).__name__ for pdu in server.asked] == ["SearchRequest", "PresentRequest"] * 2


def test_a_composition_is_left_out_where_the_server_knows_none() -> None:
    server = _server(lambda asked: _fails(244) if asked.composition else _gives(_record(1)))
    presented = _fetch(server, 1, 1, oids.XML, elements="F", schema="info:srw/schema/1/marcxml-v1.1")
    assert len(presented.records) == 1
    first, second = _presents(server)
    assert first.composition is not None
    assert first.composition.generic is not None
    assert first.composition.generic.schema_uri == "info:srw/schema/1/marcxml-v1.1"
    assert (second.composition, second.elements) == (None, "F")


def test_segments_are_put_together_on_both_levels() -> None:
    parts = [_record(1), _record(2, fragment="starting")]
    middle = [RawRecord(payload=b"-middle-", fragment="intermediate")]
    last = [RawRecord(payload=b"end", fragment="final"), _record(3)]
    server = _server(
        lambda asked: [Segment(records=tuple(parts)), Segment(records=tuple(middle)), _gives(*last, status=0)]
    )
    presented = _fetch(server, 1, 3, oids.USMARC)
    assert [record.payload for record in presented.records] == [b"1", b"2-middle-end", b"3"]
    assert presented.records[1].syntax == oids.USMARC


def test_a_fragment_without_its_end_is_a_record_that_could_not_be_read() -> None:
    server = _server(lambda asked: [Segment(records=(_record(1, fragment="starting"),)), _gives(_record(2))])
    assert [record.diagnostic for record in _fetch(server, 1, 2).records] == [UNREADABLE, None]


# Scan, Sort, Delete


def test_a_list_is_asked_again_without_a_position_that_the_server_refuses() -> None:
    def answer(request: Pdu) -> list[Pdu]:
        assert isinstance(request, ScanRequest)
        if request.position != 1:
            return [ScanResponse(status=6, entries=Entries(diagnostics=(Diagnostic(condition=233),)))]
        return [ScanResponse(entries=Entries(terms=(ScanTerm(term=b"aida", hits=3),)), position=1)]

    wanted = listing.Listing(start=Operand(term="aïda"), databases=("D",), position=5)
    scanned = Scripted(answer).drive(listing.scan(_session(), wanted))
    assert [entry.hits for entry in scanned.terms] == [3]
    assert scanned.diagnostics == ()


def test_a_sorted_result_is_sorted_again_after_a_loss() -> None:
    def answer(request: Pdu) -> list[Pdu]:
        if isinstance(request, SortRequest):
            return [SortResponse()]
        return [_gives(_record(1))] if isinstance(request, PresentRequest) else [_found()]

    server, session = Scripted(answer), _session()
    server.drive(searching.search(session, searching.Search(query=QUERY, databases=("D",))))
    assert server.drive(listing.sort(session, (SortKeySpec(key="title"),))).succeeded
    session.lose()
    server.drive(presenting.present(session, presenting.Wanted(start=1, count=1)))
    names = [type(pdu).__name__ for pdu in server.asked]
    assert names == ["SearchRequest", "SortRequest", "SearchRequest", "SortRequest", "PresentRequest"]


def test_deleting_says_what_became_of_the_sets() -> None:
    def answer(request: Pdu) -> list[Pdu]:
        return [DeleteResponse(status=7)] if isinstance(request, DeleteRequest) else [_found()]

    server, session = Scripted(answer), _session()
    server.drive(searching.search(session, searching.Search(query=QUERY, databases=("D",))))
    deleted = server.drive(listing.delete(session))
    assert (deleted.succeeded, deleted.message) == (False, "all at once cannot be deleted")
    assert session.sets == {}


# What a server asks in between, and how it ends


def test_a_server_that_wants_to_know_who_we_are_gets_an_answer() -> None:
    for version, answer in (
        (3, AccessControlResponse(reference=b"7", diagnostic=Diagnostic(condition=102))),
        (2, AccessControlResponse(reference=b"7", simple=b"")),
    ):
        server = Scripted(
            lambda request: [AccessControlRequest(reference=b"7", simple=b"?"), _found()], version=version
        )
        assert (
            server.drive(searching.search(_session(), searching.Search(query=QUERY, databases=("D",)))).hits
            == 100
        )
        assert server.told == [answer]


@pytest.mark.parametrize("go_on", [True, False])
def test_a_server_that_asks_whether_to_go_on_gets_an_answer(go_on: bool) -> None:
    asks = ResourceControlRequest(reference=b"8", response_required=True)
    tells = ResourceControlRequest(response_required=False)
    server = Scripted(lambda request: [tells, asks, _found()], go_on=go_on)
    server.drive(searching.search(_session(), searching.Search(query=QUERY, databases=("D",))))
    wanted = None if go_on else True
    assert server.told == [ResourceControlResponse(reference=b"8", go_on=go_on, result_set_wanted=wanted)]


@pytest.mark.parametrize("reason", [*range(10), 77])
def test_a_close_of_the_server_is_answered_and_told_with_its_reason(reason: int) -> None:
    server = Scripted(lambda request: [Close(reason=reason, message="bye")])
    with pytest.raises(Lost, match=r"the server closed: .*\(bye\)") as lost:
        server.drive(searching.search(_session(), searching.Search(query=QUERY, databases=("D",))))
    assert lost.value.reason == reason
    assert server.told == [Close(reason=CloseReason.FINISHED)]


def test_an_answer_to_something_else_is_no_answer() -> None:
    server = Scripted(lambda request: [SortResponse()])
    with pytest.raises(Garbled, match="SortResponse that nobody had asked for"):
        server.drive(searching.search(_session(), searching.Search(query=QUERY, databases=("D",))))


def test_every_diagnostic_has_words_and_an_action() -> None:
    table = bib1()
    assert len(table) >= 174
    assert all(meaning.text and meaning.text[0].islower() for meaning in table.values())
    assert table[1011].action is Action.SIGN_IN
    assert table[114].action is Action.DROP_ATTRIBUTE
    assert table[239].action is Action.OTHER_SYNTAX
    assert table[2].action is Action.RETRY
    assert table[31].action is Action.BACK_OFF
    assert (
        str(Diagnostic(condition=114, addinfo="1016"))
        == "114: the server does not know this access point (1016)"
    )
    assert str(Diagnostic(set="1.2.3", condition=999_999)) == "999999: diagnostic 999999 of 1.2.3"
    assert BIB1 == oids.BIB1
