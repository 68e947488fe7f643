"""Records as catalogues from other hands send them are read lean as the crosswalk reads them whole."""

from __future__ import annotations

from time import monotonic

import pytest

from foundation.fetch import Allowed
from index.crosswalk import read_iso2709
from index.live.lean import Lean, read, whole
from index.live.lean.record import lean_of
from index.live.link import Fetched
from index.live.merging import Arrival, Merger, asked
from index.live.z3950.records import fetched
from index.query import Term
from index.rpn.tree import Attribute, Operand, Rpn
from index.z3950 import blocking
from index.z3950.address import Address
from index.z3950.asking.presenting import Wanted
from index.z3950.asking.searching import Search
from index.z3950.asking.values import Opening
from index.z3950.oids import GRS1, OPAC, SUTRS, USMARC, XML
from tests.peers.live.catalogues import Peer, ZTest

pytestmark = pytest.mark.peers


def records(
    peer: Peer, term: bytes, syntax: str, elements: str | None = None, most: int = 100
) -> list[Fetched]:
    """What a search for this word in titles brings, as links hand it over."""
    login = f"{peer.user}/{peer.password}" if peer.user else None
    until = monotonic() + 30
    query = Rpn(root=Operand(term=term, attributes=(Attribute(type=1, value=4),)))
    address = Address(host=peer.host, port=peer.port)
    with blocking.connect(
        address, Opening(authentication=login), until, allowed=Allowed(everything=True)
    ) as session:
        found = session.search(Search(query=query, databases=("Default",)), until)
        count = min(found.hits, most)
        got = session.present(
            Wanted(start=1, count=count, syntaxes=(syntax,), elements=elements, chunk=count), until
        )
    assert len(got.records) == count > 0
    return [fetched(one, place) for place, one in enumerate(got.records, 1)]


def agreed(found: list[Fetched]) -> list[Lean]:
    """Lean records, each as the crosswalk reads it."""
    leans = [read(one) for one in found]
    assert leans == [lean_of(whole(one)) for one in found]
    return leans


def test_usmarc_of_ztest(ztest: ZTest) -> None:
    found = records(ztest, b"100", USMARC)
    leans = agreed(found)

    assert [lean_of(read_iso2709(one.payload)) for one in found] == leans
    assert "How to program a computer" in {one.title for one in leans}


def test_opac_records_of_ztest_bring_their_copies(ztest: ZTest) -> None:
    leans = agreed(records(ztest, b"5", OPAC))

    assert all(one.holdings for one in leans)


def test_usmarc_of_zebra_in_both_character_sets_is_one_cluster_each(zebra_marcxml: Peer) -> None:
    old, new = (agreed(records(zebra_marcxml, b"aida", USMARC, elements)) for elements in "FU")

    assert [one.title for one in old] == [one.title for one in new]
    merger = Merger(asked(Term(text="aida")))
    for target, leans in (("old", old), ("new", new)):
        merger.add([Arrival(target, place, one) for place, one in enumerate(leans, 1)])
    assert all(len({h.target for h in row.holders}) == 2 for row in merger.rows())


@pytest.mark.parametrize("elements", ["marc", "dc", "mods"])
def test_xml_of_zebra(zebra_marcxml: Peer, elements: str) -> None:
    for one in agreed(records(zebra_marcxml, b"aida", XML, elements)):
        assert "aida" in one.title.casefold()


@pytest.mark.parametrize("syntax", [USMARC, SUTRS, GRS1])
def test_zebra_over_iso2709(zebra_iso2709: Peer, syntax: str) -> None:
    assert all(one.title for one in agreed(records(zebra_iso2709, b"the", syntax)))
