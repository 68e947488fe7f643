"""Text that means the same is found by the same tokens."""

from __future__ import annotations

import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import analysis
from index.analysis import (
    GAP,
    MAX_TOKEN,
    SORT_BYTES,
    chunk,
    english_stem,
    fold,
    indonesian_stem,
    sort_key,
    stems,
    tokens,
    value_tokens,
    without_degrees,
)
from index.engines.memory import finds
from index.identifiers import call_number_tokens, doi_key, identifier_key, isbn_key, issn_key, shelf_key
from index.plan import doc_tokens, plan
from index.query import Term
from index.search import IndexDoc

SAME = [
    ("Müller", "Muller"), ("MÜLLER", "muller"), ("Ｍｕｌｌｅｒ", "muller"), ("Straße", "strasse"), ("Æsop", "aesop"),
    ("Łódź", "lodz"), ("Qur'an", "Quran"), ("Qur’an", "quran"), ("Qurʼān", "quran"), ("Syari`ah", "syariah"),
    ("ﬁlm", "film"), ("Ὅμηρος", "ομηρος"), ("Đà Nẵng", "da nang"), ("İstanbul", "istanbul"), ("٣", "٣"),
]  # fmt: skip

#: (what a description says, what somebody types): found.
FINDS = [
    ("Soekarno", "Sukarno"), ("Sukarno", "Soekarno"), ("Djakarta", "Jakarta"), ("Jakarta", "Djakarta"),
    ("Tjerita", "cerita"), ("cerita", "tjerita"), ("wajang", "wayang"), ("wayang", "wajang"), ("masjarakat", "masyarakat"),
    ("Sutan Sjahrir", "Soetan Syahrir"), ("njonja", "nyonya"), ("djaja", "jaya"), ("Surabaja", "Soerabaja"),
    ("achir", "akhir"), ("Soedjatmoko", "Sujatmoko"), ("syari'ah", "syariat"), ("hadits", "hadis"), ("praktek", "praktik"),
    ("Djogjakarta", "Yogyakarta"), ("Jogjakarta", "Yogyakarta"), ("Müller", "Mueller"), ("Mueller", "Müller"),
    ("Al-Qur'an", "alquran"), ("Alquran", "al-Qur’an"), ("Al-Qur'an", "quran"), ("l'homme", "homme"), ("L’Homme", "l'homme"),
    ("penelitian", "meneliti"), ("meneliti", "penelitian"), ("teliti", "penelitian"), ("membaca buku", "bacaan"),
    ("libraries", "library"), ("library", "libraries"), ("running", "runs"), ("日本語", "日本"), ("日本語", "語"),
    ("Война и мир", "война"), ("Чайковский", "chaykovskiy"), ("C++", "c++"), ("Children's", "childrens"),
]  # fmt: skip
MISSES = [
    ("raja", "raya"),
    ("raya", "raja"),
    ("poet", "put"),
    ("koran", "quran"),
    ("й", "и"),
    ("C++", "c"),
    ("kopi", "teh"),
    ("perang", "perangko"),
    ("日本語", "本日"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_ways_of_writing_fold_to_one(one: str, other: str) -> None:
    assert tokens(one) == tokens(other)
    assert tokens(unicodedata.normalize("NFD", one)) == tokens(unicodedata.normalize("NFC", other))


def described(text: str) -> IndexDoc:
    """A document of which this is the title; its language is not said."""
    words = value_tokens([text])
    return IndexDoc(id="a", title=words, stems=stems(words, ()))


@pytest.mark.parametrize(("said", "typed"), FINDS)
def test_what_is_typed_finds_what_is_said(said: str, typed: str) -> None:
    assert finds(plan(Term(text=typed)), described(said))


@pytest.mark.parametrize(("said", "typed"), MISSES)
def test_what_is_typed_does_not_find_something_else(said: str, typed: str) -> None:
    assert not finds(plan(Term(text=typed)), described(said))


def test_letters_that_carry_marks_of_their_own_keep_them() -> None:
    assert fold("й") == "й"
    assert fold("한국") == "한국"
    assert tokens("हिन्दी") == ["हिन्दी"]
    assert tokens("ガ") == ["ガ"]


@given(st.text(max_size=80))
def test_folding_is_done_after_one_time_and_tokens_are_clean(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    for word in value_tokens([text]):
        assert len(word) <= MAX_TOKEN
        assert " " not in word
        assert "\n" not in word
        word.encode()  # half a surrogate pair is no letter


@given(st.text(max_size=60))
def test_what_is_typed_as_it_was_written_is_found(text: str) -> None:
    assert finds(plan(Term(text=text)), described(text))


def test_values_are_apart_and_other_spellings_behind() -> None:
    assert value_tokens(["Müller muda", "kopi"]) == ("muller", "muda", GAP, "kopi", GAP, "mueller")
    assert chunk("buku-buku").joined == ""


def test_stems_are_of_the_language_of_the_description() -> None:
    assert indonesian_stem("perpustakaan") == "pustaka"
    assert english_stem("libraries") == "librari"
    assert stems(["meneliti", "libraries"], ["ind"]) == ("id:teliti",)
    assert stems(["perpustakaan", "libraries"], ["eng"]) == ("en:librari",)
    assert stems(["libraries"], ["ger"]) == ()
    assert stems(["kopi"], []) == ()


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Prof. Dr. Soepomo, S.H.", "Soepomo"), ("Toer, Pramoedya Ananta", "Toer, Pramoedya Ananta"),
        ("Habibie, B. J., Prof. Dr. Ir.", "Habibie, B. J."), ("Ma, Jack", "Ma, Jack"), ("Dr.", "Dr."),
        ("Wells, H. G.", "Wells, H. G."), ("Siti Aminah, M.Si., Ph.D.", "Siti Aminah"),
    ],
)  # fmt: skip
def test_degrees_are_no_part_of_a_name(name: str, plain: str) -> None:
    assert without_degrees(name) == plain


def test_a_sort_key_passes_over_the_article_and_has_a_bounded_width() -> None:
    assert sort_key("The Émile", 4) == "emile"
    assert sort_key("The", 9) == "the"
    assert len(sort_key("日本語の本 " * 20).encode()) <= SORT_BYTES


def test_each_form_of_an_isbn_is_one_key() -> None:
    forms = (
        "0306406152",
        "0-306-40615-2",
        "978-0-306-40615-7",
        "9780306406157",
        "978 0 306 40615 7",
        "ISBN 0306406152 (pbk.)",
    )
    assert {isbn_key(form) for form in forms} == {"9780306406157"}
    assert isbn_key("0-306-40615-3") is None
    assert identifier_key("isbn", "0-306-40615-3") == "0306406153"


def test_other_identifiers_have_keys_too() -> None:
    assert issn_key("ISSN 2049-3630") == "20493630"
    assert issn_key("2049-3631") is None
    assert doi_key("doi:10.1000/ABC") == doi_key("https://doi.org/10.1000/abc") == "10.1000/abc"
    assert identifier_key("oclc", "(OCoLC)ocm00012345") == identifier_key("oclc", "12345") == "12345"
    assert identifier_key("local", "Ab-12/3") == "ab123"


def test_a_call_number_is_found_by_its_class_and_sorted_by_its_numbers() -> None:
    assert call_number_tokens("813.54  TOE b") == ("813.54 toe b", "813.54")
    shelf = [
        "2 MA a",
        "297 MA a",
        "813.5 TOE",
        "813.54 TOE b",
        "813.54 TOE b v. 2",
        "813.54 TOE b v. 10",
        "1000 X",
    ]
    assert [shelf_key(text) for text in shelf] == sorted(map(shelf_key, shelf))


def test_the_access_point_any_holds_the_words_of_all_others() -> None:
    doc = IndexDoc(id="a", title=("x", GAP, "y"), author=("z",), isbn=("9",), any=("w",))
    assert doc_tokens(doc, "any") == {"x", "y", "z", "9", "w"}


def test_threads_that_stem_at_once_get_what_each_asked_for() -> None:
    roots = ["relat", "librar", "organ", "nation", "comput", "inform"]
    tails = ["ional", "ization", "ies", "fulness", "iveness", "ators", "ingly", "alism", "ousness", "ability"]
    words = [root + tail for root in roots for tail in tails] * 8
    analysis.english_stem.cache_clear()
    alone = [analysis.english_stem(word) for word in words]

    def all_of_them(_: int) -> list[str]:
        analysis.english_stem.cache_clear()
        return [analysis.english_stem(word) for word in words]

    with ThreadPoolExecutor(8) as pool:
        assert all(found == alone for found in pool.map(all_of_them, range(40)))
