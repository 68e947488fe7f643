"""Titles as files: each kind is read back by somebody else's reader, or by a small one of the test."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qsl

import pymarc
import pytest
from lxml import etree

from index.record import Format, Name
from tests.web import samples
from tests.web.conftest import Client, World
from tests.web.samples import BATIK
from web.taking.exporting import KINDS

MARC = {"m": "http://www.loc.gov/MARC21/slim"}
MODS = {"m": "http://www.loc.gov/mods/v3"}


@pytest.fixture
def batik(world: World) -> str:
    samples.store_all(world)
    return samples.cluster(world, "KNG", "batik")


def read_ris(text: str) -> list[dict[str, list[str]]]:
    """Records of a RIS file: two letters, two spaces, a dash, a space."""
    found: list[dict[str, list[str]]] = []
    for line in text.split("\r\n"):
        if not line.strip():
            continue
        tag, value = re.fullmatch(r"([A-Z][A-Z0-9])  - ?(.*)", line).groups()  # type: ignore[union-attr]
        if tag == "TY":
            found.append({})
        found[-1].setdefault(tag, []).append(value)
    assert all(next(iter(one)) == "TY" and list(one)[-1] == "ER" for one in found)
    return found


def read_bib(text: str) -> list[dict[str, str]]:
    """Entries of a .bib file, by counting braces as BibTeX does: a backslash changes nothing."""
    found = []
    for start in re.finditer(r"@(\w+)\{([^,\s{}]+),", text):
        entry, at = {"kind": start[1], "key": start[2]}, start.end()
        while head := re.compile(r"\s*(\w+) = \{").match(text, at):
            depth, at, begin = 1, head.end(), head.end()
            while depth:
                depth += {"{": 1, "}": -1}.get(text[at], 0)
                at += 1
            entry[head[1]] = text[begin : at - 1]
            at += 1  # the comma
        assert text[at:].lstrip().startswith("}"), text[at : at + 40]
        found.append(entry)
    return found


def test_ris_tells_who_wrote_what_and_who_has_it(client: Client, batik: str) -> None:
    answer = client.get(f"/record/{batik}.ris")
    assert answer.content_type == "application/x-research-info-systems; charset=utf-8"
    assert f'filename="{batik}.ris"' in answer.headers["Content-Disposition"]
    [one] = read_ris(answer.text)
    assert one["TY"] == ["BOOK"]
    assert one["TI"] == ["Batik Pesisir: Warna, Laut, dan Niaga"]
    assert one["AU"] == ["Tirtaningrum, Laras"]
    assert one["PY"] == ["2019"]
    assert one["SN"] == ["9786239999902"]
    assert len(one["KW"]) == 3
    assert sorted(one["DP"]) == ["Perpustakaan Kota Kenanga", "Perpustakaan Universitas Melati"]
    assert one["UR"] == [f"http://localhost/record/{batik}"]


def test_a_bib_entry_survives_braces_and_signs(client: Client, world: World) -> None:
    odd = replace(
        BATIK,
        title="100% Tekstil & Pola {lengkap} #1_a",
        subtitle="",
        authors=(Name(text="Badan Bahasa dan Sastra", corporate=True), Name(text="Suharto")),
        format=Format.THESIS,
    )
    samples.take(world, "KNG", odd=odd)
    [one] = read_bib(client.page(f"/record/{samples.cluster(world, 'KNG', 'odd')}.bib"))
    assert one["kind"] == "mastersthesis"
    assert one["title"] == r"{100\% Tekstil \& Pola \textbraceleft{}lengkap\textbraceright{} \#1\_a}"
    assert one["author"] == "{Badan Bahasa dan Sastra} and {Suharto}"
    assert one["school"] == "Samudra Aksara"
    assert one["key"] == "badanbahasadansastra2019"


def test_iso_2709_is_read_by_pymarc_with_the_copies_of_all_libraries(client: Client, batik: str) -> None:
    [one] = pymarc.MARCReader(client.get(f"/record/{batik}.mrc").data)
    assert one is not None
    assert one["001"].data == batik
    assert one.title == "Batik Pesisir : Warna, Laut, dan Niaga" or one["245"]["a"].startswith(
        "Batik Pesisir"
    )
    places = {(field["a"], field["h"]) for field in one.get_fields("852")}
    assert places == {("ID-MLT", "746.662 TIR b"), ("ID-KNG", "746.662 TIR b")}


def test_marcxml_and_iso_2709_say_the_same(client: Client, batik: str) -> None:
    [packed] = pymarc.MARCReader(client.get(f"/record/{batik}.mrc").data)
    [plain] = pymarc.parse_xml_to_array(io.BytesIO(client.get(f"/record/{batik}.marcxml").data))
    assert packed is not None
    assert [str(field) for field in packed.fields] == [str(field) for field in plain.fields]


def test_mods_is_a_collection_with_a_location_for_each_library(client: Client, batik: str) -> None:
    root = etree.fromstring(client.get(f"/record/{batik}.mods").data)
    assert root.tag == f"{{{MODS['m']}}}modsCollection"
    assert root.findtext(".//m:titleInfo/m:title", namespaces=MODS) == "Batik Pesisir"
    named = {one.text for one in root.iterfind(".//m:physicalLocation", MODS)}
    assert {"Perpustakaan Kota Kenanga", "Perpustakaan Universitas Melati"} <= named


def test_csv_is_a_table_that_no_spreadsheet_takes_for_formulas(client: Client, world: World) -> None:
    samples.take(world, "KNG", odd=replace(BATIK, title="=HYPERLINK(1)", subtitle="", publisher="+62\nx"))
    data = client.get(f"/record/{samples.cluster(world, 'KNG', 'odd')}.csv").data
    assert data.startswith(b"\xef\xbb\xbf")
    [one] = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    assert one["title"] == "'=HYPERLINK(1)"
    assert one["publisher"] == "'+62 x"
    assert one["libraries"] == "Perpustakaan Kota Kenanga"
    assert one["call_numbers"] == "KNG: 746.662 TIR b"


def test_json_ld_offers_the_title_at_each_library(client: Client, batik: str) -> None:
    one = json.loads(client.get(f"/record/{batik}.jsonld").data)
    assert one["@context"] == "https://schema.org"
    assert one["@type"] == "Book"
    assert one["isbn"] == ["9786239999902"]
    assert one["author"] == [
        {"@type": "Person", "name": "Tirtaningrum, Laras", "familyName": "Tirtaningrum", "givenName": "Laras"}
    ]
    offers = {offer["offeredBy"]["name"]: offer["availability"] for offer in one["offers"]}
    assert offers == {
        "Perpustakaan Universitas Melati": "https://schema.org/OutOfStock",
        "Perpustakaan Kota Kenanga": "https://schema.org/InStock",
    }


def test_a_journal_is_a_periodical(client: Client, world: World) -> None:
    samples.take(world, "KNG", j=replace(BATIK, format=Format.JOURNAL, level="serial", authors=()))
    id = samples.cluster(world, "KNG", "j")
    assert json.loads(client.get(f"/record/{id}.jsonld").data)["@type"] == "Periodical"
    assert read_ris(client.page(f"/record/{id}.ris"))[0]["TY"] == ["JFULL"]


def test_the_page_of_a_title_carries_json_ld_and_a_context_object(client: Client, batik: str) -> None:
    page = client.page(f"/record/{batik}")
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    assert block
    assert json.loads(block[1])["name"] == "Batik Pesisir: Warna, Laut, dan Niaga"
    span = re.search(r'<span class="Z3988" title="([^"]*)"></span>', page)
    assert span
    told = dict(parse_qsl(unescape(span[1])))
    assert told["rft.btitle"] == "Batik Pesisir: Warna, Laut, dan Niaga"
    assert told["rft.aulast"] == "Tirtaningrum"
    assert told["rft_val_fmt"] == "info:ofi/fmt:kev:mtx:book"
    for kind in KINDS:
        assert f'href="/record/{batik}.{kind}"' in page


def test_hostile_titles_stay_text_in_every_kind(client: Client, world: World, batik: str) -> None:
    evil = samples.cluster(world, "KNG", "evil")
    page = client.page(f"/record/{evil}")
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    assert block
    assert "<" not in block[1]
    assert samples.HOSTILE in json.loads(block[1])["name"]
    assert "<script>window" not in client.page(f"/record/{evil}/cite")
    for kind in KINDS:
        assert client.get(f"/record/{evil}.{kind}").status_code == 200


def test_what_is_gone_or_unknown_answers_so(client: Client, world: World, batik: str) -> None:
    assert client.get("/record/none.ris").status_code == 404
    assert client.get(f"/record/{batik}.docx").status_code == 404
    assert client.get("/basket.ris").status_code == 404


def test_citations_follow_their_styles(world: World, batik: str) -> None:
    page = world.client(language="en").page(f"/record/{batik}/cite")
    cited = dict(re.findall(r'<p id="cited-(\w+)"[^>]*>(.*?)</p>', page))
    title = "<i>Batik Pesisir: Warna, Laut, dan Niaga</i>"
    assert cited["apa"] == f"Tirtaningrum, L. (2019). {title} (Edisi kedua). Samudra Aksara."
    assert cited["mla"] == f"Tirtaningrum, Laras. {title}. Edisi kedua, Samudra Aksara, 2019."
    assert cited["chicago"] == f"Tirtaningrum, Laras. 2019. {title}. Edisi kedua. Samudra Aksara."


def test_editors_stand_where_authors_are_missing(world: World) -> None:
    edited = replace(
        BATIK,
        authors=(),
        contributors=(Name(text="Canari, Rani", role="edt"), Name(text="Melati, Kuni", role="edt")),
        edition="Ed. 2",
    )
    samples.take(world, "KNG", edited=edited)
    id = samples.cluster(world, "KNG", "edited")
    cited = dict(
        re.findall(
            r'<p id="cited-(\w+)"[^>]*>(.*?)</p>', world.client(language="en").page(f"/record/{id}/cite")
        )
    )
    assert cited["apa"].startswith("Canari, R., &amp; Melati, K. (Eds.). (2019). <i>Batik Pesisir")
    assert cited["mla"].startswith("Canari, Rani, and Kuni Melati, editors. <i>Batik Pesisir")
    assert cited["chicago"].startswith("Canari, Rani, and Kuni Melati, eds. 2019. <i>Batik Pesisir")
    assert "2nd ed." in cited["mla"]


def test_without_a_name_the_title_comes_first_and_once(world: World) -> None:
    samples.take(
        world, "KNG", bare=replace(BATIK, authors=(), title="Tajuk & <b>Tanda</b>", subtitle="", edition="")
    )
    page = world.client().page(f"/record/{samples.cluster(world, 'KNG', 'bare')}/cite")
    cited = dict(re.findall(r'<p id="cited-(\w+)"[^>]*>(.*?)</p>', page))
    assert cited["apa"] == "<i>Tajuk &amp; &lt;b&gt;Tanda&lt;/b&gt;</i>. (2019). Samudra Aksara."
    assert cited["mla"] == "<i>Tajuk &amp; &lt;b&gt;Tanda&lt;/b&gt;</i>. Samudra Aksara, 2019."
