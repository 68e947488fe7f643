"""Librarians decide what is one title: pairs that may be the same, why records stand together, joining and splitting."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from foundation.tables import event
from index import cluster as rules
from index.tables import cluster_decision, record
from tests.index.arrivals import Source, arrived, book, take
from tests.web.conftest import Client, World
from tests.web.desk_world import Forms
from web import texts

#: The same in title, author and year, but nothing says that it is one edition.
THIN = replace(book("Untuk yang sakit"), publisher="", place="", extent="")
WHOLE = book("Perahu di hulu sungai")
FILE = replace(WHOLE, online=True)


@pytest.fixture
def shelves(world: World) -> World:
    """MLT and KNG hold one book, a pair that may be the same, and one of them a file of the book."""
    now = world.parts.clock()
    with world.parts.db.begin() as c:
        for code, records in {
            "MLT": [("m1", WHOLE), ("m2", THIN)],
            "KNG": [("k1", WHOLE), ("k2", THIN), ("k3", FILE)],
        }.items():
            take(c, Source(id=f"source-{code}", library_id=world.library[code]), now, records)
    return world


def _send(client: Client, page: str, **fields: str) -> TestResponse:
    """Post what a form of the page would send."""
    token = Forms(client.page(page)).forms[-1]["values"]["csrf_token"]
    return client.post(page.partition("?")[0], data={**fields, "csrf_token": token})


def _titles(world: World) -> Mapping[str, str]:
    with world.parts.db.read() as c:
        rows = c.execute(select(record.c.identifier, record.c.cluster_id))
        return {row.identifier: row.cluster_id for row in rows}


def _ids(world: World) -> Mapping[str, int]:
    with world.parts.db.read() as c:
        return {row.identifier: row.id for row in c.execute(select(record.c.identifier, record.c.id))}


def _harvest_again(world: World) -> None:
    now = world.parts.clock()
    from index import store

    with world.parts.db.begin() as c:
        for code, records in {
            "MLT": [("m1", WHOLE), ("m2", THIN)],
            "KNG": [("k1", WHOLE), ("k2", THIN)],
        }.items():
            source = Source(id=f"source-{code}", library_id=world.library[code])
            store.withdraw(c, source, [name for name, _ in records], now)
            store.take(c, source, [arrived(name, said) for name, said in records], now)


def test_a_pair_that_may_be_the_same_waits_with_what_speaks_for_it(
    shelves: World, visit: Callable[..., Client]
) -> None:
    page = visit("lala", language="en").page("/desk/MLT/same")

    assert page.count("Untuk yang sakit") >= 2
    assert "Author" in page
    assert "+1.5" in page
    assert "Perahu di hulu sungai" not in page  # surely the same already


def test_same_joins_holds_after_a_new_harvest_and_can_be_taken_back(
    shelves: World, visit: Callable[..., Client]
) -> None:
    ids = _ids(shelves)
    pair = {"a": str(ids["m2"]), "b": str(ids["k2"])}
    lala = visit("lala", language="en")
    _send(lala, "/desk/MLT/same", **pair, verdict="same")

    assert _titles(shelves)["m2"] == _titles(shelves)["k2"]
    assert "No pair is waiting" in lala.page("/desk/MLT/same")
    _harvest_again(shelves)
    assert _titles(shelves)["m2"] == _titles(shelves)["k2"]
    assert "Joined to" in lala.page(f"/desk/MLT/titles/{_titles(shelves)['m2']}")

    assert "Take back" in lala.page("/desk/MLT/same?view=decided")
    _send(lala, "/desk/MLT/same?view=decided", **pair, verdict="", view="decided")
    assert _titles(shelves)["m2"] != _titles(shelves)["k2"]
    with shelves.parts.db.read() as c:
        assert c.execute(select(cluster_decision.c.id)).first() is None
        told = c.execute(select(event.c.action).where(event.c.object_type == "record")).scalars().all()
    assert told == ["same", "taken_back"]


def test_not_the_same_leaves_the_queue(shelves: World, visit: Callable[..., Client]) -> None:
    ids = _ids(shelves)
    lala = visit("lala", language="en")
    _send(lala, "/desk/MLT/same", a=str(ids["k2"]), b=str(ids["m2"]), verdict="not_same")

    assert "No pair is waiting" in lala.page("/desk/MLT/same")
    assert _titles(shelves)["m2"] != _titles(shelves)["k2"]


def test_g4_a_split_by_a_librarian_survives_a_new_harvest(
    shelves: World, visit: Callable[..., Client]
) -> None:
    title = _titles(shelves)["m1"]
    assert title == _titles(shelves)["k1"]
    lala = visit("lala", language="en")
    page = lala.page(f"/desk/MLT/titles/{title}")
    assert "Fits" in page
    assert "Take out of this title" in page

    _send(lala, f"/desk/MLT/titles/{title}", action="split", record=str(_ids(shelves)["k1"]))
    assert _titles(shelves)["m1"] != _titles(shelves)["k1"]
    _harvest_again(shelves)
    assert _titles(shelves)["m1"] != _titles(shelves)["k1"]


def test_people_may_join_what_the_rules_forbid_and_the_page_says_so(
    shelves: World, visit: Callable[..., Client]
) -> None:
    titles = _titles(shelves)
    assert titles["k3"] != titles["k1"]
    kiki = visit("kiki", language="en")
    answer = _send(
        kiki,
        f"/desk/KNG/titles/{titles['k1']}",
        action="join",
        other=f"https://silang.example/record/{titles['k3']}",
    )
    assert answer.status_code == 302
    together = _titles(shelves)
    assert together["k3"] == together["k1"] == together["m1"]
    page = kiki.page(f"/desk/KNG/titles/{together['k1']}")
    assert "Different kinds" in page


def test_a_wrong_address_changes_nothing(shelves: World, visit: Callable[..., Client]) -> None:
    before = _titles(shelves)
    kiki = visit("kiki", language="en")
    _send(kiki, f"/desk/KNG/titles/{before['k1']}", action="join", other="https://x.example/record/none")
    _send(kiki, f"/desk/KNG/titles/{before['k1']}", action="join", other=before["k1"])
    _send(kiki, f"/desk/KNG/titles/{before['k1']}", action="split", record="999999")

    assert _titles(shelves) == before


def test_only_titles_and_pairs_with_a_part_of_ours_are_decided_here(
    shelves: World, visit: Callable[..., Client]
) -> None:
    ids, titles = _ids(shelves), _titles(shelves)
    lala = visit("lala")
    lala.page(f"/desk/MLT/titles/{titles['k3']}", 404)
    theirs = {"a": str(ids["k2"]), "b": str(ids["k3"]), "verdict": "same"}
    assert _send(lala, "/desk/MLT/same", **theirs).status_code == 404
    assert _send(lala, "/desk/MLT/same", **(theirs | {"a": "x"})).status_code == 400
    assert visit("rani").get("/desk/MLT/same").status_code in (403, 404)
    assert _titles(shelves) == titles


def test_the_record_page_leads_staff_of_its_holders_to_the_reasons(
    shelves: World, visit: Callable[..., Client]
) -> None:
    title = _titles(shelves)["m1"]
    assert f"/desk/MLT/titles/{title}" in visit("lala").page(f"/record/{title}")
    assert "/desk/" not in visit("").page(f"/record/{title}")


def test_every_reason_of_the_rules_has_words() -> None:
    tree = ast.parse(Path(rules.__file__).read_text(encoding="utf-8"))
    vetoes, reasons = set(), set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        given = node.args[0] if node.args else None
        if node.func.id == "_veto" and isinstance(given, ast.Constant):
            vetoes.add(given.value)
        if node.func.id == "add" and isinstance(given, ast.Tuple) and isinstance(given.elts[0], ast.Constant):
            reasons.add(given.elts[0].value)
    assert len(vetoes) > 10
    assert len(reasons) > 15
    assert [v for v in vetoes if not texts.has(f"same.veto.{v}")] == []
    assert [r for r in reasons if not texts.has(f"same.reason.{r}")] == []
