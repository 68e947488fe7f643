"""SLiMS sends us its titles: let in by key, written down first, read like harvests, told what became of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import zstandard
from sqlalchemy import select

from harvester import retention, sources, store
from harvester.push import dialect, nodes, posts
from harvester.tables import push_post
from index import views
from index.crosswalk import read as crosswalk
from index.feed import feed
from index.packing import unpack
from index.tables import record
from tests.conftest import TestClock
from tests.web.conftest import Client, World
from tests.web.slims_sender import Sender, author, title

pytestmark = pytest.mark.slow

Visit = Callable[..., Client]


@pytest.fixture
def key(world: World) -> str:
    """The key of the node 'slims-kng'."""
    with world.parts.db.begin() as c:
        return nodes.add(
            c,
            library_id=world.library["KNG"],
            node="slims-kng",
            seal=world.parts.seal,
            at=world.parts.clock(),
        )[1]


@pytest.fixture
def slims(world: World, key: str) -> Sender:
    return Sender(world.app.test_client(), "slims-kng", key)


def titles(world: World) -> list[str]:
    with world.parts.db.read() as c:
        rows = c.execute(
            select(record.c.body).where(record.c.gone_at.is_(None)).order_by(record.c.identifier)
        )
        return [unpack(row.body).title for row in rows]


@pytest.mark.parametrize("version", [2, 3])
def test_titles_come_and_go_by_the_paths_of_both_versions(
    world: World, key: str, version: int, clock: TestClock
) -> None:
    slims = Sender(world.app.test_client(), "slims-kng", key, version)

    assert slims.upload(title(1, "Ikan"), title(2, "Burung")) == ("UPLOADED", "2 judul masuk ke Silang.")
    assert titles(world) == ["Ikan", "Burung"]
    assert slims.upload(title(2, "Burung hantu")) == ("UPLOADED", "1 judul masuk ke Silang.")
    assert titles(world) == ["Ikan", "Burung hantu"]
    assert slims.delete(2, 99) == ("DELETED", "1 judul dihapus dari Silang.")
    assert titles(world) == ["Ikan"]
    assert slims.upload(title(2, "Burung lagi"))[0] == "UPLOADED"
    assert titles(world) == ["Ikan", "Burung lagi"]


def test_everything_that_slims_says_of_a_title_is_read_and_kept_as_it_came(
    world: World, slims: Sender
) -> None:
    sent = title(
        7,
        "Laut bercerita : novel / Leila S. Chudori",
        gmd_name="Text",
        edition="Cet. 1",
        isbn_issn="978-602-424-694-5",
        publisher_name="KPG",
        publish_year="2017",
        collation="x, 379 hlm. ; 20 cm",
        call_number="899.221 CHU l",
        language_id="id",
        language_name="Indonesia",
        place_name="Jakarta",
        classification="899.221",
        notes="Kisah aktivis é",
        authors=[author("Chudori, Leila S."), author("Penyunting, Si", "2")],
        subjects=[author("Fiksi")],
    )
    slims.upload(sent)

    harvesting = world.parts.harvesting()
    with world.parts.db.read() as c:
        of = sources.by_code(c, "kng-push")
        raw = retention.raw_record(harvesting, c, of.id, "7")
    assert raw is not None
    assert json.loads(raw) == sent
    one = crosswalk("slims_ucs", raw)
    assert (one.title, one.subtitle, one.responsibility) == ("Laut bercerita", "novel", "Leila S. Chudori")
    assert ([n.text for n in one.authors], [n.text for n in one.contributors]) == (
        ["Chudori, Leila S."],
        ["Penyunting, Si"],
    )
    assert (one.values("isbn"), one.year, one.languages) == (("9786024246945",), 2017, ("ind",))
    assert (one.call_numbers, one.classes, one.subjects) == (("899.221 CHU l",), ("899.221",), ("Fiksi",))
    assert (one.summary, one.holdings) == ("Kisah aktivis é", ())


def test_a_bad_title_costs_itself_and_the_answer_names_it(world: World, slims: Sender) -> None:
    status, message = slims.upload(
        title(1, "Ikan"), title(2, " "), title(3, "Burung", authors="bukan daftar")
    )

    assert (status, message) == ("UPLOADED", "2 judul masuk ke Silang; 1 tidak terbaca: 2 (judul kosong).")
    assert titles(world) == ["Ikan", "Burung"]
    with world.parts.db.read() as c:
        (waiting,) = store.quarantined(c)
        assert (waiting.identifier, waiting.reason, waiting.position) == ("2", "no_title", "post 1, record 2")
        run = store.history(c, waiting.source_id)[0]
    assert (run.kind, run.state, run.records, run.rejected) == ("push", "complete", 2, 1)


def test_the_same_post_again_changes_nothing(world: World, slims: Sender) -> None:
    first = slims.upload(title(1), title(2))
    with world.parts.db.read() as c:
        before = views.changes(c, 0, 100)

    assert slims.upload(title(1), title(2)) == first

    with world.parts.db.read() as c:
        assert views.changes(c, 0, 100) == before
    assert slims.delete(1)[1] == "1 judul dihapus dari Silang."
    assert slims.delete(1)[1] == "0 judul dihapus dari Silang."


def test_posts_at_the_same_time_are_all_taken_in(world: World, key: str) -> None:
    def send(first: int) -> list[str]:
        sender = Sender(world.app.test_client(), "slims-kng", key)
        return [sender.upload(title(first + n))[0] for n in range(5)]

    with ThreadPoolExecutor(6) as pool:
        told = [status for found in pool.map(send, range(0, 600, 100)) for status in found]

    assert told == ["UPLOADED"] * 30
    assert len(titles(world)) == 30
    with world.parts.db.read() as c:
        (run,) = store.history(c, sources.by_code(c, "kng-push").id)
        assert nodes.listed(c)[0].waiting == 0
    assert (run.records, run.pages, run.state) == (30, 30, "complete")


def test_posts_of_one_hour_are_one_run_and_later_ones_another(
    world: World, slims: Sender, clock: TestClock
) -> None:
    slims.upload(title(1), title(2))
    clock.go(minutes=30)
    slims.upload(title(2), title(3))
    slims.delete(1)
    clock.go(hours=2)
    slims.upload(title(4))

    with world.parts.db.read() as c:
        of = sources.by_code(c, "kng-push")
        second, first = store.history(c, of.id)
    assert (first.records, first.deleted, first.pages, first.receipt["records"]) == (2, 1, 3, 2)
    assert (second.records, second.state) == (1, "complete")
    assert of.health == "ok"


@pytest.mark.parametrize(
    ("node", "password"),
    [
        ("slims-kng", "salah"),
        ("lain", None),
        ("", None),
        ("slims-kng", ""),
        ("slims-kng", "2325f677e21c1613909c953e"),
    ],
)
def test_nobody_comes_in_without_the_key_of_a_node(
    world: World, key: str, node: str, password: str | None
) -> None:
    stranger = Sender(world.app.test_client(), node, key if password is None else password)

    assert stranger.upload(title(1))[0] == "NOT_AUTHORIZED"
    assert stranger.delete(1)[0] == "NOT_AUTHORIZED"

    assert titles(world) == []
    with world.parts.db.read() as c:
        assert c.execute(select(push_post.c.id)).first() is None
        (one,) = nodes.listed(c)
    assert (one.refused_at is not None) is (node == "slims-kng")


def test_a_node_never_touches_the_titles_of_another(world: World, slims: Sender) -> None:
    with world.parts.db.begin() as c:
        other = nodes.add(
            c,
            library_id=world.library["MLT"],
            node="slims-mlt",
            seal=world.parts.seal,
            at=world.parts.clock(),
        )[1]
    slims.upload(title(1, "Ikan"))
    stranger = Sender(world.app.test_client(), "slims-mlt", other)

    assert stranger.delete(1)[1] == "0 judul dihapus dari Silang."
    stranger.upload(title(1, "Burung"))

    assert sorted(titles(world)) == ["Burung", "Ikan"]


def test_a_post_is_written_down_before_it_is_acknowledged_and_without_its_key(
    world: World, slims: Sender, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posts, "_carry_out", lambda *_: 1 / 0)
    assert slims.upload(title(1, "Ikan"), title(2)) == (
        "UPLOADED",
        "2 judul diterima Silang dan segera diolah.",
    )
    assert titles(world) == []
    with world.parts.db.read() as c:
        (row,) = c.execute(select(push_post)).all()
        (one,) = nodes.listed(c)
    body = zstandard.ZstdDecompressor().decompress(row.body)
    assert key.encode() not in body
    assert b"Ikan" in body
    assert (row.processed_at, row.attempts, one.waiting) == (None, 1, 1)
    monkeypatch.undo()

    assert slims.upload(title(1, "Ikan baru"))[0] == "UPLOADED"  # the one before is processed first

    assert titles(world) == ["Ikan baru", "Judul 2"]
    assert not posts.catch_up(world.parts.harvesting())


def test_the_worker_processes_what_was_written_down_and_lays_aside_what_never_works(
    world: World, slims: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posts, "_carry_out", lambda *_: 1 / 0)
    slims.upload(title(1))
    for _ in range(4):
        posts.catch_up(world.parts.harvesting())
    slims.upload(title(2))
    monkeypatch.undo()

    while posts.catch_up(world.parts.harvesting()):
        pass

    assert titles(world) == ["Judul 2"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", "NO_DATA"),
        (b"{", "JSON_ERROR"),
        (b"\xff\xfe", "JSON_ERROR"),
        (b"[" * 100_000, "JSON_ERROR"),
        (b"[]", "NOT_AUTHORIZED"),
        (b"null", "NOT_AUTHORIZED"),
        (b'{"node_info": [], "node_data": {}}', "NOT_AUTHORIZED"),
        (b'{"node_info": {"id": {}, "password": null}, "node_data": {"1": {}}}', "NOT_AUTHORIZED"),
        (
            b'{"node_info": {"id": "\\ud800", "password": "\\ud800"}, "node_data": {"1": {}}}',
            "NOT_AUTHORIZED",
        ),
        (
            b'{"node_info": {"id": "\\u0000", "password": "\\u0000"}, "node_data": {"1": {}}}',
            "NOT_AUTHORIZED",
        ),
        (b'{"node_info": {"id": "x"}, "node_data": {}}', "NO_DATA"),
        (b'{"node_info": {"id": "x"}, "node_data": {"operation": "drop", "biblio": "1"}}', "NO_DATA"),
        (
            b'{"node_info": {"id": "x"}, "node_data": {"operation": "delete", "biblio": "1 OR 1=1"}}',
            "NO_DATA",
        ),
        (b'{"node_info": {"id": "x"}, "node_data": {"operation": "delete"}}', "NO_DATA"),
    ],
)
def test_what_is_no_post_is_answered_by_name(world: World, key: str, body: bytes, status: str) -> None:
    sender = Sender(world.app.test_client(), "slims-kng", key)

    assert sender.raw("/ucs.php", body)[0] == status


def test_titles_in_any_shape_end_in_records_or_in_quarantine(world: World, slims: Sender) -> None:
    odd = {
        "1": None,
        "2": "teks",
        "3": [],
        "x": title(3, "Tanpa nomor", biblio_id="x"),
        "5": title(5, "Ikan"),
    }

    status, message = slims.post("/ucs.php", odd)

    assert status == "UPLOADED"
    assert message.startswith("1 judul masuk ke Silang; 4 tidak terbaca: 1 (")
    assert titles(world) == ["Ikan"]
    assert slims.post("/ucs.php", [title(6, "Dari daftar")])[0] == "UPLOADED"
    assert "Dari daftar" in titles(world)


def test_signs_that_are_none_do_no_harm(world: World, slims: Sender) -> None:
    slims.info["name"] = "Perpustakaan \x00\ud800Uji"

    assert slims.upload(title(1, "Ik\x00an \ud800"), title(2, "\ud800"))[0] == "UPLOADED"

    assert titles(world)[0].startswith("Ikan")
    with world.parts.db.read() as c:
        assert nodes.listed(c)[0].told_name == "Perpustakaan Uji"


def test_too_many_titles_too_many_bytes_and_too_many_posts_are_refused(
    world: World, slims: Sender, clock: TestClock
) -> None:
    assert slims.upload(*(title(n) for n in range(dialect.MOST + 1)))[0] == "NO_DATA"
    assert slims.raw("/ucs.php", b"[" + b" " * dialect.LARGEST) == ("HTTP_REQUEST_ERROR", "413")
    for n in range(125):
        told = slims.delete(n)
    assert told[0] == "NODE_POLL_MAX"
    clock.go(minutes=2)
    assert slims.delete(1)[0] == "DELETED"


def test_strangers_are_soon_not_listened_to(world: World, key: str, clock: TestClock) -> None:
    stranger = Sender(world.app.test_client(), "slims-kng", "salah")
    for _ in range(30):
        assert stranger.upload(title(1))[0] == "NOT_AUTHORIZED"

    assert stranger.upload(title(1)) == ("HTTP_REQUEST_ERROR", "429")

    clock.go(minutes=11)
    assert Sender(world.app.test_client(), "slims-kng", key).upload(title(1))[0] == "UPLOADED"


def test_an_admin_registers_a_slims_sees_its_key_once_and_can_shut_it_out(visit: Visit, world: World) -> None:
    ada = visit("ada")
    made = ada.send("/admin/nodes", library="KNG", node="slims-kng")
    key = re.search(r"\b[0-9a-f]{40}\b", made.text)
    assert key
    assert key[0] not in ada.page("/admin/nodes")
    assert ada.send("/admin/nodes", library="KNG", node="slims-kng").status_code == 422
    assert ada.send("/admin/nodes", library="XXX", node="a b").status_code == 422
    slims = Sender(world.app.test_client(), "slims-kng", key[0])
    assert slims.upload(title(1, "Ikan Arus"), title(2, " "))[0] == "UPLOADED"
    feed(world.parts.db, world.parts.engine)
    assert "Ikan Arus" in world.client().page("/search?q=arus")

    page = ada.page("/admin/nodes")
    assert "Perpustakaan Uji" in page
    assert "/admin/quarantine?source=kng-push" in page
    for address in (
        "/admin/sources",
        "/admin/sources/kng-push",
        "/admin/sources/kng-push/edit",
        "/admin/quarantine",
    ):
        ada.page(address)
    with world.parts.db.read() as c:
        run = store.history(c, sources.by_code(c, "kng-push").id)[0]
    ada.page(f"/admin/harvests/{run.id}")

    ada.send("/admin/nodes/kng-push", do="off")
    assert slims.upload(title(3))[0] == "NOT_AUTHORIZED"
    ada.send("/admin/nodes/kng-push", do="on")
    assert slims.upload(title(3))[0] == "UPLOADED"
    again = re.search(r"\b[0-9a-f]{40}\b", ada.send("/admin/nodes/kng-push", do="key").text)
    assert again
    assert slims.upload(title(4))[0] == "NOT_AUTHORIZED"
    assert Sender(world.app.test_client(), "slims-kng", again[0]).upload(title(4))[0] == "UPLOADED"
    assert "slims-kng" not in visit("lala").get("/admin/nodes").text
