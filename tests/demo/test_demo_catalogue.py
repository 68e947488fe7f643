"""The demo's catalogue: the same everywhere, large enough, overlapping, and valid in every format."""

from __future__ import annotations

import csv
import hashlib
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from lxml import etree
from stdnum import isbn, issn

from web.demo import marcxml, mods, oai_dc, spreadsheet
from web.demo.catalogue import catalogue
from web.demo.habits import isbn10
from web.demo.libraries import BY_CODE, LIBRARIES
from web.demo.works import works

WRITERS = {"oai_dc": oai_dc.write, "marcxml": marcxml.write, "marc21": marcxml.write, "mods": mods.write}
CODES = [library.code for library in LIBRARIES]

FINGERPRINT = """
import hashlib
from lxml import etree
from web.demo.catalogue import catalogue
from web.demo.libraries import BY_CODE
from web.demo.shelf import FORMS
found = hashlib.sha256()
for code, entries in catalogue().items():
    for entry in entries:
        found.update(repr((entry.identifier, entry.datestamp, entry.deleted, entry.sets)).encode())
        for form in FORMS:
            if form.prefix == BY_CODE[code].prefix:
                found.update(etree.tostring(form.write(entry)))
print(found.hexdigest())
"""


def _print(seed: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", FINGERPRINT],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
    ).stdout


@pytest.mark.slow
def test_two_processes_with_different_hash_seeds_make_the_same_bytes() -> None:
    first = _print("1")
    assert len(first.strip()) == len(hashlib.sha256().hexdigest())
    assert first == _print("2")


def test_there_are_two_thousand_records_and_seven_hundred_shared_works() -> None:
    entries = [entry for found in catalogue().values() for entry in found]
    assert len([entry for entry in entries if not entry.deleted]) >= 2000
    holders: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        holders[entry.work.key].add(entry.library)
    assert sum(len(found) > 1 for found in holders.values()) >= 650
    assert Counter(len(found) for found in holders.values()).keys() == {1, 2, 3, 4, 5}


def test_every_member_has_records_and_tombstones() -> None:
    for code in CODES:
        assert len(catalogue()[code]) >= 150
        assert any(entry.deleted for entry in catalogue()[code])


def test_every_isbn_and_issn_is_valid_and_given_once() -> None:
    numbers = [work.isbn for work in works() if work.isbn]
    assert len(numbers) > 800
    assert all(isbn.is_valid(number) for number in numbers)
    assert len(set(numbers)) == len(numbers)
    assert all(issn.is_valid(work.issn) for work in works() if work.issn)


def test_old_isbns_are_the_same_numbers_in_ten_digits() -> None:
    written = [entry for found in catalogue().values() for entry in found if len(entry.isbn) == 10]
    assert written
    for entry in written:
        assert isbn.to_isbn13(entry.isbn) == entry.work.isbn.replace("-", "")
    assert isbn10("978-0-306-40615-7") == "0306406152"


def test_members_write_the_same_book_differently() -> None:
    titles = {code: catalogue()[code][0].title for code in CODES}
    assert titles["KNG"] == "Batik Pesisir"
    assert titles["CMP"] == "BATIK PESISIR"
    assert titles["MLT"] == "Batik pesisir"
    assert catalogue()["CMP"][0].names == ("Laras Tirtaningrum",)
    assert catalogue()["MLT"][0].names == ("Tirtaningrum, Laras",)


def test_copies_differ_in_what_may_be_done_with_them() -> None:
    items = [item for found in catalogue().values() for entry in found for item in entry.items]
    assert {item.status for item in items} == {"available", "on_loan", "in_process", "lost"}
    assert {item.lendable for item in items} == {True, False}
    assert all(item.due for item in items if item.status == "on_loan")
    assert all(item.call_number for item in items)
    barcodes = [item.barcode for item in items]
    assert len(set(barcodes)) == len(barcodes)


def test_every_branch_holds_copies() -> None:
    for library in LIBRARIES:
        used = {item.branch for entry in catalogue()[library.code] for item in entry.items}
        assert used == {branch.code for branch in library.branches}


def test_there_are_theses_journals_maps_recordings_scores_and_other_scripts() -> None:
    kinds = Counter(work.kind for work in works())
    for kind in ("book", "thesis", "journal", "report", "map", "audio", "score", "video"):
        assert kinds[kind] >= 3, kind
    assert {work.script_language for work in works()} >= {"ara", "jav"}
    assert any(work.non_filing for work in works())
    assert {work.language for work in works()} >= {"ind", "eng", "jav"}


@pytest.mark.parametrize("code", CODES)
def test_every_record_is_written_whole_and_reads_back(code: str) -> None:
    write = WRITERS[BY_CODE[code].prefix]
    for entry in catalogue()[code]:
        again = etree.fromstring(etree.tostring(write(entry)))
        assert len(again)
        text = " ".join(again.itertext())
        assert entry.title[entry.work.non_filing :] in text
        for item in entry.items:
            assert item.barcode in text


@pytest.mark.parametrize("code", ["KNG", "AGR"])
def test_marc_has_forty_characters_of_fixed_data_and_one_title(code: str) -> None:
    names = {"m": marcxml.MARC}
    for entry in catalogue()[code]:
        record = marcxml.write(entry)
        assert len(record.findtext("m:leader", namespaces=names) or "") == 24
        fixed = record.find("m:controlfield[@tag='008']", names)
        assert fixed is not None
        assert len(fixed.text or "") == 40
        assert len(record.findall("m:datafield[@tag='245']", names)) == 1
        for sub in record.iter(f"{{{marcxml.MARC}}}subfield"):
            assert sub.text


def test_a_title_with_an_article_says_how_much_sorting_skips() -> None:
    entry = next(e for e in catalogue()["AGR"] if e.title.startswith("The "))
    title = marcxml.write(entry).find("m:datafield[@tag='245']", {"m": marcxml.MARC})
    assert title is not None
    assert title.get("ind2") == "4"


def test_the_spreadsheet_of_the_village_has_a_row_for_each_copy(tmp_path: Path) -> None:
    entries = catalogue()["CMP"]
    path = spreadsheet.write(entries, tmp_path / "daftar-buku.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    living = [entry for entry in entries if not entry.deleted]
    assert {row["No Kontrol"] for row in rows} == {str(entry.number) for entry in living}
    barcodes = {item.barcode for entry in living for item in entry.items}
    assert {row["Barcode"] for row in rows} - {""} == barcodes
