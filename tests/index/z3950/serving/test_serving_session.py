"""Search, Present, Sort, Scan, Delete, Close of a session: what is answered, and what is refused and by which number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index.query import All
from index.rpn.tree import Attribute, Operand, ResultSet, Rpn
from index.z3950 import apdu, ber, oids
from index.z3950.apdu import (
    Close,
    CloseReason,
    Composition,
    CqlQuery,
    DeleteRequest,
    DeleteResponse,
    ExtendedServicesRequest,
    ExtendedServicesResponse,
    OtherQuery,
    PresentResponse,
    Range,
    ResourceReportRequest,
    ResourceReportResponse,
    Rpn101,
    ScanRequest,
    ScanResponse,
    SortAttributes,
    SortKeySpec,
    SortRequest,
    SortResponse,
    Specification,
    TriggerResourceControl,
)
from index.z3950.ber import CONTEXT
from tests.index.z3950.serving.shelf import TERMS, Peer, Shelf, conditions, opened, texts

# --- search ------------------------------------------------------------------------------------------


def test_a_search_tells_how_many_there_are_and_keeps_them() -> None:
    peer = opened()
    found = peer.search(reference=b"r1")
    assert (found.succeeded, found.hits, found.returned, found.next_position) == (True, 25, 0, 1)
    assert found.reference == b"r1"
    assert texts(peer.present(3, 2)) == ["t3", "t4"]


@pytest.mark.parametrize(
    ("bounds", "returned"),
    [
        ((0, 1, 0), 0),  # nothing along
        ((25, 30, 5), 25),  # a small set comes whole
        ((24, 30, 5), 5),  # a medium one by its number
        ((24, 26, 40), 25),
        ((10, 25, 5), 0),  # a large one brings none
    ],
)
def test_records_come_along_by_the_bounds_of_the_request(bounds: tuple[int, int, int], returned: int) -> None:
    small, large, medium = bounds
    found = opened().search(small_set=small, large_set=large, medium_set=medium)
    assert found.returned == returned
    assert found.present_status == (0 if returned else None)
    assert found.next_position == (0 if returned == 25 else returned + 1)
    if returned:
        assert texts(found) == [f"t{n}" for n in range(1, returned + 1)]


def test_a_search_is_well_though_its_records_cannot_come_along() -> None:
    found = opened().search(small_set=30, large_set=31, syntax=oids.GRS1)
    assert (found.succeeded, found.hits, found.returned, found.present_status) == (True, 25, 0, 5)
    assert conditions(found) == [239]


@pytest.mark.parametrize(
    ("values", "number"),
    [
        ({"databases": ("other",)}, 235),
        ({"databases": ("silang", "IR-Explain-1")}, 235),
        ({"query": None}, 108),
        ({"query": OtherQuery(type=2, content=b"")}, 107),
        ({"query": Rpn(root=Operand(term="bad"))}, 114),
        ({"result_set": ""}, 128),
        ({"result_set": "x" * 200}, 128),
    ],
)
def test_a_search_that_is_refused_says_why_and_leaves_no_result(
    values: dict[str, object], number: int
) -> None:
    peer = opened()
    found = peer.search(**values)
    assert (found.succeeded, found.hits, found.result_set_status) == (False, 0, 3)
    assert conditions(found) == [number]
    assert conditions(peer.present()) == [30]


@pytest.mark.parametrize("names", [("silang",), ("SILANG",), ("Default",), ("silang", "default")])
def test_databases_are_known_by_their_names_in_any_letters(names: tuple[str, ...]) -> None:
    assert opened().search(databases=names).succeeded


def test_cql_and_type_101_are_read_too() -> None:
    peer = opened()
    assert peer.search(query=CqlQuery(text="dc.title=kopi")).succeeded
    assert peer.shelf.searches[-1][0].sort == "title"
    assert peer.search(query=Rpn101(rpn=Rpn(root=Operand(term="x")))).succeeded


def test_a_result_may_be_refined_and_replaced_by_what_came_of_it() -> None:
    peer = opened()
    peer.search(result_set="a")
    assert peer.search(result_set="a", query=Rpn(root=ResultSet(name="a"))).succeeded
    assert conditions(peer.search(result_set="a", replace=False)) == [21]


def test_a_session_keeps_so_many_results_and_the_one_used_longest_ago_goes() -> None:
    peer = Peer(Shelf(), replace(TERMS, result_sets=2))
    peer.init()
    assert peer.search(result_set="a").succeeded
    assert peer.search(result_set="b").succeeded
    assert peer.present(result_set="a").status == 0
    assert peer.search(result_set="c").succeeded
    assert conditions(peer.present(result_set="b")) == [27]
    assert peer.present(result_set="a").status == 0
    assert conditions(peer.present(result_set="never")) == [30]
    assert peer.search(result_set="b").succeeded
    assert peer.present(result_set="b").status == 0


def test_ids_of_a_large_result_are_not_all_kept() -> None:
    peer = opened(Shelf(total=5000))
    peer.search()
    for at in range(1, 2000, 100):
        assert texts(peer.present(at, 100)) == [f"t{n}" for n in range(at, at + 100)]
    assert texts(peer.present(1, 1)) == ["t1"]
    assert texts(peer.present(1, 900)) == [f"t{n}" for n in range(1, 901)]


def test_without_named_sets_there_is_one_whatever_it_is_called() -> None:
    peer = opened(versions=frozenset({0, 1}))
    peer.search(result_set="a")
    assert texts(peer.present(1, 1, result_set="default")) == ["t1"]


def test_whoever_searches_too_often_is_told_for_how_long_to_wait() -> None:
    peer = Peer(Shelf(), replace(TERMS, wait=lambda searches, records: 7 if searches else 0))
    peer.init()
    found = peer.search()
    assert conditions(found) == [31]
    assert found.records is not None
    assert "7 seconds" in found.records.diagnostics[0].addinfo


# --- present -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "count"), [(0, 1), (-3, 1), (26, 1), (25, 2), (1, 26), (1, -1), (2**31, 1)]
)
def test_what_is_out_of_range_is_refused(start: int, count: int) -> None:
    peer = opened()
    peer.search()
    told = peer.present(start, count)
    assert (told.status, told.returned) == (5, 0)
    assert conditions(told) == [13]


def test_no_records_may_be_asked_for() -> None:
    peer = opened()
    peer.search()
    told = peer.present(1, 0)
    assert (told.status, told.returned, told.records) == (0, 0, None)


def test_the_next_position_is_told_until_there_is_none() -> None:
    peer = opened()
    peer.search()
    assert peer.present(1, 10).next_position == 11
    assert peer.present(20, 6).next_position == 0


@pytest.mark.parametrize(
    ("values", "number"),
    [
        ({"syntax": oids.GRS1}, 239),
        ({"syntax": oids.UNIMARC}, 239),
        ({"elements": "zebra::facet"}, 25),
        ({"elements": "mods"}, 25),  # a schema of XML only
        ({"elements": (("silang", "B"), ("default", "F"))}, 26),
        ({"ranges": (Range(start=3, count=1),)}, 243),
        ({"result_set": "nobody"}, 30),
        ({"elements": None, "composition": Composition(syntaxes=(oids.GRS1, oids.MAB))}, 239),
    ],
)
def test_a_form_that_there_is_not_is_refused(values: dict[str, object], number: int) -> None:
    peer = opened()
    peer.search()
    told = peer.present(**values)
    assert told.status == 5
    assert conditions(told) == [number]


@pytest.mark.parametrize(
    ("values", "brief", "syntax", "schema"),
    [
        ({"elements": "F"}, False, oids.USMARC, ""),
        ({"elements": "b"}, True, oids.USMARC, ""),
        ({"elements": None}, False, oids.USMARC, ""),
        ({"elements": None, "syntax": None}, False, oids.USMARC, ""),
        ({"elements": (("silang", "B"),)}, True, oids.USMARC, ""),
        ({"elements": (("nobody", "B"),)}, False, oids.USMARC, ""),
        ({"elements": "B", "syntax": oids.OPAC}, True, oids.OPAC, ""),
        ({"elements": "mods", "syntax": oids.XML}, False, oids.XML, "mods"),
        (
            {
                "elements": None,
                "composition": Composition(
                    syntaxes=(oids.GRS1, oids.SUTRS), generic=Specification(elements="B")
                ),
            },
            True,
            oids.SUTRS,
            "",
        ),
        (
            {
                "elements": None,
                "syntax": oids.XML,
                "composition": Composition(generic=Specification(schema_uri="info:srw/schema/1/DC-v1.1")),
            },
            False,
            oids.XML,
            "info:srw/schema/1/dc-v1.1",
        ),
    ],
)
def test_the_form_is_that_which_was_named(
    values: dict[str, object], brief: bool, syntax: str, schema: str
) -> None:
    peer = opened()
    peer.search()
    assert peer.present(**values).status == 0
    form = peer.shelf.written[-1][1]
    assert (form.brief, form.syntax, form.schema) == (brief, syntax, schema)


def test_a_title_that_went_meanwhile_is_told_in_its_place() -> None:
    peer = opened(Shelf(gone={"t2"}))
    peer.search()
    told = peer.present(1, 3)
    assert (told.status, told.returned) == (0, 3)
    assert texts(told) == ["t1", "", "t3"]
    assert conditions(told) == [238]


def test_an_answer_ends_where_it_would_be_larger_than_the_client_takes() -> None:
    peer = opened(Shelf(large=dict.fromkeys((f"t{n}" for n in range(1, 26)), 1500)), preferred_size=4096)
    peer.search()
    told = peer.present(1, 10)
    assert (told.status, told.returned, told.next_position) == (2, 2, 3)
    assert len(peer.last.data) <= 4096
    assert texts(peer.present(3, 1)) == ["t3"]


def test_a_record_that_is_too_large_comes_alone_or_as_a_diagnostic() -> None:
    shelf = Shelf(large={"t2": 6000, "t3": 50_000})
    peer = opened(shelf, preferred_size=4096, exceptional_size=10_000)
    peer.search()
    assert texts(peer.present(1, 3)) == ["t1"]
    assert texts(peer.present(2, 2)) == ["t2"]
    told = peer.present(3, 2)
    assert texts(told) == ["", "t4"]
    assert conditions(told) == [17]
    small = opened(shelf, preferred_size=4096, exceptional_size=4096)
    small.search()
    assert conditions(small.present(2, 1)) == [16]


def test_more_at_once_than_is_given_comes_in_part() -> None:
    peer = Peer(Shelf(), replace(TERMS, records_at_once=10))
    peer.init()
    peer.search()
    told = peer.present(1, 25)
    assert (told.status, told.returned, told.next_position) == (2, 10, 11)


def test_records_are_counted_and_bounded() -> None:
    had: list[int] = []

    def wait(searches: int, records: int) -> int:
        had.append(records)
        return 9 if sum(had) > 10 else 0

    peer = Peer(Shelf(), replace(TERMS, wait=wait))
    peer.init()
    peer.search()
    assert peer.present(1, 10).status == 0
    told = peer.present(11, 1)
    assert conditions(told) == [12]
    assert told.records is not None
    assert "9 seconds" in told.records.diagnostics[0].addinfo


def test_one_present_a_record_searches_once() -> None:
    peer = opened(Shelf(total=250))
    peer.search()
    for at in range(1, 101):
        assert texts(peer.present(at, 1)) == [f"t{at}"]
    assert len(peer.shelf.searches) == 1
    peer.present(101, 1)
    peer.present(150, 1)
    assert [asked[1:] for asked in peer.shelf.searches] == [(0, 100), (100, 100)]


def test_records_that_come_next_are_written_along() -> None:
    peer = opened()
    peer.search()
    assert texts(peer.present(1, 1)) == ["t1"]
    assert peer.shelf.written[-1][0] == tuple(f"t{n}" for n in range(1, 21))
    assert texts(peer.present(22, 4)) == ["t22", "t23", "t24", "t25"]
    assert peer.shelf.written[-1][0] == ("t22", "t23", "t24", "t25")


def test_what_is_at_hand_is_answered_at_once_and_nothing_else() -> None:
    peer = opened()
    peer.search()
    asked = apdu.PresentRequest(start=1, count=3, syntax=oids.USMARC)
    (frame,) = peer.session.feed(apdu.encode(asked))
    assert peer.session.at_once(frame) is None
    slow = peer.session.answer(frame)
    (frame,) = peer.session.feed(apdu.encode(asked))
    quick = peer.session.at_once(frame)
    assert quick is not None
    assert quick.data == slow.data
    (frame,) = peer.session.feed(apdu.encode(apdu.SearchRequest(databases=("silang",))))
    assert peer.session.at_once(frame) is None


# --- sort, scan, delete -------------------------------------------------------------------------------


def key(use: int, relation: int = 0, **values: object) -> SortKeySpec:
    made = SortKeySpec(key=SortAttributes(attributes=(Attribute(type=1, value=use),)), relation=relation)
    return replace(made, **values)  # type: ignore[arg-type]  # any field


def sort(peer: Peer, *keys: SortKeySpec, **values: object) -> SortResponse:
    answer = peer.say(replace(SortRequest(keys=keys), **values))  # type: ignore[arg-type]  # any field
    assert isinstance(answer, SortResponse), answer
    return answer


@pytest.mark.parametrize(
    ("use", "relation", "order", "first"),
    [
        (4, 0, "title", "t1"),
        (4, 1, "title", "t25"),
        (1003, 0, "author", "t1"),
        (31, 0, "year_up", "t1"),
        (31, 1, "year", "t1"),
        (1012, 1, "added", "t1"),
        (1012, 0, "added", "t25"),
    ],
)
def test_a_result_is_sorted_up_and_down(use: int, relation: int, order: str, first: str) -> None:
    peer = opened()
    peer.search()
    assert sort(peer, key(use, relation)).status == 0
    assert peer.shelf.searches[-1][0].sort == order
    assert texts(peer.present(1, 1)) == [first]


def test_a_result_backwards_is_the_same_result_backwards() -> None:
    peer = opened(Shelf(total=250))
    peer.search()
    sort(peer, key(4, 1))
    found = [text for at in (1, 101, 201) for text in texts(peer.present(at, 50))]
    assert found == [f"t{n}" for at in (250, 150, 50) for n in range(at, at - 50, -1)]


def test_sorting_into_another_set_leaves_the_first_as_it_was() -> None:
    peer = opened()
    peer.search(result_set="a")
    assert sort(peer, key(4, 1), inputs=("a",), output="b").status == 0
    assert texts(peer.present(1, 1, result_set="a")) == ["t1"]
    assert texts(peer.present(1, 1, result_set="b")) == ["t25"]


@pytest.mark.parametrize(
    ("keys", "values", "number", "state"),
    [
        ((key(4),), {"inputs": ("nobody",)}, 30, 4),
        ((key(4),), {"inputs": ("a", "b")}, 230, 3),
        ((key(4), key(31)), {}, 211, 3),
        ((), {}, 207, 3),
        ((key(1016),), {}, 207, 3),
        ((key(4, 7),), {}, 214, 3),
        ((key(4, missing="abort"),), {}, 213, 3),
        ((SortKeySpec(key="nobody"),), {}, 207, 3),
        ((SortKeySpec(by_database=(("silang", "title"),)),), {}, 210, 3),
    ],
)
def test_an_order_that_there_is_not_is_refused(
    keys: tuple[SortKeySpec, ...], values: dict[str, object], number: int, state: int
) -> None:
    peer = opened()
    peer.search()
    told = sort(peer, *keys, **values)
    assert (told.status, told.result_set_status) == (2, state)
    assert [one.condition for one in told.diagnostics or ()] == [number]
    assert texts(peer.present(1, 1)) == ["t1"]


def scan(peer: Peer, **values: object) -> ScanResponse:
    asked = ScanRequest(databases=("silang",), attribute_set=oids.BIB1, start=Operand(term=b"a"), count=3)
    answer = peer.say(replace(asked, **values))  # type: ignore[arg-type]  # any field
    assert isinstance(answer, ScanResponse), answer
    return answer


def test_scan_gives_terms_with_their_numbers() -> None:
    told = scan(opened(), position=2)
    assert (told.status, told.returned, told.position) == (0, 3, 2)
    assert told.entries is not None
    assert [(one.term, one.hits) for one in told.entries.terms or ()] == [
        (b"word 1", 1),
        (b"word 2", 2),
        (b"word 3", 3),
    ]


def test_a_list_that_ends_is_told_as_partial() -> None:
    told = scan(opened(), count=20)
    assert (told.status, told.returned) == (5, 5)


@pytest.mark.parametrize(
    ("values", "number"),
    [
        ({"start": Operand(term=b"bad")}, 114),
        ({"start": None}, 228),
        ({"step": 3}, 205),
        ({"count": 0}, 228),
        ({"count": -1}, 228),
        ({"count": 5000}, 1029),
        ({"position": -1}, 233),
        ({"position": 9}, 233),
        ({"databases": ("other",)}, 235),
    ],
)
def test_a_scan_that_is_refused_says_why(values: dict[str, object], number: int) -> None:
    told = scan(opened(), **values)
    assert (told.status, told.returned) == (6, 0)
    assert told.entries is not None
    assert [one.condition for one in told.entries.diagnostics or ()] == [number]


def delete(peer: Peer, *names: str, function: int = 0) -> DeleteResponse:
    answer = peer.say(DeleteRequest(function=function, result_sets=names or None))
    assert isinstance(answer, DeleteResponse), answer
    return answer


def test_results_are_deleted_by_name_or_all() -> None:
    peer = opened()
    for name in "abc":
        peer.search(result_set=name)
    told = delete(peer, "a", "nobody")
    assert told.status == 9
    assert [(one.result_set, one.status) for one in told.statuses or ()] == [("a", 0), ("nobody", 1)]
    assert delete(peer, "b").status == 0
    assert conditions(peer.present(result_set="b")) == [30]
    assert delete(peer, function=1).status == 0
    assert conditions(peer.present(result_set="c")) == [30]


# --- the end, and what is not done -------------------------------------------------------------------


def test_a_close_is_answered_and_ends_the_session() -> None:
    peer = opened()
    answer = peer.say(Close(reference=b"z"))
    assert isinstance(answer, Close)
    assert (answer.reason, answer.reference) == (CloseReason.FINISHED, b"z")
    assert peer.last.ends


def test_our_own_end_is_a_close_with_its_reason() -> None:
    for reason in (CloseReason.LACK_OF_ACTIVITY, CloseReason.SHUTDOWN):
        reply = opened().session.goodbye(reason, "why")
        told = apdu.decode(reply.data)
        assert isinstance(told, Close)
        assert (told.reason, told.message, reply.ends) == (reason, "why", True)


def test_extended_services_and_reports_are_declined_and_the_session_goes_on() -> None:
    peer = opened()
    told = peer.say(ExtendedServicesRequest(package_type=oids.ITEM_ORDER))
    assert isinstance(told, ExtendedServicesResponse)
    assert (told.status, [one.condition for one in told.diagnostics or ()]) == (3, [221])
    report = peer.say(ResourceReportRequest())
    assert isinstance(report, ResourceReportResponse)
    assert report.status != 0
    assert peer.say(TriggerResourceControl(action=3)) is None
    assert peer.search().succeeded


@pytest.mark.parametrize("number", [49, 50, 63, 1000])
def test_a_pdu_that_nobody_knows_ends_the_session_with_a_protocol_error(number: int) -> None:
    peer = opened()
    (frame,) = peer.session.feed(ber.element(CONTEXT | number, b"", True))
    reply = peer.session.answer(frame)
    told = apdu.decode(reply.data)
    assert isinstance(told, Close)
    assert (told.reason, reply.ends) == (CloseReason.PROTOCOL_ERROR, True)


def test_an_answer_in_the_place_of_a_question_is_a_protocol_error() -> None:
    told = opened().say(PresentResponse())
    assert isinstance(told, Close)
    assert told.reason == CloseReason.PROTOCOL_ERROR


def test_a_fault_of_ours_is_told_and_ends_this_session_only(caplog: pytest.LogCaptureFixture) -> None:
    peer = opened()
    asked = apdu.SearchRequest(databases=("silang",), query=Rpn(root=Operand(term="boom")))
    (frame,) = peer.session.feed(apdu.encode(asked))
    reply = peer.session.answer(frame)
    told = apdu.decode(reply.data)
    assert isinstance(told, Close)
    assert told.reason == CloseReason.SYSTEM_PROBLEM
    assert "a request failed" in caplog.text
    assert "a fault of ours" not in str(told)


def test_what_is_logged_of_a_search_is_not_what_was_searched() -> None:
    peer = opened()
    peer.search("geheim")
    assert peer.last.facts == {"operation": "search", "hits": 25, "records": 0}
    assert peer.shelf.searches[0][0].query == All()
