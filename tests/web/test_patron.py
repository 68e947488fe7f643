"""A reader asks, follows, calls off; and is told first what stands on the own shelves."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from broker.views import Actor
from foundation import people
from index.record import Availability
from tests.web import samples
from tests.web.conftest import Client, World

pytestmark = pytest.mark.slow

FORM = {"service_type": "loan", "edition_choice": "this", "purpose": "research", "note": "", "need_by": ""}


@pytest.fixture
def batik(world: World) -> str:
    """A title that MLT has on loan and KNG on its shelf."""
    samples.store_all(world)
    return samples.cluster(world, "KNG", "batik")


def ask(world: World, client: Client, cluster: str, **more: object) -> str:
    """Ask for a title; the id of the request."""
    form = {**FORM, "cluster": cluster, "home": "MLT", "pickup": world.branch["MLT"], **more}
    answer = client.send("/my/request", **form)
    assert answer.status_code == 302, answer.text
    found = re.fullmatch(r"/my/requests#r-(.+)", answer.headers["Location"])
    assert found
    return found[1]


def test_the_record_shows_every_copy_and_the_best_way(world: World, batik: str) -> None:
    page = world.client("rani").page(f"/record/{batik}")
    own, lent = page.index("Perpustakaan Anda</th>"), page.index("Bisa dipinjam lewat silang layan</th>")
    assert own < page.index("Lantai 2") < lent < page.index("Lantai 3")
    assert "Pinjam dari Perpustakaan Kota Kenanga" in page
    assert f"/my/request?cluster={batik}&amp;home=MLT" in page
    assert "Sedang dipinjam orang lain." in page
    assert "978-623-99999-0-2" in page
    assert "kembali 3 Desember 2026" in page


def test_the_own_shelf_comes_before_any_loan(world: World, batik: str) -> None:
    page = world.client("kuni").page(f"/record/{batik}")
    assert page.index("Ambil di rak perpustakaan Anda") < page.index("Perpustakaan yang memiliki")
    assert "746.662 TIR b" in page


def test_a_guest_is_told_to_sign_in_and_comes_back(world: World, batik: str) -> None:
    page = world.client().page(f"/record/{batik}")
    assert f'href="/sign-in?next=/record/{batik}"' in page
    assert "Minta pinjam" not in page


def test_a_librarian_asks_at_the_desk(world: World, batik: str) -> None:
    page = world.client("lala").page(f"/record/{batik}")
    assert "/desk/MLT/new?cluster=" in page
    assert "/my/request?" not in page


def test_a_merged_record_redirects_and_a_gone_one_says_what_it_was(world: World, batik: str) -> None:
    from index import store

    client = world.client()
    with world.parts.db.begin() as c:
        for code in ("MLT", "KNG"):
            store.withdraw(c, samples.origin(world, code), ["batik"], world.parts.clock())
    page = client.page(f"/record/{batik}", 410)
    assert "Batik Pesisir" in page
    assert client.get(f"/api/v1/records/{batik}").get_json()["code"] == "gone"
    client.page("/record/nothing", 404)
    assert client.get("/api/v1/records/nothing").status_code == 404


def test_old_addresses_of_merged_records_go_on(world: World, batik: str) -> None:
    from index.tables import cluster_alias

    with world.parts.db.begin() as c:
        c.execute(cluster_alias.insert().values(old_id="old", new_id=batik, at=world.parts.clock()))
    client = world.client()
    for path in ("/record/", "/api/v1/records/"):
        answer = client.get(f"{path}old")
        assert answer.status_code == 301
        assert answer.headers["Location"] == f"{path}{batik}"


def test_the_api_gives_a_record_with_its_holdings(world: World, batik: str) -> None:
    answer = world.client().get(f"/api/v1/records/{batik}").get_json()
    assert answer["title"] == "Batik Pesisir: Warna, Laut, dan Niaga"
    assert {one["library"] for one in answer["holdings"]} == {"MLT", "KNG"}
    assert answer["record"]["authors"][0]["text"] == "Tirtaningrum, Laras"
    assert len(answer["descriptions"]) == 2


def test_a_hostile_record_is_shown_as_text(world: World) -> None:
    samples.store_all(world)
    evil = samples.cluster(world, "KNG", "evil")
    for login in ("", "rani", "kuni"):
        page = world.client(login).page(f"/record/{evil}")
        assert "<script>window" not in page
        assert "<img" not in page
        assert "<svg onload" not in page
        assert "javascript:" not in page
        assert "{{ 7*7 }}" in page


def test_a_request_is_sent_and_can_be_followed(world: World, batik: str) -> None:
    client = world.client("rani")
    assert "Ambil di" in client.page(f"/my/request?cluster={batik}&home=MLT")
    made = ask(world, client, batik, note="Untuk bab dua", need_by="2026-12-20")
    page = client.page("/my/requests")
    assert "Permintaan terkirim" in page
    assert "Perpustakaan Universitas Melati sedang memeriksa permintaan Anda" in page
    assert f'id="r-{made}"' in page
    assert "Permintaan diterima" in page
    alone = client.page(f"/my/requests/{made}")
    assert alone.count("<h1") == 1
    actor = Actor(
        user_id=world.user["rani"],
        role="patron",
        library_id=world.library["MLT"],
        patron_id=world.patron["rani"],
    )
    view = world.parts.broker.request(actor, made)
    assert view.state == "review"
    assert view.cluster_id == batik
    assert view.citation["title"] == "Batik Pesisir: Warna, Laut, dan Niaga"
    assert view.purpose == "research"
    assert view.note == "Untuk bab dua"
    assert str(view.need_by) == "2026-12-20"


def test_what_stands_on_the_own_shelf_is_said_before_and_asked_about(world: World, batik: str) -> None:
    client = world.client("kuni")
    page = client.page(f"/my/request?cluster={batik}&home=KNG")
    assert "Judul ini ada di perpustakaan Anda sendiri" in page
    assert "746.662 TIR b" in page
    form = {**FORM, "cluster": batik, "home": "KNG", "pickup": world.branch["KNG"], "note": "tetap ada"}
    refused = client.send("/my/request", **form)
    assert refused.status_code == 409
    assert "tetap ada" in refused.text
    no_reason = client.send("/my/request", **form, shelf_choice="others")
    assert no_reason.status_code == 422
    assert 'href="#override_reason"' in no_reason.text
    sent = client.send("/my/request", **form, shelf_choice="others", override_reason="Eksemplar kita rusak")
    assert sent.status_code == 302


def test_the_own_copy_can_be_fetched_instead(world: World, batik: str) -> None:
    client = world.client("kuni")
    form = {**FORM, "cluster": batik, "home": "KNG", "pickup": world.branch["KNG"], "shelf_choice": "fetch"}
    assert client.send("/my/request", **form).status_code == 302
    assert "mengambilkannya dari rak sendiri" in client.page("/my/requests")


def test_mistakes_keep_what_was_typed_and_come_first(world: World, batik: str) -> None:
    client = world.client("rani")
    answer = client.send(
        "/my/request",
        **{
            **FORM,
            "cluster": batik,
            "home": "MLT",
            "pickup": world.branch["KNG"],
            "need_by": "2026-11-24",
            "note": "<b>catatan</b>",
        },
    )
    assert answer.status_code == 422
    page = answer.text
    assert "<title>Kesalahan: " in page
    assert "Pilih tanggal mulai 25 November 2026" in page
    assert 'href="#pickup"' in page  # a branch of another library is none of theirs
    assert 'value="2026-11-24"' in page
    assert "&lt;b&gt;catatan&lt;/b&gt;" in page
    assert page.index('role="alert"') < page.index('name="pickup"')


def test_the_same_title_twice_wants_a_second_thought(world: World, batik: str) -> None:
    client = world.client("rani")
    first = ask(world, client, batik)
    page = client.page(f"/my/request?cluster={batik}&home=MLT")
    assert f"/my/requests/{first}" in page
    form = {**FORM, "cluster": batik, "home": "MLT", "pickup": world.branch["MLT"]}
    assert client.send("/my/request", **form).status_code == 409
    assert client.send("/my/request", **form, again="yes").status_code == 302


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"state": "pending"}, "belum mengonfirmasi"),
        ({"blocked": True, "block_reason": "Denda"}, "diblokir"),
    ],
)
def test_who_may_not_ask_is_told_why(world: World, batik: str, change: dict[str, object], said: str) -> None:
    with world.parts.db.begin() as c:
        card = people.get_patron(c, world.patron["rani"])
        people.change_patron(c, card.id, card.version, **change)
    client = world.client("rani")
    page = client.page(f"/my/request?cluster={batik}&home=MLT")
    assert said in page
    assert 'aria-disabled="true"' in page
    form = {**FORM, "cluster": batik, "home": "MLT", "pickup": world.branch["MLT"]}
    answer = client.send("/my/request", **form)
    assert answer.status_code == 409
    assert said in answer.text


def test_a_blank_form_asks_for_what_nobody_here_has(world: World) -> None:
    client = world.client("rani")
    assert 'value="Silsilah Perahu"' in client.page("/my/request/blank?title=Silsilah+Perahu")
    form = {**FORM, "kind": "book", "home": "MLT", "pickup": world.branch["MLT"]}
    empty = client.send("/my/request/blank", **form, title="", year="19", author="Segara")
    assert empty.status_code == 422
    assert 'href="#title"' in empty.text
    assert 'href="#year"' in empty.text
    assert 'value="Segara"' in empty.text
    assert (
        client.send("/my/request/blank", **form, title="Silsilah Perahu", author="Segara").status_code == 302
    )
    page = client.page("/my/requests")
    assert "Silsilah Perahu" in page
    assert "Segara" in page


def test_an_article_is_asked_for_as_a_copy(world: World) -> None:
    client = world.client("rani")
    assert "Judul jurnal atau buku" in client.page("/my/request/blank?kind=article")
    answer = client.send(
        "/my/request/blank",
        **{**FORM, "kind": "article", "home": "MLT", "pickup": world.branch["MLT"]},
        article_title="Nila dari Pekarangan",
        title="Jurnal Wastra Nusantara",
        volume="10",
        issue="2",
        pages="12-31",
    )
    assert answer.status_code == 302
    page = client.page("/my/requests")
    assert "Nila dari Pekarangan" in page
    assert "dalam Jurnal Wastra Nusantara" in page


def test_a_request_can_be_called_off_after_a_question(world: World, batik: str) -> None:
    client = world.client("rani")
    made = ask(world, client, batik)
    page = client.page(f"/my/requests/{made}/cancel")
    assert "Batalkan permintaan ini?" in page
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    stale = client.send(f"/my/requests/{made}/cancel", version=99)
    assert stale.headers["Location"] == f"/my/requests/{made}"
    assert client.send(f"/my/requests/{made}/cancel", version=version[1]).status_code == 302
    assert "Permintaan ini dibatalkan" in client.page("/my/requests?view=done")
    assert "dibatalkan" not in client.page("/my/requests")


def test_other_readers_requests_do_not_exist(world: World, batik: str) -> None:
    made = ask(world, world.client("rani"), batik)
    stranger = world.client("kuni")
    stranger.page(f"/my/requests/{made}", 404)
    stranger.page(f"/my/requests/{made}/cancel", 404)
    assert stranger.send(f"/my/requests/{made}/cancel", version=1).status_code == 404
    assert made not in stranger.page("/my/requests")


def test_a_reader_of_two_libraries_chooses_as_whom(world: World, batik: str) -> None:
    with world.parts.db.begin() as c:
        who = people.Person(name="Rani Canari")
        at = world.parts.clock()
        people.add_patron(c, at, world.library["KNG"], who, number="KNG-9", user_id=world.user["rani"])
        people.grant(c, world.user["rani"], "patron", world.library["KNG"])
    client = world.client("rani")
    assert "Untuk anggota Perpustakaan Universitas Melati" in client.page(f"/record/{batik}")
    page = client.page(f"/record/{batik}?home=KNG")
    assert "Untuk anggota Perpustakaan Kota Kenanga" in page


def test_copies_that_are_not_lent_are_not_offered(world: World) -> None:
    kept = replace(
        samples.THESIS.holdings[0], availability=Availability.ON_SITE, lendable=False, call_number="R 1"
    )
    samples.take(
        world, "KNG", rujukan=replace(samples.THESIS, title="Kamus Wastra", links=(), holdings=(kept,))
    )
    page = world.client("rani").page(f"/record/{samples.cluster(world, 'KNG', 'rujukan')}")
    assert "Koleksi ini tidak dipinjamkan" in page
    assert "Minta pinjam" not in page
