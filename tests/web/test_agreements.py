"""Agreements over HTTP: drawn up by one head, confirmed by the other, and what becomes possible by it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from broker import tables as t
from broker.agreements import REFUSALS, WARNINGS, AgreementSettings
from broker.partnership import store
from broker.partnership.service import Partnerships
from broker.partnership.states import AGREEMENT
from broker.partnership.terms import TERMS
from broker.partnership.values import Agreement
from broker.service import Broker
from foundation import people
from tests.web import samples
from tests.web.conftest import HASHED, Client, World
from tests.web.desk_world import Forms, ask, buttons, carry, press
from web import texts
from web.agreements.words import MEND, mend


@pytest.fixture
def alone(world: World) -> World:
    """Nobody cooperates by an agreement of the network; mira heads MLT, hadi heads KNG."""
    parts = world.parts
    old = parts.broker.house
    parts.broker = Broker(
        parts.db, parts.clock, AgreementSettings(forms=""), find=old.find, outside=old.outside
    )
    with parts.db.begin() as c:
        user = people.add_user(c, parts.clock(), login="mira", name="Mira", email="mira@mlt.example")
        people.set_password_hash(c, user.id, HASHED)
        people.grant(c, user.id, "head", world.library["MLT"])
        world.user["mira"] = user.id
    return world


def drawn(world: World, client: Client, **more: Any) -> str:
    """The address of a fresh draft of MLT with KNG for loans."""
    values: dict[str, Any] = {
        "do": "go",
        "name": "Pinjam Melati dan Kenanga",
        "basis": "written",
        "party": world.library["KNG"],
        "role": "member",
        "form": ["f"],
        "valid_from": "2026-01-01",
        "valid_to": "2027-12-31",
        "notice_days": "30",
    }
    answer = client.send("/desk/MLT/agreements/new", **(values | more))
    assert answer.status_code == 302, re.sub(r"\s+", " ", answer.text)[:3000]
    assert answer.location.endswith("/terms")
    return answer.location.removesuffix("/terms")


def one(world: World, address: str) -> Agreement:
    with world.parts.db.read() as c:
        return store.get(c, address.rsplit("/", 1)[1])


def set_terms(client: Client, address: str, **terms: str) -> Any:
    """Send the form of terms as the page holds it, with some of it changed."""
    page = client.page(f"{address}/terms")
    (form,) = (each for each in Forms(page).forms if "f_renewals" in each["values"])
    selects = dict(re.findall(r'<select [^>]*name="(f_[a-z_]+)"[^>]*><option value="([^"]+)"', page))
    return client.post(f"{address}/terms", data=form["values"] | selects | terms)


def agree(world: World, address: str) -> None:
    mira, hadi = world.client("mira"), world.client("hadi")
    press(mira, address, "propose")
    press(mira, address, "confirm", signatory="Mira, Kepala Melati")
    press(hadi, address.replace("MLT", "KNG"), "confirm", signatory="Hadi, Kepala Kenanga", letter="7/KNG")


@pytest.mark.slow
def test_agreement_drawn_by_one_head_and_confirmed_by_the_other_opens_loans(alone: World) -> None:
    cluster = batik(alone)
    rani, mira, hadi = alone.client("rani"), alone.client("mira"), alone.client("hadi")
    before = rani.page(f"/record/{cluster}")
    assert "Belum ada perjanjian silang layan" in before
    assert f"/my/request?cluster={cluster}" not in before
    address = drawn(alone, mira)
    answer = set_terms(mira, address, f_loan_days="21")
    assert answer.status_code == 302, answer.text[:2000]
    assert one(alone, address).newest.forms["f"].terms["loan_days"] == 21
    assert buttons(mira.page(address)) == {"propose", "withdraw"}
    press(mira, address, "propose")
    theirs = address.replace("MLT", "KNG")
    assert "menunggu persetujuan perpustakaan ini" in hadi.page("/desk/KNG/agreements")
    press(mira, address, "confirm", signatory="Mira")
    assert one(alone, address).state == "proposed"
    assert "confirm" not in buttons(mira.page(address))
    assert "Belum ada perjanjian silang layan" in rani.page(f"/record/{cluster}")
    assert press(hadi, theirs, "confirm").status_code == 422  # a written one needs a name below it
    press(hadi, theirs, "confirm", signatory="Hadi", letter="7/KNG")
    assert one(alone, address).state == "valid"
    after = rani.page(f"/record/{cluster}")
    assert "Belum ada perjanjian silang layan" not in after
    assert f"/my/request?cluster={cluster}" in after
    assert "21 hari" in after
    answer = alone.client().get("/api/v1/decide?form=f&from=MLT&to=KNG&action=loan").get_json()
    assert (answer["allowed"], answer["due_days"], answer["fee_idr"]) == (True, 21, 0)
    assert answer["agreement"] == one(alone, address).code
    assert answer["terms"] == {}
    late = mira.get("/api/v1/decide?from=MLT&to=KNG&on=2028-01-01").get_json()
    assert [each["code"] for each in late["reasons"]] == ["expired"]
    assert late["reasons"][0]["mend_id"]
    assert mira.get("/api/v1/decide?from=MLT&to=KNG").get_json()["terms"]["loan_days"] == 21


def batik(world: World) -> str:
    samples.take(world, "KNG", batik=samples.BATIK)
    return samples.cluster(world, "KNG", "batik")


def test_agreement_pages_give_librarians_no_buttons_and_others_nothing(alone: World) -> None:
    address = drawn(alone, alone.client("mira"))
    lala = alone.client("lala")
    page = lala.page(address)
    assert buttons(page) == set()
    assert "Perjanjian diatur oleh kepala" in page
    assert lala.send(address, action="propose", version="1").status_code == 404
    assert lala.get(f"{address}/terms").status_code == 404
    assert lala.get("/desk/MLT/agreements/new").status_code == 404
    assert one(alone, address).state == "draft"
    alone.client("hadi").page("/desk/KNG/agreements/PK-2026-9999", 404)
    alone.client("ada").page(f"/admin/agreements/{address.rsplit('/', 1)[1]}")


def test_agreement_that_changed_meanwhile_is_not_overwritten(alone: World) -> None:
    mira = alone.client("mira")
    address = drawn(alone, mira)
    version = one(alone, address).version
    assert set_terms(mira, address, f_loan_days="10").status_code == 302
    assert set_terms(mira, address, f_loan_days="9", version=str(version)).status_code == 409
    assert mira.send(address, action="propose", version=str(version)).status_code == 409
    assert one(alone, address).newest.forms["f"].terms["loan_days"] == 10


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "Beri nama"),
        ({"form": []}, "Pilih paling sedikit satu bentuk"),
        ({"party": ""}, "Perlu paling sedikit dua pihak"),
        ({"valid_to": "2025-01-01"}, "mendahului hari pertama"),
        ({"basis": "oral"}, "Kapan kesepakatan itu diucapkan?"),
        ({"notice_days": "x"}, "bilangan dari 0 sampai 730"),
    ],
)
def test_agreement_form_says_what_is_wrong_and_keeps_what_was_typed(
    alone: World, wrong: dict[str, Any], says: str
) -> None:
    values: dict[str, Any] = {
        "name": "Nama yang diketik",
        "basis": "written",
        "party": alone.library["KNG"],
        "role": "member",
        "form": ["f"],
        "notice_days": "30",
        "valid_from": "2026-01-01",
        "part_object": "Buku dan salinan",
    }
    answer = alone.client("mira").send("/desk/MLT/agreements/new", **(values | wrong))
    assert answer.status_code == 422
    assert says in answer.text
    assert "Buku dan salinan" in answer.text


def test_agreement_terms_out_of_bounds_are_told_at_their_field(alone: World) -> None:
    mira = alone.client("mira")
    address = drawn(alone, mira)
    answer = set_terms(mira, address, f_loan_days="4000", f_renewals="dua")
    assert answer.status_code == 422
    assert 'href="#f_loan_days"' in answer.text
    assert 'href="#f_renewals"' in answer.text
    assert 'value="4000"' in answer.text
    assert one(alone, address).newest.forms["f"].terms["loan_days"] == 14


def test_agreement_takes_fees_exclusions_and_one_direction(alone: World) -> None:
    mira = alone.client("mira")
    address = drawn(alone, mira)
    told = {"f_fee_rupiah": "5.000", "f_ex_value": "Langka", "f_giver": alone.library["KNG"]}
    assert set_terms(mira, address, **told).status_code == 302
    terms = one(alone, address).newest.forms["f"]
    assert [fee.minor for fee in terms.fees] == [500_000]
    assert [each.value for each in terms.exclusions] == ["Langka"]
    assert terms.givers == (alone.library["KNG"],)
    agree(alone, address)
    get = alone.client().get
    assert get("/api/v1/decide?from=MLT&to=KNG").get_json()["fee_idr"] == 5000
    assert [r["code"] for r in get("/api/v1/decide?from=KNG&to=MLT").get_json()["reasons"]] == [
        "wrong_direction"
    ]
    page = mira.page("/desk/MLT/partners/KNG")
    assert "5.000" in page
    assert "Perjanjian hanya berlaku ke arah lain" in page


@pytest.mark.slow
def test_agreement_revised_counts_when_both_confirmed(alone: World) -> None:
    mira, hadi = alone.client("mira"), alone.client("hadi")
    address = drawn(alone, mira)
    agree(alone, address)
    answer = set_terms(
        mira, address, f_loan_days="7", effective_on="2026-11-24", until="2027-12-31", note="Lebih pendek"
    )
    assert answer.status_code == 302, answer.text[:2000]
    due = lambda: alone.client().get("/api/v1/decide?from=MLT&to=KNG").get_json()["due_days"]  # noqa: E731 - twice here
    assert due() == 14
    press(mira, address, "confirm")
    press(hadi, address.replace("MLT", "KNG"), "confirm")
    assert due() == 7
    assert "Revisi 2" in mira.page(address)


def text_of(pdf: bytes) -> tuple[str, int]:
    read = pypdfium2.PdfDocument(pdf)
    pages = [page.get_textpage().get_text_range() for page in read]
    return re.sub(r"\s+", " ", " ".join(pages)), len(pages)


def test_agreement_paper_holds_eight_parts_terms_and_places_to_sign(alone: World) -> None:
    mira = alone.client("mira")
    address = drawn(alone, mira, legal_basis="UU 43/2007 Pasal 42", other="Komunitas Literasi")
    set_terms(mira, address, f_loan_days="21", f_fee_rupiah="5000")
    answer = mira.get(f"{address}.pdf")
    assert answer.mimetype == "application/pdf"
    text, _ = text_of(answer.data)
    articles = [text.index(f"Pasal {n}. ") for n in range(1, 9)]
    assert all(a < b for a, b in pairwise(articles))
    for word in (
        one(alone, address).code,
        "UU 43/2007",
        "Perpustakaan Universitas Melati",
        "Perpustakaan Kota Kenanga",
        "Komunitas Literasi",
        "Masa pinjam (hari): 21",
        "Rp 5.000",
        "31 Desember 2027",
        "musyawarah",
    ):
        assert word in text.replace("\u00a0", " "), word
    signing = text[articles[7] :]
    assert signing.count("Tanggal: ………") == 3
    assert mira.get(f"{address}/note.pdf").status_code == 404


def test_agreement_oral_has_a_note_of_one_page_and_waits_for_every_party(alone: World) -> None:
    mira = alone.client("mira")
    told = {
        "basis": "oral",
        "spoken_on": "2026-11-20",
        "channel": "telephone",
        "summary": "Saling pinjam buku. " * 70,
    }
    address = drawn(alone, mira, **told)
    press(mira, address, "propose")
    press(mira, address, "confirm")
    assert one(alone, address).state == "proposed"
    assert [r["code"] for r in mira.get("/api/v1/decide?from=MLT&to=KNG").get_json()["reasons"]] == [
        "no_agreement"
    ]
    text, pages = text_of(mira.get(f"{address}/note.pdf").data)
    assert pages == 1
    for word in (
        "CATATAN KESEPAKATAN LISAN",
        "Telepon",
        "20 November 2026",
        "Saling pinjam buku",
        "belum mengonfirmasi",
    ):
        assert word in text
    assert "Lisan" in mira.page(address)
    press(alone.client("hadi"), address.replace("MLT", "KNG"), "confirm")
    assert one(alone, address).state == "valid"


@pytest.mark.slow
def test_agreement_near_its_end_is_announced_thirty_days_before(alone: World) -> None:
    mira = alone.client("mira")
    address = drawn(alone, mira, valid_to="2026-12-20")
    agree(alone, address)
    assert "berakhir dalam 26 hari" in mira.page(address)
    assert "berakhir dalam 26 hari" in mira.page("/desk/MLT/agreements")
    press(mira, address, "renew", valid_to="2027-12-20")
    assert "berakhir dalam" not in mira.page(address)
    alone.parts.clock.go(days=400)  # type: ignore[attr-defined]  # the clock of tests
    Partnerships(alone.parts.broker.house).keep_time()
    assert one(alone, address).state == "ended"


@pytest.mark.slow
def test_agreement_matrix_shows_letters_and_a_cell_its_terms(alone: World) -> None:
    address = drawn(alone, alone.client("mira"), form=["f", "h"])
    agree(alone, address)
    lala = alone.client("lala")
    page = lala.page("/agreements?from=MLT&to=KNG")
    assert '<i class="coop-f">f</i>' in page
    assert '<i class="coop-h">h</i>' in page
    assert '<i class="coop-a">' not in page
    assert "s.d. 31 Desember 2027" in page
    assert "Masa pinjam (hari)" in page
    assert "MLT meminta" not in page
    assert alone.client("rani").get("/agreements").status_code == 403


def test_agreement_partners_are_public_without_terms(alone: World) -> None:
    guest = alone.client()
    assert "Belum ada kerja sama" in guest.page("/partners")
    address = drawn(alone, alone.client("mira"))
    agree(alone, address)
    page = guest.page("/partners")
    assert "Perpustakaan Kota Kenanga" in page
    assert "Pinjam antar perpustakaan" in page
    for secret in ("Masa pinjam", "Rp", "2027", one(alone, address).code):
        assert secret not in page


#: Changes that make decide refuse a loan of MLT from KNG, each by its reason.
REFUSING: dict[str, Callable[[Agreement], Agreement]] = {
    "expired": lambda one: _dated(one, valid_to=date(2026, 11, 1)),
    "not_yet_valid": lambda one: _dated(one, valid_from=date(2027, 1, 1)),
    "library_suspended": lambda one: replace(one, state="suspended"),
    "form_not_included": lambda one: replace(one, revisions=(replace(one.newest, forms={}),)),
    "no_agreement": lambda one: replace(one, state="proposed"),
}


def _dated(one: Agreement, **days: date) -> Agreement:
    return replace(one, revisions=(replace(one.newest, **days),))


@pytest.mark.slow
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.sampled_from([None, *REFUSING]), min_size=1, max_size=3))
def test_agreement_no_post_succeeds_when_decide_refuses(alone: World, changes: list[str | None]) -> None:
    """Whatever becomes of the agreement: a request reaches the other library exactly when decide allows it."""
    parts = alone.parts
    if "drawn" not in parts.cache:
        address = drawn(alone, alone.client("mira"))
        agree(alone, address)
        parts.cache["drawn"] = (batik(alone), one(alone, address), alone.client("lala"))
    cluster, whole, lala = parts.cache["drawn"]
    for change in changes:
        with parts.db.begin() as c:
            now = store.get(c, whole.id)
            changed = replace(REFUSING[change](whole) if change else whole, version=now.version)
            store.save(c, now, changed, parts.clock())
        said = lala.get("/api/v1/decide?from=MLT&to=KNG").get_json()
        assert said["allowed"] == (change is None), change
        before = _asked(alone)
        asked = ask(alone, lala, cluster)
        answer = press(lala, asked, "place")
        carry(alone)
        assert (_asked(alone) > before) == said["allowed"], (change, said, answer.status_code)
        _forget(alone)


def _asked(world: World) -> int:
    """How many requests have ever reached KNG."""
    with world.parts.db.read() as c:
        query = (
            select(func.count()).select_from(t.attempt).where(t.attempt.c.library_id == world.library["KNG"])
        )
        return int(c.execute(query.where(t.attempt.c.asked_at.is_not(None))).scalar_one())


def _forget(world: World) -> None:
    """Close what was asked for, so that it is no duplicate the next time."""
    with world.parts.db.begin() as c:
        c.execute(update(t.request).values(state="cancelled", closed_at=world.parts.clock()))
        c.execute(update(t.attempt).values(supply="unfilled", active=False))


def test_agreement_reference_names_every_term_state_and_reason() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "agreements.md").read_text(encoding="utf-8")
    names = (
        {name for table in TERMS.values() for name in table} | set(AGREEMENT.states) | {*REFUSALS, *WARNINGS}
    )
    assert sorted(one for one in names if f"`{one}`" not in page) == []


def test_agreement_reasons_all_say_what_to_do() -> None:
    for language in texts.LANGUAGES:
        assert all(mend(code, language) and texts.say(f"refusal.{code}", language) for code in REFUSALS)
        assert all(texts.say(f"coop.warning.{code}", language) for code in WARNINGS)
    assert set(MEND) == set(REFUSALS)
    assert "perjanjian itu" in mend("form_not_included", "id")
    assert "membuat perjanjian" in mend("form_not_included", "id", own=False)
