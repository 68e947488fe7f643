"""Copies by the way a source writes them down: named by its profile, or taken for copies by evidence alone."""

from __future__ import annotations

import pytest
from lxml import etree

from index import crosswalk
from index.crosswalk import copies as ways
from index.record import Availability, Holding


def marc(*fields: tuple[str, str], title: str = "245") -> etree._Element:
    """A record of fields written 'a first|b second'."""
    root = etree.Element("record")
    for tag, text in ((title, "aT"), *fields):
        field = etree.SubElement(root, "datafield", tag=tag, ind1=" ", ind2=" ")
        for part in text.split("|"):
            etree.SubElement(field, "subfield", code=part[0]).text = part[1:].strip()
    return root


def held(
    *fields: tuple[str, str], by: tuple[str, ...] = (), profile: str = "generic", title: str = "245"
) -> list[Holding]:
    return list(crosswalk.read("marc21", marc(*fields, title=title), profile, by).holdings)


def test_runs_and_items_belong_to_the_place_with_the_same_link() -> None:
    found = held(
        ("852", "81|bPusat|h1 A"),
        ("852", "82|bCabang|h1 B"),
        ("866", "82|a1 (2001)-5 (2005)"),
        ("876", "81.1|pB1|jOn loan|d2026-12-01"),
        ("876", "81.2|pB2|jAvailable|hNot for loan"),
        by=("marc852",),
    )

    assert [(c.branch, c.barcode, c.availability, c.lendable, c.due, c.coverage) for c in found] == [
        ("Pusat", "B1", "on_loan", None, "2026-12-01", ""),
        ("Pusat", "B2", "on_site", False, "", ""),
        ("Cabang", "", "unknown", None, "", "1 (2001)-5 (2005)"),
    ]


def test_a_shelf_mark_begins_with_its_prefix_wherever_that_stands() -> None:
    (copy,) = held(("852", "bPusat|h959.8|iSUR s|kR|m2"))

    assert copy.call_number == "R 959.8 SUR s 2"


@pytest.mark.parametrize(
    ("by", "profile", "number"),
    [((), "generic", 0), (("koha952",), "generic", 1), ((), "koha", 1), (("949",), "generic", 0)],
)
def test_952_is_kohas_under_its_profile_or_by_evidence(
    by: tuple[str, ...], profile: str, number: int
) -> None:
    unclear = ("952", "aBatch load 2018|cX")

    assert len(held(unclear, by=by, profile=profile)) == number
    assert len(held(("952", "aPUSAT|pB1|yBK"))) == 1


def test_949_is_read_under_its_name_only() -> None:
    sirsi = ("949", "aQA76.9 .D3|i31234000012345|mMAIN|lSTACKS|z rapuh")
    innovative = ("949", "aZ 678|b31234000054321|lref|so")
    command = ("949", "a*recs=b;")

    assert held(sirsi) == []
    first, second = held(sirsi, innovative, command, by=("949",))
    assert (first.branch, first.location, first.barcode, first.note) == (
        "MAIN",
        "STACKS",
        "31234000012345",
        "rapuh",
    )
    assert (second.branch, second.call_number, second.barcode) == ("ref", "Z 678", "31234000054321")
    assert (second.availability, second.lendable) == (Availability.ON_SITE, False)


def test_995_says_place_code_shelf_and_whether_it_is_lent() -> None:
    found = held(
        ("995", "bBIB1|cBIB2|eAdultes|f0001|k840 HUG|od|ulégué"),
        ("995", "bBIB1|f0002|k840 HUG|oc"),
        ("995", "bBIB1|f0003|k840 HUG|o0|n2026-12-24"),
        ("995", "bBIB1|f0004|01"),
        ("995", "bBIB1|f0005|21"),
        title="200",
    )

    assert [(c.branch, c.location, c.barcode, c.availability, c.lendable, c.due) for c in found] == [
        ("BIB2", "Adultes", "0001", "available", True, ""),
        ("BIB1", "", "0002", "on_site", False, ""),
        ("BIB1", "", "0003", "on_loan", True, "2026-12-24"),
        ("BIB1", "", "0005", "lost", False, ""),
    ]
    assert found[0].note == "légué"
    assert held(("995", "aRef: 12"), title="200") == []


def test_a_union_catalogues_930_has_the_run_of_its_955() -> None:
    (copy,) = held(
        ("930", "5751052105:1|b751052105|aPER 12|ju"), ("955", "5751052105:1|rvol. 1 (1990) -"), title="200"
    )

    assert (copy.branch, copy.call_number, copy.lendable, copy.coverage) == (
        "751052105",
        "PER 12",
        True,
        "vol. 1 (1990) -",
    )


def test_ava_counts_what_is_away_and_ave_is_online() -> None:
    found = held(
        ("AVA", "aINST|bMAIN|cStacks|dQ1|eavailable|f3|g1"),
        ("AVA", "aINST|bLAW|eunavailable|f1|g1"),
        ("AVE", "aINST|lMAIN|mEbooks|eAvailable|s1999-"),
        ("AVE", "aINST|eNot Available"),
    )

    assert [(c.branch, c.copies, c.availability, c.coverage) for c in found] == [
        ("MAIN", 2, "available", ""),
        ("MAIN", 1, "on_loan", ""),
        ("LAW", 1, "on_loan", ""),
        ("MAIN", 1, "online", "1999-"),
    ]


def test_a_server_that_leaves_its_items_out_is_asked_for_its_852() -> None:
    assert [c.branch for c in held(("852", "bPusat"), profile="koha")] == ["Pusat"]


def test_haspart_is_copies_unless_the_source_has_them_elsewhere() -> None:
    dc = etree.fromstring("<dc><title>T</title><hasPart>B00123</hasPart><hasPart>http://x/1</hasPart></dc>")

    assert [c.barcode for c in crosswalk.read("oai_dc", dc).holdings] == ["B00123"]
    assert [c.barcode for c in crosswalk.read("oai_dc", dc, "slims_oai1", ("hasPart",)).holdings] == [
        "B00123"
    ]
    assert crosswalk.read("oai_dc", dc, "dspace", ("mods_copies",)).holdings == ()


def test_a_name_that_nobody_knows_is_a_fault_of_the_profile() -> None:
    with pytest.raises(KeyError):
        held(("852", "bPusat"), by=("koha953",))
    assert set(ways.MARC) < set(ways.NAMES)


@pytest.mark.parametrize(
    ("tag", "text", "wanted"),
    [
        ("020", "c Tidak diperjualbelikan", True),
        ("020", "c Rp 50.000", False),
        ("037", "c Not for sale", True),
        ("500", "a Tidak untuk dijual.", True),
        ("500", "a Not for sale: a novel about a house", None),
        ("246", "a Not for sale", None),
        ("365", "b 12.50|c USD", False),
    ],
)
def test_what_is_not_sold_says_so_in_its_terms_or_in_a_note_of_its_own(
    tag: str, text: str, wanted: bool | None
) -> None:
    assert crosswalk.read("marc21", marc((tag, text))).not_for_sale is wanted


def test_084_is_a_class_in_one_system_and_the_shelf_mark_in_another() -> None:
    def of(profile: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        record = crosswalk.read("marc21", marc(("084", "a813.54")), profile)
        return record.call_numbers, record.classes

    assert of("slims_oai2") == ((), ("813.54",))
    assert of("inlislite33") == (("813.54",), ())
    assert of("generic") == (("813.54",), ("813.54",))
