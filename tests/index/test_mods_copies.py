"""What MODS says of a copy: its state by the words of the house."""

from __future__ import annotations

import pytest
from lxml import etree

from index.crosswalk import mods
from index.record import Availability

COPY = """
<mods xmlns="http://www.loc.gov/mods/v3"><titleInfo><title>Terumbu karang</title></titleInfo>
<location><physicalLocation>Ruang Pustaka</physicalLocation><holdingSimple><copyInformation>
<shelfLocator>577.789 SIL</shelfLocator>{notes}<itemIdentifier>TRT000011</itemIdentifier>
</copyInformation></holdingSimple></location></mods>
"""


@pytest.mark.parametrize(
    ("notes", "availability", "lendable", "due", "note"),
    [
        ("", Availability.UNKNOWN, None, "", ""),
        ("<note>Tersedia</note>", Availability.AVAILABLE, True, "", ""),
        (
            '<note type="availability">Dipinjam</note><note type="due date">2026-12-03</note>',
            Availability.ON_LOAN,
            True,
            "2026-12-03",
            "",
        ),
        ("<note>Baca di tempat</note><note>rapuh</note>", Availability.ON_SITE, False, "", "rapuh"),
        ("<note>hadiah</note>", Availability.UNKNOWN, None, "", "hadiah"),
        ("<note>Hilang</note>", Availability.LOST, False, "", ""),
    ],
)
def test_a_note_with_a_known_word_is_the_state_of_the_copy(
    notes: str, availability: Availability, lendable: bool | None, due: str, note: str
) -> None:
    copy = mods.read(etree.fromstring(COPY.format(notes=notes))).holdings[0]
    assert (copy.availability, copy.lendable, copy.due, copy.note) == (availability, lendable, due, note)
    assert copy.barcode == "TRT000011"


def test_a_genre_that_names_the_kind_of_thing_is_no_subject() -> None:
    text = COPY.format(notes="").replace(
        "<location>", "<genre>thesis</genre><genre>peta dasar laut</genre><location>", 1
    )
    record = mods.read(etree.fromstring(text))
    assert record.format == "thesis"
    assert record.subjects == ()
    kept = mods.read(
        etree.fromstring(COPY.format(notes="").replace("<location>", "<genre>pantun</genre><location>", 1))
    )
    assert kept.subjects == ("pantun",)
