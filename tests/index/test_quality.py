"""What is wrong with descriptions: each rule, and the list that follows what changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from foundation.db import Database
from foundation.fetch import Fetcher
from index import store
from index.quality import issues, links
from index.quality.rules import KINDS, faults
from index.record import Availability, Holding, Identifier, Link, Record
from tests.foundation.loopback import POLICY, answer, serve
from tests.index.arrivals import book, source, take

WHOLE = replace(
    book("Perahu di hulu", isbn="9780306406157", holdings=(Holding(call_number="623.8 SAR p"),)),
    classes=("623.8",),
)

WRONG = {
    "no_call_number": replace(WHOLE, holdings=(Holding(barcode="1"),)),
    "bad_isbn": replace(WHOLE, identifiers=(Identifier(kind="isbn", value="123", valid=False),)),
    "no_class": replace(WHOLE, classes=()),
    "dead_link": replace(WHOLE, links=(Link(url="www.example.org/berkas.pdf"),)),
    "encoding": replace(WHOLE, title="PenerbitÃ¡n"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_each_fault_is_found_and_nothing_else(kind: str) -> None:
    assert [fault.kind for fault in faults(WRONG[kind])] == [kind]


@pytest.mark.parametrize(
    "record",
    [
        WHOLE,
        replace(WHOLE, title="Éléments d’Ãlgebra", repairs=()),
        replace(WHOLE, holdings=(), online=True),
        replace(WHOLE, holdings=(), call_numbers=("623.8 SAR p",)),
        replace(WHOLE, links=(Link(url="https://example.org/a?b=c"),)),
    ],
)
def test_what_is_whole_has_no_fault(record: Record) -> None:
    assert faults(record) == ()


def test_what_was_mended_on_the_way_in_is_told() -> None:
    (fault,) = faults(replace(WHOLE, repairs=("title:double_utf8",)))
    assert (fault.kind, fault.detail) == ("encoding", "title:double_utf8")


def _kinds(c: Any, library_id: str) -> list[tuple[str, str]]:
    return [(one.identifier, one.kind) for one in issues.page(c, library_id)]


def _review(db: Database, clock: Any) -> None:
    with db.begin() as c:
        while issues.review(c, clock()):
            pass


def test_the_list_follows_what_is_sent_and_stays_with_its_library(db: Database, clock: Any) -> None:
    with db.begin() as c:
        mlt, kng = source(c, "MLT", clock()), source(c, "KNG", clock())
        take(c, mlt, clock(), [("1", WRONG["no_class"]), ("2", replace(WHOLE, title="Sungai tua"))])
        take(c, kng, clock(), [("3", WHOLE)])
    _review(db, clock)
    first = clock()
    with db.read() as c:
        assert _kinds(c, mlt.library_id) == [("1", "no_class")]
        assert _kinds(c, kng.library_id) == []
        assert issues.counts(c, mlt.library_id) == {"no_class": 1}

    clock.go(days=1)
    with db.begin() as c:
        take(c, mlt, clock(), [("1", replace(WRONG["no_class"], publisher="Penerbit lain", holdings=()))])
    _review(db, clock)
    with db.read() as c:
        found = {one.kind: one.found_at for one in issues.page(c, mlt.library_id)}
    assert found == {"no_call_number": clock(), "no_class": first}  # what was known keeps its day

    with db.begin() as c:
        take(c, mlt, clock(), [("1", WHOLE)])
    _review(db, clock)
    with db.read() as c:
        assert _kinds(c, mlt.library_id) == []


def test_what_is_withdrawn_leaves_the_list(db: Database, clock: Any) -> None:
    with db.begin() as c:
        mlt = source(c, "MLT", clock())
        take(c, mlt, clock(), [("1", WRONG["bad_isbn"])])
    _review(db, clock)
    with db.begin() as c:
        store.withdraw(c, mlt, ["1"], clock())
    _review(db, clock)
    with db.read() as c:
        assert _kinds(c, mlt.library_id) == []


def test_two_records_of_one_source_for_one_edition_are_possible_duplicates(db: Database, clock: Any) -> None:
    with db.begin() as c:
        mlt, kng = source(c, "MLT", clock()), source(c, "KNG", clock())
        take(c, mlt, clock(), [("1", WHOLE), ("2", WHOLE)])
        take(c, kng, clock(), [("3", WHOLE)])
    _review(db, clock)
    with db.read() as c:
        assert _kinds(c, mlt.library_id) == [("1", "duplicate"), ("2", "duplicate")]
        assert _kinds(c, kng.library_id) == []
        assert [one.detail for one in issues.page(c, mlt.library_id)] == ["2", "1"]


def test_a_link_is_dead_when_nothing_was_there_twice_and_alive_again_when_it_answers(
    sqlite_db: Database, clock: Any
) -> None:
    there = {"": answer(b"", status="404 Not Found")}
    with serve(lambda conn, _: conn.sendall(there[""])) as served:
        shown = replace(WHOLE, links=(Link(url=served.url + "a.pdf", kind="fulltext"),))
        with sqlite_db.begin() as c:
            mlt = source(c, "MLT", clock())
            take(c, mlt, clock(), [("1", shown)])
        _review(sqlite_db, clock)
        fetcher = Fetcher(POLICY)

        def look() -> list[tuple[str, str]]:
            links.try_some(sqlite_db, fetcher, clock)
            with sqlite_db.read() as c:
                return _kinds(c, mlt.library_id)

        assert look() == []
        assert links.due(sqlite_db, clock(), 5) == []  # not again on the same day
        clock.go(days=1, minutes=1)
        assert look() == [("1", "dead_link")]
        there[""] = answer(b"%PDF")
        clock.go(days=1, minutes=1)
        assert look() == []
        fetcher.close()


def test_a_refusal_is_no_dead_link() -> None:
    for status in ("401 Unauthorized", "403 Forbidden", "429 Too Many Requests", "503 Service Unavailable"):
        with serve(lambda conn, _, s=status: conn.sendall(answer(b"", status=s))) as served:
            assert links.answers(Fetcher(POLICY), served.url), status


@pytest.mark.slow
def test_every_kind_has_its_words() -> None:
    from web import texts

    for kind in KINDS:
        assert texts.has(f"quality.kind.{kind}")
        assert texts.has(f"quality.mend.{kind}")


def test_unknown_availability_is_no_fault() -> None:
    assert (
        faults(replace(WHOLE, holdings=(Holding(call_number="1", availability=Availability.UNKNOWN),))) == ()
    )
