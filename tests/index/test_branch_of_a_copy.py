"""Which branch a copy stands in, by what its record says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from foundation import libraries
from foundation.db import Database
from index.record import Holding
from index.store import branch_finder

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("copy", "branch"),
    [
        (Holding(barcode="KED0001"), "KED"),
        (Holding(barcode="ked0001"), "KED"),
        (Holding(barcode="KEDX0001"), "PST"),
        (Holding(barcode="MLT0001"), None),
        (Holding(barcode="KED0001", branch="Pusat"), "PST"),
        (Holding(location="perpustakaan kedokteran"), "KED"),
        (Holding(), None),
    ],
)
def test_words_of_the_record_come_first_and_then_how_the_barcode_begins(
    sqlite_db: Database, copy: Holding, branch: str | None
) -> None:
    with sqlite_db.begin() as c:
        home = libraries.add(c, NOW, code="MLT", symbol="ISIL:ID-MLT", name="Melati").id
        for code, name, aliases in (
            ("PST", "Perpustakaan Pusat", ["Pusat", "PST*", "KEDX*"]),
            ("KED", "Perpustakaan Kedokteran", ["KED*"]),
        ):
            libraries.add_branch(c, home, code=code, name=name, aliases=aliases)
        codes = {b.id: b.code for b in libraries.branches(c, home)}
        found = branch_finder(c, home)(copy)
    assert (codes[found] if found else None) == branch
