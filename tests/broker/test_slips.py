"""A pull slip can be read by people and by scanners, and knows no reader."""

from __future__ import annotations

import time
from dataclasses import fields

import pypdfium2
import pytest
import zxingcpp

from broker.slips import LABELS, PER_SHEET, Slip, pdf

TEXTS = {"heading": "Slip ambil", "lender": "Perpustakaan Kenanga", **{name: f"{name}:" for name in LABELS}}


def a_slip(number: int = 1, **more: str) -> Slip:
    values = {
        "code": f"SL-2026-{number:06d}-K.1",
        "title": "Hutan rawa gambut di Sumatra",
        "call_number": "577.6 LES h",
        "location": "Lantai 2",
        "for_library": "Universitas Melati",
    }
    return Slip(**(values | more))


def texts(data: bytes) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data)]


def codes(data: bytes) -> list[str]:
    found: list[str] = []
    for page in pypdfium2.PdfDocument(data):
        found += [one.text for one in zxingcpp.read_barcodes(page.render(scale=3).to_pil())]
    return found


def test_each_slip_has_its_text_and_its_code() -> None:
    data = pdf([a_slip(1), a_slip(2)], TEXTS)
    (page,) = texts(data)
    for words in ("Slip ambil", "Perpustakaan Kenanga", "577.6 LES h", "Universitas Melati", "title:"):
        assert words in page
    assert sorted(codes(data)) == ["SL-2026-000001-K.1", "SL-2026-000002-K.1"]


def test_several_stand_on_a_sheet() -> None:
    assert PER_SHEET == 4
    data = pdf([a_slip(n) for n in range(1, 10)], TEXTS)
    assert len(texts(data)) == 3
    assert len(codes(data)) == 9


@pytest.mark.slow
@pytest.mark.parametrize(
    "title",
    ["Kata " * 200, "x" * 2000, "", "Ёжик в тумане — 狐", "<b>&amp;</b> (a) \\ %"],
)
def test_long_and_odd_titles_stay_on_their_slip(title: str) -> None:
    data = pdf([a_slip(n, title=title, note=title) for n in range(1, 5)], TEXTS)
    assert len(texts(data)) == 1
    assert len(codes(data)) == 4


def test_nothing_of_a_reader_has_a_place_on_it() -> None:
    assert not any("patron" in field.name or "reader" in field.name for field in fields(Slip))


def test_five_hundred_slips_are_quickly_made() -> None:
    started = time.process_time()
    pdf([a_slip(n) for n in range(500)], TEXTS)
    assert time.process_time() - started < 20


def test_the_same_slips_are_the_same_file() -> None:
    assert pdf([a_slip()], TEXTS) == pdf([a_slip()], TEXTS)


def test_no_slips_are_an_empty_sheet() -> None:
    assert [page.strip() for page in texts(pdf([], TEXTS))] == [""]
