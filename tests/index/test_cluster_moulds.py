"""Things of one mould: sheets of a map, hearings, leaflets of one author, which only a number or a word tells apart."""

from __future__ import annotations

import pytest

from index.cluster import compare
from index.crosswalk.marc21 import record_of
from index.normal import normal_form
from tests.index.test_cluster_habits import marc, verdict

LEAFLET = """008 s1979    eng
    086 0  $a{number}
    100 1  $aCho, Sung Yoon
    245 10 $a{title}
    260    $aWashington$bLaw Library$c1979
    300    $a4 p."""
SHEET = """L em
    008 s2002    eng
    020    $a9780607967272
    110 2  $aGeological Survey (U.S.)
    245 10 $a{title}$b7.5 minute series
    255    $aScale 1:24,000
    260    $aReston, Va.$bThe Survey$c2002"""
HEARING = """008 s2022    eng
    110 1  $aSelect Committee
    245 10 $aHearing on the investigation$bhearing before the Select Committee, {day}, 2022
    260    $aWashington$bGovernment Publishing Office$c2022"""


@pytest.mark.parametrize(
    ("mould", "one", "other"),
    [
        (SHEET, {"title": "Springfield quadrangle, Vermont"}, {"title": "Windsor quadrangle, Vermont"}),
        (HEARING, {"day": "June 9"}, {"day": "June 21"}),
        (
            LEAFLET,
            {"number": "", "title": "Northeastern states, their law"},
            {"number": "", "title": "Southeastern states, their law"},
        ),
    ],
)
def test_what_differs_in_a_word_or_a_number_is_kept_apart(
    mould: str, one: dict[str, str], other: dict[str, str]
) -> None:
    found, why = verdict(mould.format(**one), mould.format(**other))
    assert found == "veto", why
    assert verdict(mould.format(**one), mould.format(**one))[0] == "same"


def test_a_governments_numbers_tell_its_leaflets_apart() -> None:
    first = LEAFLET.format(number="LC 42.20:J 27/31", title="Japan")
    assert verdict(first, LEAFLET.format(number="LC 42.20:J 27/69", title="Japan"))[0] != "same"
    assert verdict(first, LEAFLET.format(number="LC 42.20: J 27/31", title="Japan"))[0] == "same"
    assert verdict(first, LEAFLET.format(number="", title="Japan"))[0] == "same"


FULL = """008 s2010    eng
    020    $a9783642123450
    100 1  $aMeier, Anna
    245 10 $aDigital libraries
    260    $aBerlin$bSpringer$c2010
    300    $a310 p."""


def test_a_brief_record_belongs_to_the_full_one_when_all_that_it_tells_agrees() -> None:
    brief = """020    $a9783642123450
        100 1  $a{author}
        245 10 $a{title}"""
    assert verdict(FULL, brief.format(author="Meier, Anna", title="Digital libraries"))[0] == "same"
    assert verdict(FULL, brief.format(author="Schulz, Karl", title="Digital libraries"))[0] != "same"
    assert verdict(FULL, brief.format(author="Meier, Anna", title="Digital museums"))[0] != "same"


def test_a_printed_volume_copied_from_the_record_of_its_file_is_printed() -> None:
    copied = "006 m     o  d\n007 cr |||\n" + FULL + "\n338    $avolume$bcr"
    for text in (FULL, copied):
        assert " print" in normal_form(record_of(marc(text, "a"))).kind
    online = FULL.replace("310 p.", "1 online resource (310 p.)") + "\n338    $aonline resource$bcr"
    pair = [normal_form(record_of(marc(text, name))) for text, name in ((copied, "a"), (online, "b"))]
    assert compare(*pair).verdict == "veto"
