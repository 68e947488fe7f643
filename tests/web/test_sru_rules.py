"""The rules of SRU, one by one, in each version: what is asked, what is answered, what is refused and how."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import pytest
from lxml import etree

from index.record import Record
from tests.conftest import TestClock
from tests.index.cql.test_cql_parser import mutated
from tests.web import samples, sru_rules
from tests.web.conftest import Client, World, make_world
from web.app import create_app
from web.settings import BadConfig, SruSettings
from web.wiring import Parts

pytestmark = pytest.mark.slow

VERSIONS = ("1.1", "1.2", "2.0")
ISBN = "9786239999902"


@dataclass(frozen=True, slots=True)
class Got:
    """An answer that keeps the rules of the schema."""

    root: etree._Element

    def texts(self, name: str) -> list[str]:
        """The texts of elements by their local name."""
        found = self.root.xpath("//*[local-name()=$n]", n=name)
        return ["".join(element.itertext()) for element in found]

    @property
    def total(self) -> int:
        return int(self.texts("numberOfRecords")[0])

    @property
    def diagnostics(self) -> list[int]:
        return [
            int(uri.rpartition("/")[2]) for uri in self.texts("uri") if uri.startswith("info:srw/diagnostic")
        ]

    @property
    def payloads(self) -> list[etree._Element]:
        return [data[0] for data in self.root.xpath("//*[local-name()='recordData']")]


@pytest.fixture
def shelves(world: World) -> World:
    samples.store_all(world)
    samples.take(world, "KNG", **{f"t{n}": samples.plain(n) for n in range(15)})
    return world


@pytest.fixture
def sru(shelves: World) -> Client:
    return shelves.client()


def ask(client: Client, *, post: bool = False, **values: object) -> Got:
    query = urlencode({name: str(value) for name, value in values.items()})
    if post:
        answer = client.post("/sru", data=query, content_type="application/x-www-form-urlencoded")
    else:
        answer = client.get(f"/sru?{query}")
    assert answer.status_code == 200, answer.text[:300]
    assert answer.content_type == "text/xml; charset=utf-8"
    return Got(sru_rules.check(answer.data))


def search(client: Client, query: str, version: str = "1.2", **values: object) -> Got:
    return ask(client, version=version, operation="searchRetrieve", query=query, **values)


# --- versions and operations -------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_01_each_version_answers_in_its_own_form(sru: Client, version: str) -> None:
    got = search(sru, "batik", version)
    assert (got.root[0].text, got.total, got.diagnostics) == (version, 3, [])
    assert bool(got.texts("resultCountPrecision")) == (version == "2.0")
    assert bool(got.texts("recordIdentifier")) == (version != "1.1")


def test_02_without_parameters_we_are_explained(sru: Client) -> None:
    got = ask(sru)
    assert etree.QName(got.root).localname == "explainResponse"
    assert got.root[0].text == "2.0"


def test_03_version_2_needs_neither_version_nor_operation(sru: Client) -> None:
    assert ask(sru, query="batik").root[0].text == "2.0"
    assert etree.QName(ask(sru, scanClause="dc.title=b").root).localname == "scanResponse"
    assert ask(sru, operation="searchRetrieve", query="batik").root[0].text == "1.2"


@pytest.mark.parametrize(("asked", "given"), [("3.0", "2.0"), ("1.3", "1.2"), ("1.0", "1.1"), ("x", "2.0")])
def test_04_another_version_is_told_and_answered_in_the_nearest(sru: Client, asked: str, given: str) -> None:
    got = search(sru, "batik", asked)
    assert (got.root[0].text, got.diagnostics) == (given, [5])


@pytest.mark.parametrize("version", VERSIONS)
def test_05_an_operation_that_there_is_not(sru: Client, version: str) -> None:
    got = ask(sru, version=version, operation="update")
    assert etree.QName(got.root).localname == "explainResponse"
    assert got.diagnostics == [4]


def test_06_get_and_post_answer_the_same(sru: Client) -> None:
    got = [
        ask(sru, post=post, version="1.2", operation="searchRetrieve", query="batik")
        for post in (False, True)
    ]
    assert etree.tostring(got[0].root) == etree.tostring(got[1].root)


def test_07_unknown_parameters_are_told_and_extensions_are_not(sru: Client) -> None:
    got = search(sru, "batik", maximumRecord=1, **{"x-info-5": "y", "lang": "en"})
    assert (got.total, got.diagnostics) == (3, [8])
    assert got.texts("details") == ["maximumRecord"]


@pytest.mark.parametrize("version", VERSIONS)
def test_08_a_query_must_be_there(sru: Client, version: str) -> None:
    got = ask(sru, version=version, operation="searchRetrieve")
    assert (got.total, got.diagnostics, got.texts("details")) == (0, [7], ["query"])
    assert ask(sru, version=version, operation="scan").diagnostics == [7]


# --- records ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_09_records_are_paged_by_position(sru: Client, version: str) -> None:
    seen: list[str] = []
    start = 1
    while True:
        got = search(
            sru, "lumbung sortby dc.date", version, startRecord=start, maximumRecords=4, recordSchema="dc"
        )
        positions = [int(text) for text in got.texts("recordPosition")]
        assert positions == list(range(start, start + len(positions)))
        seen += got.texts("title")
        if not got.texts("nextRecordPosition"):
            break
        start = int(got.texts("nextRecordPosition")[0])
    assert len(seen) == len(set(seen)) == got.total == 15


def test_10_nothing_found_is_no_error(sru: Client) -> None:
    got = search(sru, "tidakada")
    assert (got.total, got.diagnostics, got.texts("records")) == (0, [], [])


def test_11_no_records_may_be_asked_for(sru: Client) -> None:
    got = search(sru, "batik", maximumRecords=0)
    assert (got.total, got.texts("record"), got.texts("nextRecordPosition")) == (3, [], ["1"])


@pytest.mark.parametrize(
    ("values", "number"),
    [
        ({"startRecord": 0}, 6),
        ({"startRecord": "one"}, 6),
        ({"maximumRecords": -1}, 6),
        ({"startRecord": 4}, 61),
        ({"startRecord": 10_001}, 61),
        ({"recordSchema": "onix"}, 66),
        ({"recordPacking": "zip"}, 71),
        ({"recordXPath": "/x"}, 72),
        ({"sortKeys": "title date"}, 84),
        ({"sortKeys": "title,,1,1"}, 91),
        ({"sortKeys": "title,,1,0,omit"}, 92),
        ({"sortKeys": "subject"}, 16),
    ],
)
def test_12_values_that_are_not_carried_out_refuse_the_search(
    sru: Client, values: dict[str, object], number: int
) -> None:
    got = search(sru, "batik", "1.1", **values)
    assert (got.diagnostics, got.total, got.payloads) == ([number], 0, [])


@pytest.mark.parametrize(
    ("asked", "identifier", "root"),
    [
        ("", "info:srw/schema/1/marcxml-v1.1", "{http://www.loc.gov/MARC21/slim}record"),
        ("marcxml", "info:srw/schema/1/marcxml-v1.1", "{http://www.loc.gov/MARC21/slim}record"),
        ("mods", "info:srw/schema/1/mods-v3.7", "{http://www.loc.gov/mods/v3}mods"),
        ("info:srw/schema/1/mods-v3.5", "info:srw/schema/1/mods-v3.7", "{http://www.loc.gov/mods/v3}mods"),
        ("dc", "info:srw/schema/1/dc-v1.1", "{info:srw/schema/1/dc-schema}dc"),
    ],
)
def test_13_records_come_in_the_schema_asked_for(sru: Client, asked: str, identifier: str, root: str) -> None:
    got = search(sru, f"bath.isbn={ISBN}", recordSchema=asked)
    assert got.texts("recordSchema")[0] == identifier
    assert [payload.tag for payload in got.payloads] == [root]
    assert "Batik Pesisir" in "".join(got.payloads[0].itertext())


@pytest.mark.parametrize("version", VERSIONS)
def test_14_records_come_as_xml_or_as_text(sru: Client, version: str) -> None:
    name = "recordXMLEscaping" if version == "2.0" else "recordPacking"
    got = search(sru, f"bath.isbn={ISBN}", version, **{name: "string"})
    assert got.texts(name)[0] == "string"
    inner = etree.fromstring(got.texts("recordData")[0])
    as_xml = search(sru, f"bath.isbn={ISBN}", version).payloads[0]
    assert etree.tostring(inner, method="c14n", exclusive=True) == etree.tostring(
        as_xml, method="c14n", exclusive=True
    )


def test_15_hostile_text_stays_text(sru: Client) -> None:
    for schema in ("marcxml", "mods", "dc"):
        got = search(sru, "dc.title = batik", recordSchema=schema)
        assert len(got.payloads) == 3
        assert not got.root.xpath("//*[local-name()='script']")


def test_16_a_record_that_went_meanwhile_is_told_in_its_place(shelves: World) -> None:
    from index import store

    with shelves.parts.db.begin() as c:  # the index is not told yet
        store.withdraw(c, samples.origin(shelves, "KNG"), ["tesis"], shelves.parts.clock())
    got = search(shelves.client(), "batik sortby dc.title", maximumRecords=10)
    assert got.texts("recordSchema").count("info:srw/schema/1/diagnostics-v1.1") == 1
    assert (got.total, got.diagnostics, len(got.payloads)) == (3, [64], 3)


# --- queries ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("batik", 3),
        ("dc.title any batik", 3),
        ('"batik pesisir"', 2),
        ('dc.title = "batik pesisir"', 1),
        ("batik and dc.date=2021", 1),
        ("batik not dc.date=2021", 2),
        ("dc.creator=tirtaningrum", 1),
        (f"bath.isbn={ISBN}", 1),
        ("bath.name=purwakala", 15),
        ('dc.date within "1950 1954"', 5),
        ("cql.allRecords=1", 18),
        ("lumbung desa", 15),
        ("title = (batik or lumbung)", 18),
        ("dc.title = lumb*", 15),
    ],
)
def test_17_queries_find(sru: Client, query: str, total: int) -> None:
    got = search(sru, query)
    assert (got.diagnostics, got.total) == ([], total)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("query", "number"),
    [("a and", 10), ("(a", 13), ("x.title=a", 15), ("dc.foo=a", 16), ("a prox b", 39), ('dc.title=""', 27)],
)
def test_18_a_query_that_is_refused_says_why(sru: Client, version: str, query: str, number: int) -> None:
    got = search(sru, query, version)
    assert (got.diagnostics, got.total) == ([number], 0)


def test_19_a_record_is_found_by_its_identifier(sru: Client) -> None:
    name = search(sru, f"bath.isbn={ISBN}").texts("recordIdentifier")[0]
    assert search(sru, f'rec.id="{name}"').total == 1


def years(got: Got) -> list[str]:
    return got.texts("date")


def test_20_order_comes_from_sortby_or_sort_keys(sru: Client) -> None:
    up = search(sru, "lumbung sortby dc.date/sort.ascending", recordSchema="dc", maximumRecords=5)
    keys = search(sru, "lumbung", "1.1", sortKeys="date,,1", recordSchema="dc", maximumRecords=5)
    down = search(sru, "lumbung", "1.1", sortKeys="dc.date,,0", recordSchema="dc", maximumRecords=5)
    assert years(up) == years(keys) == ["1950", "1951", "1952", "1953", "1954"]
    assert years(down) == ["1964", "1963", "1962", "1961", "1960"]


@pytest.mark.parametrize("version", VERSIONS)
def test_21_the_request_is_repeated_with_its_tree(sru: Client, version: str) -> None:
    got = search(sru, 'dc.title all "batik pesisir"', version, maximumRecords=1, startRecord=1)
    assert got.texts("query") == ['dc.title all "batik pesisir"']
    (tree,) = got.root.xpath("//x:searchClause", namespaces={"x": sru_rules.XCQL})
    assert [etree.QName(child).localname for child in tree] == ["index", "relation", "term"]
    assert "xQuery" not in [etree.QName(e).localname for e in search(sru, "a and", version).root.iter("*")]


def test_21_the_tree_of_a_long_query_is_left_out_for_parsers_that_bear_256_levels(sru: Client) -> None:
    for terms, there in ((101, True), (102, False), (126, False)):
        got = search(sru, " or ".join(["lumbung"] * terms), maximumRecords=1)
        assert got.total == 15
        names = [etree.QName(element).localname for element in got.root.iter("*")]
        assert ("xQuery" in names) == there


def test_22_no_result_set_is_promised(sru: Client) -> None:
    got = search(sru, "batik", resultSetTTL=300)
    assert (got.texts("resultSetId"), got.diagnostics) == ([], [])
    assert search(sru, "cql.resultSetId=1").diagnostics == [50]


def test_23_stylesheets_are_refused_and_the_search_is_not(sru: Client) -> None:
    answer = search(sru, "batik", stylesheet="http://example.org/x.xsl")
    assert (answer.total, answer.diagnostics) == (3, [110])


# --- facets, scan, explain ----------------------------------------------------------------------------


def test_24_facets_count_in_version_2(sru: Client) -> None:
    got = ask(sru, query="lumbung", facetLimit="3:dc.subject,2:dc.language")
    assert got.texts("index")[-2:] == ["dc.subject", "dc.language"]
    terms = list(zip(got.texts("actualTerm"), map(int, got.texts("count")), strict=True))
    assert terms[0] == ("Desa", 15)
    assert len(terms) == 5
    assert ask(sru, query="lumbung", facetLimit="3:dc.title").diagnostics == [16]
    assert ask(sru, query="lumbung", facetLimit="many").diagnostics == [6]
    assert ask(sru, query="lumbung", facetLimit="1", facetSort="size").diagnostics == [6]


def test_25_facets_may_begin_later_and_stand_in_order(sru: Client) -> None:
    texts = ask(sru, query="lumbung", facetLimit="20:dc.date", facetSort="alphanumeric").texts("actualTerm")
    assert texts == sorted(texts)
    assert len(texts) == 15
    later = ask(
        sru, query="lumbung", facetLimit="5:dc.date", facetStart="3:dc.date", facetSort="alphanumeric"
    )
    assert later.texts("actualTerm") == texts[2:7]


@pytest.mark.parametrize("version", VERSIONS)
def test_26_scan_walks_through_a_list(sru: Client, version: str) -> None:
    got = ask(sru, version=version, operation="scan", scanClause="dc.creator=purwakala", maximumTerms=3)
    assert len(got.texts("value")) == 3
    assert all(value.startswith("Purwakala") for value in got.texts("value"))
    assert set(got.texts("numberOfRecords")) == {"1"}


def test_27_scan_puts_the_term_where_it_is_wanted(sru: Client) -> None:
    def values(position: int) -> list[str]:
        return ask(
            sru, version="1.2", operation="scan", scanClause="dc.subject=desa", maximumTerms=3, responsePosition=position
        ).texts("value")  # fmt: skip

    assert values(1)[0] == "Desa"
    assert values(2)[1] == "Desa"
    assert values(3)[2] == "Desa"
    assert values(0)[0] == values(1)[1]
    got = ask(sru, version="1.2", operation="scan", scanClause="desa", maximumTerms=3, responsePosition=5)
    assert got.diagnostics == [120]


def test_28_what_scan_counts_a_search_finds(sru: Client) -> None:
    got = ask(sru, version="1.2", operation="scan", scanClause="dc.title=batik", maximumTerms=5)
    for value, count in zip(got.texts("value"), got.texts("numberOfRecords"), strict=True):
        assert search(sru, f'dc.title="{value}"').total == int(count)
    assert ask(sru, version="1.2", operation="scan", scanClause="cql.anywhere=b").diagnostics == [16]
    assert ask(sru, version="1.2", operation="scan", scanClause="a and b").diagnostics == [10]
    assert ask(sru, version="1.2", operation="scan", scanClause="dc.title<b").diagnostics == [19]


@pytest.mark.parametrize("version", VERSIONS)
def test_29_every_index_of_explain_answers(sru: Client, version: str) -> None:
    got = ask(sru, version=version, operation="explain")
    (record,) = got.payloads
    z = {"z": "http://explain.z3950.org/dtd/2.0/"}
    assert [etree.QName(child).localname for child in record] == [
        "serverInfo", "databaseInfo", "indexInfo", "schemaInfo", "configInfo",
    ]  # fmt: skip
    names = [
        f"{name.get('set')}.{name.text}" if name.get("set") else name.text
        for name in record.xpath("//z:map/z:name", namespaces=z)
    ]
    assert len(names) > 40
    for name in names:
        assert search(sru, f"{name} = 1999").diagnostics == [], name
    for schema in record.xpath("//z:schema/@name", namespaces=z):
        assert search(sru, "batik", recordSchema=schema).diagnostics == []
    most = int(record.xpath("//z:setting[@type='maximumRecords']", namespaces=z)[0].text)
    assert most == 100


def test_30_a_table_of_ones_own_is_explained_and_answers(parts: Parts, clock: TestClock) -> None:
    (parts.data / "cql.txt").write_text("set.dc = info:x\nindex.dc.judul = title\n", encoding="utf-8")
    parts.settings = replace(parts.settings, sru=SruSettings(profile="cql.txt"))
    world = make_world(parts, clock)
    samples.store_all(world)
    client = world.client()
    assert search(client, "dc.judul=batik").total == 3
    assert search(client, "dc.title=batik").diagnostics == [16]
    assert "judul" in ask(client).texts("name")


def test_31_a_faulty_table_stops_the_start(parts: Parts) -> None:
    (parts.data / "cql.txt").write_text("index.dc.title = title\n", encoding="utf-8")
    parts.settings = replace(parts.settings, sru=SruSettings(profile="cql.txt"))
    with pytest.raises(BadConfig, match="line 1"):
        create_app(parts)


def test_32_no_reader_and_no_due_date_is_handed_on(sru: Client) -> None:
    for schema in ("marcxml", "mods", "dc"):
        text = etree.tostring(search(sru, "batik", recordSchema=schema).root).decode()
        assert "2026-12-03" not in text
        assert "Canari" not in text


def test_32b_who_asks_without_end_has_to_wait(shelves: World) -> None:
    settings = shelves.parts.settings
    shelves.parts.settings = replace(settings, guests=replace(settings.guests, per_minute=9))
    client = shelves.client()
    far = {"REMOTE_ADDR": "198.51.100.7"}
    answers = [client.open("/sru?query=batik", method=m, environ_base=far) for m in ("GET", "POST") * 3]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429, 429]


# --- the dialect of SLiMS -----------------------------------------------------------------------------


def test_33_mods_comes_as_slims_reads_it(sru: Client) -> None:
    answer = sru.get(
        "/sru?version=1.1&operation=searchRetrieve&query=%22batik+pesisir%22&startRecord=1&maximumRecords=20"
        "&recordSchema=mods"
    )
    assert "<zs:searchRetrieveResponse" in answer.text
    assert '<mods xmlns="http://www.loc.gov/mods/v3"' in answer.text
    assert "recordCreationDate" not in answer.text
    mods = Got(sru_rules.check(answer.data)).payloads[0]
    m = {"m": "http://www.loc.gov/mods/v3"}
    assert mods.xpath("string(m:identifier[1]/@type)", namespaces=m) == "isbn"
    assert mods.xpath("string(m:name[1]//m:roleTerm[@type='text'])", namespaces=m) == "Primary Author"
    assert mods.xpath("string(m:location[1]/m:shelfLocator)", namespaces=m) == "746.662 TIR b"


def test_34_marc_comes_bare_for_the_marc_client_of_slims(sru: Client) -> None:
    answer = sru.get(
        "/sru?version=1.1&operation=searchRetrieve&query=dc.title+any+%22batik%22&xmlformat=marc21&maximumRecords=2"
    )
    root = etree.fromstring(answer.data)
    assert root.tag == "{http://www.loc.gov/MARC21/slim}collection"
    assert [child.tag for child in root] == ["{http://www.loc.gov/MARC21/slim}record"] * 2
    assert root.prefix is None
    assert all(child.prefix is None for child in root.iter("*"))


def test_35_a_refused_search_of_that_client_is_still_a_diagnostic(sru: Client) -> None:
    got = search(sru, "a and", "1.1", xmlformat="marc21")
    assert got.diagnostics == [10]


def test_36_text_that_xml_cannot_hold_does_not_reach_the_answer(shelves: World) -> None:
    samples.take(shelves, "MLT", odd=Record(title="Gamelan \x0b tua"))
    for schema in ("marcxml", "mods", "dc"):
        assert search(shelves.client(), "gamelan", recordSchema=schema).total == 1
    assert search(shelves.client(), "gamelan \x0b\x01").diagnostics in ([], [27])


def test_37_whatever_is_asked_the_answer_keeps_the_rules(sru: Client) -> None:
    chance = random.Random(7)
    odd = (
        "",
        "0",
        "-1",
        "1",
        "99999999999",
        "x",
        "1:dc.subject",
        "\x00",
        "é",
        "😀",
        "(",
        '"',
        "2.0",
        "1,2",
        ":",
        "title,,0",
    )
    names = (
        *(
            "version",
            "operation",
            "startRecord",
            "maximumRecords",
            "recordSchema",
            "recordPacking",
            "sortKeys",
        ),
        *(
            "facetLimit",
            "facetStart",
            "facetSort",
            "responsePosition",
            "maximumTerms",
            "stylesheet",
            "queryType",
        ),
        *("recordXMLEscaping", "scanClause", "x-y", "lang"),
    )
    seen: set[int] = set()
    for _ in range(300):
        values: dict[str, object] = {
            "version": chance.choice(VERSIONS),
            "operation": chance.choice(("searchRetrieve", "searchRetrieve", "scan")),
        }
        values["query" if values["operation"] != "scan" else "scanClause"] = (
            mutated(chance).encode(errors="replace").decode()
        )
        values |= {chance.choice(names): chance.choice(odd) for _ in range(chance.randrange(4))}
        seen.update(ask(sru, post=chance.random() < 0.5, **values).diagnostics)
    assert {5, 6, 8, 10} <= seen
