"""The list of what is wrong with a library's own descriptions: seen by that library, downloaded, empty when all is well."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace

import pytest

from index.quality import issues
from tests.index.arrivals import Source, book, take
from tests.web.conftest import Client, World


@pytest.fixture
def faulty(world: World) -> World:
    """MLT sent one record without class and one with a formula for a title; KNG sent a good one."""
    now = world.parts.clock()
    with world.parts.db.begin() as c:
        for code, records in {
            "MLT": [("m1", book("Perahu di hulu")), ("m2", book('=HYPERLINK("x")', isbn="9780306406157"))],
            "KNG": [("k1", replace(book("Sungai tua"), classes=("551.4",), call_numbers=("551.4 S",)))],
        }.items():
            take(c, Source(id=f"source-{code}", library_id=world.library[code]), now, records)
        while issues.review(c, now):
            pass
    return world


def test_a_library_sees_its_own_faults_by_kind(faulty: World, visit: Callable[..., Client]) -> None:
    page = visit("lala", language="en").page("/desk/MLT/quality")
    assert "Perahu di hulu" in page
    assert "No class" in page
    assert "Sungai tua" not in page
    one = visit("lala", language="en").page("/desk/MLT/quality?kind=no_class")
    assert one.count("m1") == 1
    assert "A class number (DDC or UDC)" in one


def test_nothing_wrong_is_said_in_words(faulty: World, visit: Callable[..., Client]) -> None:
    assert "Nothing is wrong" in visit("kiki", language="en").page("/desk/KNG/quality")


def test_another_library_does_not_see_it(faulty: World, visit: Callable[..., Client]) -> None:
    visit("kiki").page("/desk/MLT/quality", 404)
    assert visit("kiki").get("/desk/MLT/quality.csv").status_code == 404


def test_the_file_holds_every_line_and_no_formula(faulty: World, visit: Callable[..., Client]) -> None:
    answer = visit("lala").get("/desk/MLT/quality.csv")
    assert answer.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0] == ["Pengenal", "Judul", "Kekeliruan", "Bukti", "Ditemukan"]
    assert sorted((row[0], row[2]) for row in rows[1:]) == [
        ("m1", "Tanpa kelas"),
        ("m1", "Tanpa nomor panggil"),
        ("m2", "Tanpa kelas"),
        ("m2", "Tanpa nomor panggil"),
    ]
    assert {row[1] for row in rows[1:]} == {"Perahu di hulu", '\'=HYPERLINK("x")'}
    only = visit("lala").get("/desk/MLT/quality.csv?kind=no_class").data.decode("utf-8-sig")
    assert len(only.splitlines()) == 3
