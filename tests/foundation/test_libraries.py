"""Libraries, branches, hours, closures and holidays are kept and changed by one at a time."""

from __future__ import annotations

from datetime import date

import pytest

from foundation import libraries
from foundation.db import Database
from foundation.libraries import Changed, Opening, UnknownLibrary
from tests.conftest import TestClock


def test_a_library_is_found_by_id_code_and_symbol(db: Database, clock: TestClock) -> None:
    with db.begin() as c:
        made = libraries.add(c, clock(), code="MLT", symbol="ISIL:ID-MLT", name="Melati", region="riau")
        assert libraries.get(c, made.id) == made
        assert libraries.by_code(c, "mlt") == made
        assert libraries.by_symbol(c, "ISIL:ID-MLT") == made
        assert (made.lends, made.transit_days, made.zone) == (True, 3, "Asia/Jakarta")
        with pytest.raises(UnknownLibrary):
            libraries.by_code(c, "XYZ")


def test_the_second_of_two_changes_is_told_so(db: Database, clock: TestClock) -> None:
    with db.begin() as c:
        made = libraries.add(c, clock(), code="MLT", symbol="NPP:1", name="Melati")
        changed = libraries.change(c, made.id, made.version, lends=False)
        assert (changed.lends, changed.version) == (False, 2)
        with pytest.raises(Changed):
            libraries.change(c, made.id, made.version, lends=True)


def test_lists_show_the_states_asked_for(db: Database, clock: TestClock) -> None:
    with db.begin() as c:
        libraries.add(c, clock(), code="B", symbol="NPP:2", name="Beringin", state="candidate")
        libraries.add(c, clock(), code="A", symbol="NPP:1", name="Anggrek")
        assert [one.code for one in libraries.every(c)] == ["A", "B"]
        assert [one.code for one in libraries.every(c, "active")] == ["A"]


def test_branches_hours_and_closures(db: Database, clock: TestClock) -> None:
    with db.begin() as c:
        home = libraries.add(c, clock(), code="A", symbol="NPP:1", name="Anggrek")
        centre = libraries.add_branch(c, home.id, code="PST", name="Pusat", aliases=["Lt. 1", "main"])
        store = libraries.add_branch(c, home.id, code="GDG", name="Gudang", pickup=False)
        assert centre.aliases == ("Lt. 1", "main")
        assert [one.code for one in libraries.branches(c, home.id)] == ["GDG", "PST"]
        assert [one.code for one in libraries.branches(c, home.id, pickup=True)] == ["PST"]
        libraries.change_branch(c, store.id, state="closed")
        assert [one.code for one in libraries.branches(c)] == ["PST"]

        hours = [
            Opening(weekday=0, opens="08:00", closes="12:00"),
            Opening(weekday=0, opens="13:00", closes="16:00"),
        ]
        libraries.set_openings(c, centre.id, hours)
        libraries.set_openings(c, centre.id, hours)
        assert libraries.openings(c, centre.id) == tuple(hours)

        whole = libraries.add_closure(c, home.id, date(2026, 12, 24), date(2026, 12, 26), reason="libur")
        libraries.add_closure(c, home.id, date(2026, 12, 1), date(2026, 12, 1), branch_id=store.id)
        assert libraries.closures(c, home.id, branch_id=centre.id) == (whole,)
        assert libraries.closures(c, home.id, since=date(2026, 12, 27)) == ()
        assert not libraries.remove_closure(c, "another", whole.id)
        assert libraries.remove_closure(c, home.id, whole.id)
        with pytest.raises(ValueError):
            libraries.add_closure(c, home.id, date(2026, 12, 2), date(2026, 12, 1))


def test_what_is_said_last_of_a_holiday_counts(db: Database) -> None:
    with db.begin() as c:
        libraries.set_holiday(c, date(2026, 12, 24), "cuti bersama", "added")
        last = libraries.set_holiday(c, date(2026, 12, 24), "kerja", "removed")
        libraries.set_holiday(c, date(2027, 1, 2), "cuti bersama", "added")
        assert libraries.holidays(c, 2026) == (last,)
        assert libraries.remove_holiday(c, last.id)
        assert len(libraries.holidays(c)) == 1
