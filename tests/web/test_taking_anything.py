"""Whatever libraries wrote into their records, every kind of file stays what it is called."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pymarc
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from foundation.libraries import Library
from index.record import Availability, Format, Holding, Identifier, Link, Name, Record
from index.views import Cluster, Description, HeldCopy
from tests.web.test_taking import read_bib, read_ris
from web.oai.house import House
from web.taking import csl, openurl, schemaorg
from web.taking.exporting import KINDS
from web.taking.titles import Title, of

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
HOUSE = House(
    root="https://silang.example", name="Silang", domain="silang.example", email="a@b.example", page_size=10
)

#: Signs that mean something to one of the formats, and letters of several scripts.
SIGNS = st.characters(codec="utf-8", exclude_characters="\x00") | st.sampled_from(
    list("{}\\\"'<>&%$#_~^,;@=-+\r\n\t\x1d\x1e\x1f\x85\u2028é字")
)
TEXT = st.text(SIGNS, max_size=25)
FEW = st.lists(TEXT, max_size=3).map(tuple)
NAMES = st.lists(
    st.builds(
        Name, text=TEXT, role=st.sampled_from(["", "aut", "edt", "trl", "ill"]), corporate=st.booleans()
    ),
    max_size=3,
).map(tuple)
RECORDS = st.builds(
    Record,
    title=TEXT,
    subtitle=TEXT,
    authors=NAMES,
    contributors=NAMES,
    publisher=TEXT,
    place=TEXT,
    edition=TEXT | st.sampled_from(["Ed. 2", "2nd ed.", "Cet. 3"]),
    year=st.none() | st.integers(1, 2100),
    format=st.sampled_from(list(Format)),
    level=st.sampled_from(["monograph", "serial", "part"]),
    languages=st.sampled_from([(), ("ind",), ("eng",)]),
    subjects=FEW,
    series=FEW,
    host=TEXT,
    summary=TEXT,
    identifiers=st.lists(
        st.builds(Identifier, kind=st.sampled_from(["isbn", "issn", "doi"]), value=TEXT), max_size=2
    ).map(tuple),
    links=st.lists(st.builds(Link, url=TEXT, kind=st.just("fulltext")), max_size=1).map(tuple),
)
HOLDINGS = st.builds(
    Holding,
    branch=TEXT,
    call_number=TEXT,
    copies=st.integers(1, 9),
    availability=st.sampled_from(list(Availability)),
)


def title(record: Record, holding: Holding, name: str) -> Title:
    """A title of one description and one copy."""
    described = Description(
        id=1,
        source_id="s",
        library_id="l",
        identifier="i",
        datestamp="",
        schema="marc21",
        record=record,
        first_seen=AT,
        last_seen=AT,
        changed_at=AT,
    )
    copy = HeldCopy(id=1, record_id=1, library_id="l", branch_id=None, copy=holding)
    cluster = Cluster(
        id="0190c1f0-0000-7000-8000-000000000001",
        title=record.title,
        position=1,
        created_at=AT,
        split_from=None,
        descriptions=(described,),
        copies=(copy,),
    )
    library = Library(id="l", code="MLT", symbol="ISIL:ID-MLT", name=name)
    return of(cluster, {"l": library}, HOUSE.root)


def check(record: Record, holding: Holding, name: str) -> None:
    one = title(record, holding, name)
    made: dict[str, bytes] = {kind: KINDS[kind].write((one, one), HOUSE) for kind in KINDS}
    assert len(read_ris(made["ris"].decode())) == 2
    entries = read_bib(made["bib"].decode())
    assert len({entry["key"] for entry in entries}) == 2
    rows = list(csv.DictReader(io.StringIO(made["csv"].decode("utf-8-sig"), newline="")))
    assert [row["address"] for row in rows] == [one.address] * 2
    assert not any(value[:1] in ("=", "+", "-", "@") for row in rows for value in row.values())
    graph = json.loads(made["jsonld"])["@graph"]
    assert [entry["@id"] for entry in graph] == [one.address] * 2
    packed = list(pymarc.MARCReader(made["mrc"]))
    assert [str(each["001"].data) for each in packed if each] == [one.cluster.id] * 2
    for kind in ("marcxml", "mods"):
        assert len(etree.fromstring(made[kind])) == 2
    assert "<" not in schemaorg.embedded(one)
    assert openurl.coins(one).count("<") == 2
    for style, language in zip(csl.STYLES, ("id", "en", "id"), strict=True):
        marked, plain = csl.cite(one, style, language)
        rest = marked.replace("<i>", "").replace("</i>", "")
        assert "<" not in rest, marked
        assert marked.count("<i>") == marked.count("</i>")
        assert plain.strip()


#: A quick look in every run, a long one now and then.
HURRIED: Any = settings(
    phases=(Phase.generate,), max_examples=5, suppress_health_check=list(HealthCheck), derandomize=True
)
PATIENT: Any = settings(phases=(Phase.generate,), max_examples=200, suppress_health_check=list(HealthCheck))


@HURRIED
@given(RECORDS, HOLDINGS, TEXT)
def test_some_odd_records_come_out_whole(record: Record, holding: Holding, name: str) -> None:
    check(record, holding, name)


@pytest.mark.slow
@PATIENT
@given(RECORDS, HOLDINGS, TEXT)
def test_many_odd_records_come_out_whole(record: Record, holding: Holding, name: str) -> None:
    check(record, holding, name)
