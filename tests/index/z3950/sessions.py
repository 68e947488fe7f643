"""Stories of sessions with servers from other hands: the same for the live servers and for what was recorded of them.

Each is told to something with `session` and `drive(plan)`, and checks what comes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any, Protocol

import pytest

from index.rpn.tree import Attribute, Node, Operand, Operator, ResultSet, Rpn
from index.z3950 import grs1, oids, opac
from index.z3950.apdu import IdPass, Option, SortAttributes, SortKeySpec
from index.z3950.asking import listing, presenting, searching
from index.z3950.asking.session import Plan, Session
from index.z3950.asking.values import Opening
from index.z3950.errors import Rejected
from index.z3950.userinfo import facet


class Teller(Protocol):
    session: Session

    def drive(self, plan: Plan[Any]) -> Any: ...


def term(text: str, *attributes: tuple[int, int | str]) -> Operand:
    return Operand(term=text.encode(), attributes=tuple(Attribute(type=t, value=v) for t, v in attributes))


def _search(teller: Teller, root: Node, **more: Any) -> Any:
    wanted = searching.Search(query=Rpn(root=root), databases=("Default",), **more)
    return teller.drive(searching.search(teller.session, wanted))


def _present(teller: Teller, start: int, count: int, *syntaxes: str, **more: Any) -> Any:
    wanted = presenting.Wanted(start=start, count=count, syntaxes=syntaxes, **more)
    return teller.drive(presenting.present(teller.session, wanted))


def ztest_syntaxes(teller: Teller) -> None:
    """Options as answered, piggyback, a syntax the server lacks, OPAC with its copies, SUTRS, facets, names."""
    agreed = teller.drive(teller.session.open())
    assert agreed.version == 3
    assert agreed.can(Option.SCAN)
    assert agreed.can(Option.NAMED_RESULT_SETS)
    assert not agreed.can(Option.QUERY_TYPE_104)
    found = _search(teller, term("42", (1, 4)), piggyback=3, syntax=oids.USMARC, facets=(facet("title"),))
    assert (found.hits, len(found.records), found.succeeded) == (42, 3, True)
    assert found.facets
    assert found.facets[0].name == "title"
    presented = _present(teller, 1, 42, oids.MAB, oids.USMARC, chunk=15)
    assert presented.syntax == oids.USMARC
    assert [record.syntax for record in presented.records] == [oids.USMARC] * 42
    assert all(len(record.payload) == int(record.payload[:5]) for record in presented.records)
    assert teller.session.refused == {oids.MAB}
    (copy,) = opac.decode(_present(teller, 2, 1, oids.OPAC).records[0].payload).holdings or ()
    assert isinstance(copy, opac.Holdings)
    assert copy.circulation
    assert grs1.sutrs(_present(teller, 1, 1, oids.SUTRS).records[0].payload).startswith("This is dummy SUTRS")
    assert len(_present(teller, 40, 10, oids.USMARC).records) == 3
    beyond = _present(teller, 43, 1, oids.USMARC)
    assert [diagnostic.condition for diagnostic in beyond.diagnostics] == [13]


def ztest_lists_and_names(teller: Teller) -> None:
    """Scan with a position, two named result sets, Delete, a database that is not there."""
    teller.drive(teller.session.open())
    scanned = teller.drive(
        listing.scan(
            teller.session, listing.Listing(start=term("banana"), databases=("Default",), count=4, position=2)
        )
    )
    assert [entry.term for entry in scanned.terms] == [b"APPLE", b"BANANA", b"CAT", b"DOG"]
    assert [entry.hits for entry in scanned.terms] == [7, 2, 9, 1]
    assert scanned.position == 2
    _search(teller, term("5"), result_set="1")
    _search(teller, term("7"), result_set="2")
    assert len(_present(teller, 1, 5, oids.USMARC, result_set="1").records) == 5
    joined = Operator(name="and", left=ResultSet(name="1"), right=term("3"))
    assert _search(teller, joined, result_set="3").succeeded
    assert teller.drive(listing.delete(teller.session, "1")).succeeded
    refused = searching.Search(query=Rpn(root=term("1")), databases=("Nowhere",))
    failed = teller.drive(searching.search(teller.session, refused))
    assert not failed.succeeded
    assert [diagnostic.condition for diagnostic in failed.diagnostics] == [109]
    assert str(failed.diagnostics[0]) == "109: the database is not available (Nowhere)"


def zebra_operas(teller: Teller) -> None:
    """Diacritics in a list, element sets, XML by its element set, attributes that are refused, CQL in RPN's place."""
    agreed = teller.drive(teller.session.open())
    assert agreed.charset == "utf-8"
    found = _search(teller, term("aida", (1, 4)))
    assert found.hits == 3
    marc = _present(teller, 1, 3, oids.USMARC, elements="U")
    assert all(record.syntax == oids.USMARC and record.payload.endswith(b"\x1d") for record in marc.records)
    xml = _present(teller, 1, 3, oids.XML, elements="marc")
    assert all(b"<record" in record.payload for record in xml.records)
    scanned = teller.drive(
        listing.scan(
            teller.session,
            listing.Listing(start=term("aid", (1, 4)), databases=("Default",), count=3),
        )
    )
    shown = [unicodedata.normalize("NFC", entry.display or "") for entry in scanned.terms]
    assert shown == ["Aida", "A\u00efda", "Alceste"]
    refused = _search(teller, term("x", (1, 1016)))
    assert not refused.succeeded
    assert refused.diagnostics[0].condition == 114
    assert refused.diagnostics[0].action == "drop_attribute"
    assert _search(teller, term("x", (1, 4), (5, 77))).diagnostics[0].condition == 120


def zebra_sorted(teller: Teller) -> None:
    """A login, Sort, GRS-1, a syntax that records do not have, Delete of everything."""
    teller.drive(teller.session.open())
    assert _search(teller, term("the", (1, 4))).hits == 10
    key = SortKeySpec(key=SortAttributes(attributes=(Attribute(type=1, value=4),)))
    assert teller.drive(listing.sort(teller.session, (key,))).succeeded
    record = _present(teller, 1, 1, oids.UNIMARC, oids.GRS1).records[0]
    assert record.syntax == oids.GRS1
    lines = list(grs1.lines(grs1.decode(record.payload)))
    assert len(lines) > 5
    first = _present(teller, 1, 10, oids.USMARC)
    assert len(first.records) == 10
    unsortable = SortKeySpec(key=SortAttributes(attributes=(Attribute(type=1, value=31),)))
    assert not teller.drive(listing.sort(teller.session, (unsortable,))).succeeded
    assert teller.drive(listing.delete(teller.session)).succeeded


def zebra_refused(teller: Teller) -> None:
    """A wrong password: the reason is told."""
    with pytest.raises(Rejected, match="1011: the user or the password is not right") as refused:
        teller.drive(teller.session.open())
    assert [diagnostic.condition for diagnostic in refused.value.diagnostics] == [1011]


#: Each with the server it is told to and how the session is opened.
STORIES: dict[str, tuple[str, Opening, Callable[[Any], None]]] = {
    "ztest_syntaxes": ("ztest", Opening(), ztest_syntaxes),
    "ztest_lists_and_names": ("ztest", Opening(), ztest_lists_and_names),
    "zebra_operas": ("marcxml", Opening(negotiate=True), zebra_operas),
    "zebra_sorted": ("iso2709", Opening(authentication="reader/secret"), zebra_sorted),
    "zebra_sorted_idpass": (
        "iso2709",
        Opening(authentication=IdPass(user="reader", password="secret")),
        zebra_sorted,
    ),
    "zebra_refused": ("iso2709", Opening(authentication="reader/wrong"), zebra_refused),
    "zebra_refused_nobody": ("iso2709", Opening(), zebra_refused),
}
