"""One entry of the printed catalogue: its class, its place in the order, how copies are told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from index.record import Holding, Identifier, Name, Record
from index.views import Cluster, Description, HeldCopy
from web.printed.entry import dewey, entry, key
from web.printed.scratch import Scratch
from web.printed.sheet import broken

AT = datetime(2026, 11, 24, tzinfo=UTC)
BOOK = Record(
    title="Si Anak Laut",
    subtitle="kisah",
    non_filing=3,
    responsibility="Amir, Siti",
    authors=(Name(text="Amir, Siti"),),
    contributors=(Name(text="Zain, A."),),
    place="Bandung",
    publisher="Samudra",
    year=2019,
    extent="xi, 90 hlm.",
    identifiers=(Identifier(kind="isbn", value="9786239999902"),),
)


def made(record: Record, *holdings: tuple[str, Holding]) -> Cluster:
    described = Description(
        id=1, source_id="s", library_id="a", identifier="i", datestamp="", schema="marc21", record=record,
        first_seen=AT, last_seen=AT, changed_at=AT,
    )  # fmt: skip
    copies = tuple(
        HeldCopy(id=n, record_id=1, library_id=library, branch_id=None, copy=copy)
        for n, (library, copy) in enumerate(holdings)
    )
    return Cluster(
        id="c", title=record.title, position=1, created_at=AT, split_from=None, descriptions=(described,),
        copies=copies,
    )  # fmt: skip


def test_an_entry_says_what_a_catalogue_card_says() -> None:
    cluster = made(
        BOOK,
        ("b", Holding(call_number="813 AMI s", copies=2)),
        ("b", Holding(call_number="813 AMI s")),
        ("a", Holding(location="Rak 3")),
    )
    one = entry(cluster, {"a": "MLT", "b": "KNG"}, "eks.")
    assert one.heading == "Amir, Siti"
    assert one.title == "Si Anak Laut : kisah / Amir, Siti"
    assert one.text == "Bandung : Samudra, 2019 \u2014 xi, 90 hlm \u2014 ISBN 9786239999902"
    assert one.places == "KNG (813 AMI s, 3 eks.); MLT (Rak 3)"
    assert one.dewey == "813"
    assert one.names == ("Amir, Siti", "Zain, A.")


@pytest.mark.parametrize(
    ("classes", "number", "found"),
    [
        (("297.3",), "813 X", "297.3"),
        ((), "813.5 AMI s", "813.5"),
        ((), "T 813 AMI", ""),
        (("PL5089",), "", ""),
        (("297", "297", "297.31"), "", "297"),
        ((), "2971 X", ""),
    ],
)
def test_the_class_is_what_libraries_agree_on(classes: tuple[str, ...], number: str, found: str) -> None:
    record = Record(title="x", classes=classes)
    assert dewey(made(record, ("a", Holding(call_number=number)))) == found


def test_titles_are_sorted_without_their_articles_and_the_unclassed_last() -> None:
    assert key(made(BOOK), "title").startswith("anak laut")
    classed = made(Record(title="b", classes=("999",)))
    assert key(classed, "class") < key(made(Record(title="a")), "class")


def test_an_index_has_each_word_once_with_its_numbers_in_order() -> None:
    scratch = Scratch()
    scratch.note([("name", "amir", "Amir", 9), ("name", "zain", "Zain", 1), ("name", "amir", "Amir", 2)])
    scratch.note([("name", "amir", "AMIR", 2), ("title", "x", "X", 5)])
    assert list(scratch.index("name")) == [("Amir", [2, 9]), ("Zain", [1])]
    scratch.add([("b", "2"), ("a", "1")])
    assert (scratch.count(), list(scratch.lots())) == (2, [["1", "2"]])
    scratch.close()


def test_lines_hold_all_words_and_none_is_too_long() -> None:
    text = "kata panjang sekali " * 20 + "x" * 300
    lines = broken(text, "Helvetica", 8, 100, 10)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
