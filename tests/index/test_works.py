"""Other editions are of the same work, similar titles are about the same, and neither is the title itself."""

from __future__ import annotations

from index.document import document
from index.engines.memory import MemoryEngine
from index.finding.works import editions, similar
from index.record import Name, Record


def held(title: str, author: str, year: int, *subjects: str) -> Record:
    """A description."""
    authors = (Name(text=author),) if author else ()
    return Record(title=title, authors=authors, year=year, subjects=subjects)


ENGINE = MemoryEngine()
ENGINE.write(
    [
        document(f"c{n}", [(one, "MLT", "")], n, n, 0)
        for n, one in enumerate(
            (
                held("Bumi Manusia", "Toer, Pramoedya Ananta", 1980, "Fiksi Indonesia"),
                held("Bumi manusia", "Pramoedya Ananta Toer", 2005, "Fiksi Indonesia"),
                held("Bumi Manusia dalam kritik", "Toer, Pramoedya Ananta", 2010, "Fiksi Indonesia"),
                held("Bumi Manusia", "Widodo, Joko", 2011, "Geografi manusia"),
                held("Anak Semua Bangsa", "Toer, Pramoedya Ananta", 1980, "Fiksi Indonesia"),
                held("Undang-undang dasar negara", "", 1990, "Hukum"),
                held("Undang-undang dasar negara", "", 2002, "Hukum"),
                held("Sejarah", "", 2002),
                held("Sejarah", "", 2003),
            )
        )
    ],
    [],
    9,
)


def test_editions_have_the_title_and_an_author_in_common() -> None:
    assert [hit.id for hit in editions(ENGINE, "c0", "Bumi Manusia", ["Toer, Pramoedya Ananta"])] == ["c1"]
    assert [hit.id for hit in editions(ENGINE, "c1", "Bumi manusia", ["Dr. Pramoedya Ananta Toer"])] == ["c0"]
    assert editions(ENGINE, "c3", "Bumi Manusia", ["Widodo, Joko"]) == ()


def test_without_an_author_only_long_titles_are_one_work() -> None:
    assert [hit.id for hit in editions(ENGINE, "c5", "Undang-undang dasar negara", [])] == ["c6"]
    assert editions(ENGINE, "c7", "Sejarah", []) == ()
    assert editions(ENGINE, "c7", "!", ["?"]) == ()


def test_similar_titles_share_a_subject_or_words_and_each_comes_once() -> None:
    found = similar(ENGINE, "c0", "Bumi Manusia", ["Fiksi Indonesia"], ["c1"])
    assert sorted(hit.id for hit in found) == ["c2", "c3", "c4"]
    assert similar(ENGINE, "c7", "Sejarah", []) == ()
    assert similar(ENGINE, "x", "", []) == ()
