"""Character sets of catalogues, whole tables and marks in sequence, against libyaz; and MARC-8 written and read again."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.crosswalk import marc8read, marc8sets, marc8write
from index.crosswalk.encodings import Decoder, marc8
from index.crosswalk.iso2709write import packed
from index.crosswalk.iso5426 import iso5426, iso6937
from index.crosswalk.marc8sets import ANSEL, EACC, ORDER, SMALL
from index.crosswalk.marcwrite import Written
from tests.conftest import needs
from tests.index.charsets.iconv import Iconv

#: Sets of one byte a sign, as escapes name them.
SINGLE = tuple(name for name in ORDER if name != EACC)

#: Texts of every script that MARC-8 has, and of some that it has not.
TEXTS = (
    "Bumi manusia", "Café Ürgüp Łódź Århus", "Việt Nam: ữ ễ ơ", "t͡s i͡u n͠g", "Жизнь и судьба й ё ѓ ґ", "Ελλάς",
    "ἄνθρωπος", "שָׁלוֹם", "الكِتاب ٪", "پاکستان ڤ", "中文字 漢字", "日本語かな", "한글 가나", "H₂O x² (10⁻⁹)", "αβγ",
    "€ ♭ ♯ © ® ℗ ¿ ¡ ß", "‘quoted’ – “so” …", "ไทย", "😀", "ﬁ", "a̧̲b̥", "&#x41; & &#x", "", " ", "҃а҃", "ꦗꦮ", "ḧĕ",
    "\x98The \x9ctitle", "a\u200db",
)  # fmt: skip

#: Where we read MARC-8 otherwise than libyaz, and why.
DIFFERENT = {
    b"\xff": ("\ufffd", "what stands for nothing is shown; libyaz leaves it out"),
    b"a\x1b(Z": ("a(Z", "an escape to no set is passed over; libyaz refuses the text"),
    b"a\xe1": ("a \u0300", "a mark on nothing stands on a blank; libyaz refuses the text"),
    b"a&#x4E2D;b": ("a中b", "the lossless way of MARC 21; libyaz leaves the reference"),
    b"\xe2\xece": ("é", "a mark may stand before the second half of a ligature; libyaz puts it on nothing"),
    b"a\nb": ("a\nb", "the end of a line stays; libyaz leaves it out"),
    b'\x1b("Sa': ("a", "what one exporter writes for back to Latin; libyaz refuses the text"),
}


def composed(text: str | bytes | None) -> str | None:
    if text is None:
        return None
    return normalize("NFC", text.decode("utf-8", "replace") if isinstance(text, bytes) else text)


def calls(name: int, half: str) -> bytes:
    """The escape that calls a set to the left or the right half."""
    if name in SMALL:
        return b"\x1b" + bytes((name,))
    inner = b"!" if name == ANSEL else b""
    return b"\x1b" + (b"(" if half == "left" else b")") + inner + bytes((name,))


def one_by_one() -> list[bytes]:
    """Every sign of every set in both halves; marks with a letter behind them."""
    made = []
    for name in SINGLE:
        found = marc8sets.of(name)
        back = b"\x1bs" if name in SMALL else b"\x1b(B"
        for code in (*found.letters, *found.marks):
            letter = b"a" if code in found.marks else b""
            made.append(calls(name, "left") + bytes((code,)) + back + letter)
            if name not in SMALL:
                made.append(calls(name, "right") + bytes((code | 0x80,)) + letter)
    return made


def test_every_set_has_its_signs() -> None:
    sizes = {chr(name): sum(map(len, marc8sets.of(name))) for name in ORDER}
    assert sizes == {"B": 94, "E": 65, "N": 94, "Q": 42, "S": 73, "2": 78, "3": 83, "4": 90, "b": 14, "p": 14, "g": 3,
                     "1": 15739}  # fmt: skip
    assert all("\ufffd" not in marc8read.decoded(data) for data in one_by_one())


@pytest.mark.peers
def test_every_sign_of_marc8_is_read_as_libyaz_reads_it() -> None:
    judge = Iconv("marc8", "utf-8")
    asked = one_by_one()
    for code in marc8sets.of(EACC).letters:
        asked.append(b"\x1b$1" + code.to_bytes(3, "big") + b"\x1b(B")
    assert len(asked) > 16_500
    assert [data for data in asked if composed(judge(data)) != composed(marc8read.decoded(data))] == []


def sequence(chance: random.Random) -> bytes:
    """Signs of MARC-8 as they may follow one another: marks before letters, blanks, shifts."""
    made, halves = bytearray(), [0x42, ANSEL]
    for _ in range(chance.randrange(1, 12)):
        match chance.randrange(7):
            case 0:
                name = chance.choice([one for one in ORDER if one not in SMALL])
                half = chance.randrange(2)
                halves[half] = name
                made += (b"\x1b$" if name == EACC else b"\x1b") + (
                    (b")" if half else (b"" if name == EACC else b"("))
                    + (b"!" if name == ANSEL else b"") + bytes((name,))
                )  # fmt: skip
            case 1:
                made += b" "
            case _:
                half = chance.randrange(2)
                found = marc8sets.of(halves[half])
                size, high = (3, 0x808080) if halves[half] == EACC else (1, 0x80)
                for table in ([found.marks] * chance.randrange(3) if found.marks else []) + [found.letters]:
                    made += (
                        chance.choice([one for one in table if one not in (0x6C, 0x7B)])
                        | (high if half else 0)
                    ).to_bytes(size, "big")
    return bytes(made)


def agreed(count: int, seed: int) -> list[bytes]:
    judge, chance = Iconv("marc8", "utf-8"), random.Random(seed)
    return [
        data
        for data in (sequence(chance) for _ in range(count))
        if composed(judge(data)) != composed(marc8read.decoded(data))
    ]


@pytest.mark.peers
def test_sequences_of_marc8_are_read_as_libyaz_reads_them() -> None:
    assert agreed(2_000, 1) == []


@pytest.mark.peers
def test_marks_follow_one_another_as_in_libyaz() -> None:
    judge = Iconv("marc8", "utf-8")
    marks = [code | 0x80 for code in marc8sets.of(ANSEL).marks]
    asked = [
        bytes((first, second)) + b"e x" for first in marks for second in marks if second not in (0xEC, 0xFB)
    ]
    asked += [bytes((mark, letter)) for mark in marks for letter in range(0x20, 0x7F)]
    assert [data for data in asked if composed(judge(data)) != composed(marc8read.decoded(data))] == []
    # Vietnamese letters take their own mark before the tone, in whatever order a catalogue typed them.
    tones = {bytes((tone, mark)) + b"e x" for tone in (0xE0, 0xE1, 0xE2, 0xE4) for mark in (0xE3, 0xE6)}
    assert {data for data in asked if composed(marc8read.decoded(data)) != composed(marc8(data))} == tones


@pytest.mark.parametrize("data", sorted(DIFFERENT))
def test_where_marc8_is_read_otherwise_it_is_on_purpose(data: bytes) -> None:
    assert marc8(data) == DIFFERENT[data][0]


@pytest.mark.peers
def test_libyaz_reads_these_otherwise() -> None:
    judge = Iconv("marc8", "utf-8")
    assert [data for data, (text, _) in DIFFERENT.items() if composed(judge(data)) == text] == []


@pytest.mark.parametrize("text", TEXTS)
def test_text_survives_marc8(text: str) -> None:
    written = marc8write.written(text)
    assert composed(marc8read.decoded(written)) == composed(text)
    assert b"?" not in written
    assert composed(marc8(written)) == composed(text)


@settings(max_examples=60)
@given(st.text(max_size=20))
def test_any_text_survives_marc8(text: str) -> None:
    clean = text.encode(errors="replace").decode()
    assert composed(marc8read.decoded(marc8write.written(text))) == composed(clean)


SCRIPTS = (
    "".join(sorted(marc8sets.letters())[::7])
    + "".join(mark for mark in marc8sets.marks() if not "\ufe20" <= mark <= "\ufe23")
    + "abcdefghijklmnop  ()0123"
)


@pytest.mark.slow
@settings(max_examples=1_000)
@given(st.text(alphabet=SCRIPTS, max_size=20))
def test_any_text_of_its_own_scripts_survives_marc8(text: str) -> None:
    assert composed(marc8read.decoded(marc8write.written(text))) == composed(text)


@pytest.mark.peers
def test_libyaz_reads_what_we_write_in_marc8() -> None:
    judge = Iconv("marc8", "utf-8")
    chance = random.Random(3)
    letters = [letter for letter in marc8sets.letters() if composed(letter) == letter]
    marks = [
        mark
        for mark, (name, _) in marc8sets.marks().items()
        if name == ANSEL and not "\ufe20" <= mark <= "\ufe23"
    ]
    known = [text for text in TEXTS if b"&#x" not in marc8write.written(text)]
    for _ in range(3_000):
        made = ""
        for _ in range(chance.randrange(1, 8)):
            made += chance.choice(letters) if chance.random() < 0.5 else chance.choice("abcdefg hijk")
            if chance.random() < 0.2 and made[-1].isalpha():
                made += chance.choice([mark for mark in marks if mark not in "\u0360\u0361"])
        known.append(made)
    assert len([text for text in known if b"&#x" in marc8write.written(text)]) == 0
    wrong = [text for text in known if composed(judge(marc8write.written(text))) != composed(text)]
    assert wrong == []


def test_what_marc8_has_not_is_a_reference_or_refused() -> None:
    assert marc8write.written("ไ😀é") == b"&#x0E44;&#x1F600;\xe2e"
    assert marc8write.written("&#x41;") == b"&#x0026;#x41;"
    with pytest.raises(UnicodeEncodeError):
        marc8write.encoded("ไทย")
    assert marc8write.encoded("été") == b"\xe2et\xe2e"
    assert marc8write.sets(marc8write.written("Ж中 H₂")) == ("(N", "$1", "b")


@pytest.mark.parametrize("text", TEXTS)
def test_every_text_begins_and_ends_in_latin(text: str) -> None:
    written = marc8write.written(text)
    assert marc8read.decoded(b"a" + written + b"a") == f"a{marc8read.decoded(written)}a"


def record(*texts: str) -> bytes:
    return packed(
        Written(
            leader="00000nam a2200000 u 4500",
            controls=[("001", "x1")],
            fields=[("245", "10", [("a", texts[0])]), *(("500", "  ", [("a", text)]) for text in texts[1:])],
        ),
        "marc-8",
    )


def test_a_record_in_marc8_says_so_and_names_its_scripts() -> None:
    made = record("Жизнь", "中文", "ไทย")
    assert made[9:10] == b" "
    assert b"\x1f" + b"c(N\x1fc$1\x1e" in made
    assert int(made[:5]) == len(made)
    decoder = Decoder(made)
    assert [decoder.text(field)[0] for field in made.split(b"\x1e")[3:-1]] == [
        "10\x1faЖизнь", "  \x1fa中文", "  \x1faไทย",
    ]  # fmt: skip
    assert b"066" not in record("Plain")


def test_a_long_field_in_marc8_is_cut_between_letters() -> None:
    made = record("Ж" * 10_100, "中" * 3_400)
    assert int(made[:5]) == len(made)
    fields = made.split(b"\x1e")
    assert all(len(field) < 9_999 for field in fields)
    assert set(marc8read.decoded(fields[3].split(b"\x1fa")[1])) == {"Ж"}
    assert set(marc8read.decoded(fields[4].split(b"\x1fa")[1])) == {"中"}


@pytest.mark.peers
def test_marcdump_reads_our_records_in_marc8(tmp_path: Path) -> None:
    tool = needs("yaz-marcdump", "install the Debian package yaz")
    texts = [
        text
        for text in TEXTS
        if text.strip() and b"&#x" not in marc8write.written(text) and "\x98" not in text
    ]
    path = tmp_path / "one.mrc"
    path.write_bytes(record(*texts))
    done = subprocess.run(
        [tool, "-f", "marc-8", "-t", "utf-8", "-o", "json", str(path)],
        capture_output=True,
        timeout=60,
        check=True,
    )
    fields = json.loads(done.stdout)["fields"]
    read = [
        composed(field[tag]["subfields"][0]["a"])
        for field in fields
        for tag in field
        if tag in ("245", "500")
    ]
    assert read == [composed(text) for text in texts]


def asked_of_two_bytes() -> list[bytes]:
    return [bytes((one,)) for one in range(0x20, 0x100) if one != 0x7F] + [
        bytes((mark, letter)) for mark in range(0xC0, 0xE0) for letter in (*range(0x20, 0x7F), 0xE1, 0xF1)
    ]


@pytest.mark.peers
@pytest.mark.parametrize(("name", "decode"), [("iso5426", iso5426), ("iso6937", iso6937)])
def test_tables_of_unimarc_agree_with_libyaz(name: str, decode: object) -> None:
    judge = Iconv(name, "utf-8")
    assert callable(decode)
    wrong, same = [], 0
    for data in asked_of_two_bytes():
        theirs, ours = composed(judge(data)), decode(data)
        same += theirs == ours
        # What libyaz leaves out is shown by us; what it refuses is a mark on something without that form.
        if theirs != ours and theirs is not None and theirs != ours.replace("\ufffd", ""):
            wrong.append(data)
    assert wrong == []
    assert same > (2_500 if name == "iso5426" else 300)


@pytest.mark.peers
def test_windows_1252_agrees_with_libyaz() -> None:
    judge = Iconv("cp1252", "utf-8")
    for byte in range(0x20, 0x100):
        theirs = judge(bytes((byte,)))
        ours = bytes((byte,)).decode("cp1252", "replace")
        assert (theirs is None and ours == "\ufffd") or composed(theirs) == composed(ours), hex(byte)


def test_iso_5426_and_6937_are_known_to_python() -> None:
    assert b"\xc8Urg\xc8up \xe8\xc2odz".decode("iso-5426") == "Ürgüp Łódz"
    assert b"\xc8Urg\xc8up \xc8 \xe4".decode("iso-6937") == "Ürgüp ¨Ħ"
    assert iso5426(b"\xc1\xc8a\x88\xa0") == "à̈\x98\ufffd"
    assert iso5426(b"a\xc8") == "a ̈"
    with pytest.raises(UnicodeEncodeError):
        "a".encode("iso-5426")
