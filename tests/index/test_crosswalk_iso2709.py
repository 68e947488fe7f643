"""ISO 2709: encodings that lie, directories that lie, and MARC-8."""

from __future__ import annotations

import random

import pytest

from index.crosswalk import BadRecord, read_iso2709
from index.crosswalk.marcform import from_iso2709
from index.record import Record
from tests.index.iso2709 import iso2709

TITLE = ("245", b"10\x1faCaf%s di hulu /\x1fcA. Putra.")


def _with_title(accent: bytes, said: str) -> bytes:
    return iso2709([("001", b"1"), (TITLE[0], TITLE[1] % accent)], encoding=said)


@pytest.mark.parametrize(
    ("accent", "said", "oddities"),
    [
        ("é".encode(), "a", ()),
        ("é".encode(), " ", ("encoding_utf8_not_marc8",)),
        (b"\xe2e", " ", ()),
        (b"\xe2e", "a", ("encoding_marc8_not_utf8",)),
        (b"\xe9", "a", ("encoding_cp1252_not_utf8",)),
        (b"e", " ", ()),
    ],
)
def test_the_bytes_decide_on_the_encoding_and_a_leader_that_lies_is_an_oddity(
    accent: bytes, said: str, oddities: tuple[str, ...]
) -> None:
    record = read_iso2709(_with_title(accent, said))

    assert record.title == ("Cafe di hulu" if accent == b"e" else "Café di hulu")
    assert record.responsibility == "A. Putra"
    assert record.oddities == oddities


def test_marc8_shifts_to_other_scripts_and_ends_with_its_subfield() -> None:
    data = iso2709([("245", b"10\x1fa\x1b$1!37'Jh\x1b(B (COVID-19) :\x1fbabc\x1b(N")], encoding=" ")

    record = read_iso2709(data)

    assert record.title.endswith("(COVID-19)")
    assert ord(record.title[0]) > 0x3000
    assert record.subtitle == "abc"


def test_two_accents_on_a_vietnamese_letter_compose_whatever_their_order() -> None:
    data = iso2709([("245", b"00\x1fan\xe2\xe3eu, n\xe3\xe2eu")], encoding=" ")

    assert read_iso2709(data).title == "nếu, nếu"


def test_escapes_left_in_utf8_are_taken_out() -> None:
    data = iso2709([("245", "00\x1fa°C and TiO\x1bb2\x1bs".encode())], encoding="a")

    assert read_iso2709(data).title == "°C and TiO2"


def test_lengths_in_the_directory_are_not_trusted() -> None:
    data = bytearray(iso2709([("001", b"77"), ("245", b"00\x1faJudul"), ("300", b"  \x1fa10 hlm.")]))
    data[24 + 12 + 3 : 24 + 12 + 7] = b"9999"
    data[0:5] = b"00012"

    record = read_iso2709(bytes(data))

    assert (record.title, record.extent) == ("Judul", "10 hlm.")
    assert record.oddities == ("marc_lengths_wrong",)


def test_fields_may_lie_in_another_order_than_the_directory_names_them() -> None:
    title, number = b"00\x1faJudul\x1e", b"42\x1e"
    directory = b"001000300009" + b"245000900000" + b"\x1e"
    base = 24 + len(directory)
    body = title + number
    leader = b"%05dnam a22%05d   4500" % (base + len(body) + 1, base)

    record = read_iso2709(leader + directory + body + b"\x1d")

    assert record.title == "Judul"
    assert record.values("local") == ("42",)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "truncated"),
        (b"00026nam", "truncated"),
        (b"=LDR  01941cam  2200469Ii 4500", "not_marc"),
        (b"00030nam a2200025   4500\x1e\x1d", "truncated"),
        (iso2709([("001", b"1")]), "truncated"),
        (iso2709([("001", b"1"), ("100", b"1 \x1faPutra")]), "no_title"),
    ],
)
def test_what_is_no_record_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(BadRecord) as caught:
        read_iso2709(data)

    assert caught.value.reason == reason


def test_a_thousand_broken_records_give_a_title_or_a_reason() -> None:
    chance = random.Random(4)
    sound = iso2709(
        [
            ("001", b"1"),
            ("008", b"240301s2021    io            000 0 ind d"),
            ("245", "10\x1faÉtude :\x1fbx".encode()),
        ]
        + [("650", b" 0\x1faRivers\x1fxLaw")] * 5
    )
    for _ in range(1000):
        data = bytearray(sound)
        for _ in range(chance.randint(1, 12)):
            place = chance.randrange(len(data))
            kind = chance.randint(0, 2)
            if kind == 0:
                data[place] = chance.randrange(256)
            elif kind == 1:
                del data[place : place + chance.randint(1, 30)]
            else:
                data[place:place] = bytes(chance.choices(b"\x1b\x1d\x1e\x1f09az\xe2\xff", k=3))
        outcome = _outcome(bytes(data))
        if isinstance(outcome, BadRecord):
            assert outcome.reason in ("no_title", "truncated", "not_marc")
        else:
            assert outcome.title


def _outcome(data: bytes) -> Record | BadRecord:
    try:
        return read_iso2709(data)
    except BadRecord as bad:
        return bad


def test_fields_that_nobody_reads_are_not_kept() -> None:
    marc = from_iso2709(iso2709([("040", b"  \x1faX"), ("245", b"00\x1faJudul")]))

    assert list(marc.fields) == ["245"]
