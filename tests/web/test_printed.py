"""The printed union catalogue, read back out of its PDF; asked for on its page, made by the worker, fetched again."""

from __future__ import annotations

import io
import json
import re
import resource
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from index.record import Name
from tests.web import samples
from tests.web.conftest import World
from tests.web.oai_world import both, take, title, withdraw
from tests.web.test_cli import silang
from web.jobs import work_on_one
from web.printed import work
from web.printed.book import Wish, write
from web.printed.sheet import BOTTOM, broken, writable

pytestmark = pytest.mark.slow


def printed(world: World, **wish: str) -> list[str]:
    """The text of each page."""
    out = io.BytesIO()
    wanted = Wish(**{"title": "Katalog induk", **wish})
    write(world.parts.db, wanted, out, now=world.parts.clock(), report=lambda done, total: None)
    return read(out.getvalue())


def read(data: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    try:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in document]
    finally:
        document.close()


def page_of(pages: list[str], text: str, start: int = 2) -> int:
    """The number of the page that holds a text, looked for behind the contents."""
    return next(number for number, page in enumerate(pages, 1) if number > start and text in page)


@pytest.fixture
def filled(world: World) -> World:
    agama = replace(title(1, dewey="297.3", copies=2), authors=(Name(text="Zain, Ahmad"),))
    sastra = replace(title(2, dewey="813"), authors=(Name(text="Amir, Siti"),))
    take(world, "MLT", agama=agama, sastra=sastra, b=both(1))
    take(world, "KNG", b=both(1), tanpa=title(3))
    return world


def test_titles_stand_by_class_with_their_places(filled: World) -> None:
    pages = printed(filled)
    whole = " ".join(pages)
    assert "Keadaan 24 November 2026" in pages[0]
    assert "4 judul" in pages[0]
    for heading in ("200 Agama", "800 Sastra", "Tanpa nomor kelas"):
        assert heading in pages[1]
    assert page_of(pages, "200 Agama") < page_of(pages, "800 Sastra") < page_of(pages, "Tanpa nomor kelas")
    assert "1. Zain, Ahmad" in pages[page_of(pages, "200 Agama") - 1]
    assert "297.3 MLT (297.3 1, 2 eks.)" in whole
    assert "2. Amir, Siti" in whole
    assert re.search(r"KNG \(N 90001\); MLT \(N 90001\)", whole)


def test_the_contents_name_the_pages_on_which_parts_begin(filled: World) -> None:
    pages = printed(filled)
    found = re.findall(r"([A-Z0-9][^\d]+|[2-8]00 [A-Z]\w+) (\d+) ", pages[1])
    assert len(found) >= 6
    for heading in ("200 Agama", "800 Sastra", "Indeks pengarang", "Indeks judul", "Daftar lokasi"):
        (number,) = re.findall(rf"{heading} (\d+)", pages[1])
        assert heading in pages[int(number) - 1]


def test_indexes_lead_to_the_numbers_of_titles(filled: World) -> None:
    pages = printed(filled)
    names = pages[page_of(pages, "Indeks pengarang") - 1]
    assert "Zain, Ahmad, 1" in names
    assert "Amir, Siti, 2" in names
    assert names.index("Amir, Siti") < names.index("Zain, Ahmad")
    one = title(1)
    assert f"{one.title}, 1" in pages[page_of(pages, "Indeks judul") - 1]


def test_the_list_of_locations_explains_every_code_that_stands_in_it(filled: World) -> None:
    pages = printed(filled)
    places = pages[page_of(pages, "Daftar lokasi") - 1]
    assert "MLT Perpustakaan Universitas Melati" in places
    assert "KNG Perpustakaan Kota Kenanga" in places
    assert "ID-MLT" in places


@pytest.mark.parametrize(
    ("order", "first", "last"), [("author", "Amir, Siti", "Zain, Ahmad"), ("title", "Aaaab", "Jaaab")]
)
def test_other_orders_have_one_list(filled: World, order: str, first: str, last: str) -> None:
    pages = printed(filled, order=order)
    assert "Daftar judul" in pages[2]
    assert "200 Agama" not in " ".join(pages)
    assert pages[2].index("1. ") < pages[2].index("2. ")
    if order == "author":
        assert pages[2].index(first) < pages[2].index(last)
    titles = re.findall(r"\d+\. [^.]+?, [^.]+? (\w+ \w+ \d+)\.", pages[2])
    assert order != "title" or titles == sorted(titles)


def test_one_library_or_one_class_alone(filled: World) -> None:
    mine = " ".join(printed(filled, library_id=filled.library["KNG"]))
    assert "2 judul" in mine
    assert "Zain, Ahmad" not in mine
    assert "KNG (N 90001); MLT (N 90001)" in mine  # where else it is stands there, too
    agama = " ".join(printed(filled, dewey="297", language="en"))
    assert "1 title" in agama
    assert "Class 297" in agama
    assert "2 copies" in agama
    assert "Index of authors" in agama
    assert "Amir" not in agama


def test_an_empty_catalogue_says_so(world: World) -> None:
    pages = printed(world)
    assert "0 judul" in pages[0]
    assert "Tidak ada judul yang cocok." in " ".join(pages)


def test_what_is_gone_is_not_printed(filled: World) -> None:
    withdraw(filled, "MLT", "agama")
    assert "Zain" not in " ".join(printed(filled))


def test_pages_are_numbered_and_their_heads_say_what_they_hold(world: World) -> None:
    take(world, "MLT", **{f"m{n}": title(n, dewey=f"{200 + n % 100}") for n in range(150)})
    pages = printed(world)
    assert len(pages) > 8
    for number, page in enumerate(pages[1:], 2):
        assert re.search(rf"Katalog induk .*{number}$", page), (number, page[-80:])
    assert re.search(r"200 – \d{3}", pages[2])
    numbers = [
        int(one) for page in pages[2:6] for one in re.findall(r"(?:^| )(\d+)\. [A-Z]\w+, [A-Z]\w+ ", page)
    ]
    assert numbers == list(range(1, 151))


def test_nothing_runs_over_the_edge_whatever_a_title_is() -> None:
    for text in ("kata " * 300, "x" * 900, "٣ كتاب الطهارة " * 20, "ꦲꦏ꧀ꦱꦫ " * 30, "a\x00b\u200b " * 50):
        for width in (60.0, 150.0, 240.0):
            lines = broken(text, "Silang", 8, width, 10)
            from reportlab.pdfbase.pdfmetrics import stringWidth

            assert max(stringWidth(line, "Silang", 8) for line in lines) <= width + 0.1
    assert BOTTOM > 0


def test_letters_that_the_font_lacks_are_spelled_out(world: World) -> None:
    assert writable("Qurʾān al-Karīm") != ""
    odd = replace(title(1), title="源氏物語 ꦲꦏ꧀ꦱꦫ", authors=(Name(text="Ḥusain, Ṭāhā"),))
    take(world, "MLT", odd=odd, evil=samples.EVIL)
    whole = " ".join(printed(world))
    assert "YuanShi" in whole.replace(" ", "")
    assert "usain" in whole


def test_ten_thousand_titles_take_little_memory(world: World) -> None:
    for start in range(0, 10_000, 500):
        take(world, "MLT", **{f"m{n}": title(n, dewey=f"{n % 1000:03d}") for n in range(start, start + 500)})
    printed(world, dewey="000")  # fonts and caches
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told: list[tuple[int, int | None]] = []
    out = io.BytesIO()
    made = write(
        world.parts.db,
        Wish(title="Katalog induk"),
        out,
        now=world.parts.clock(),
        report=lambda done, total: told.append((done, total)),
    )
    assert made["titles"] == 10_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # kB
    assert told[-1] == (10_000, 10_000)
    assert len(told) > 50


# --- asked for, made, fetched ------------------------------------------------------------------------


def test_a_librarian_asks_the_worker_makes_it_and_an_admin_fetches_it(filled: World) -> None:
    lala = filled.client("lala")
    assert "Belum ada berkas" in lala.page("/catalogue")
    answer = lala.send("/catalogue", order="class", library="MLT", dewey="", language="id")
    assert answer.status_code == 302
    assert "data-progress" in lala.page("/catalogue")
    assert work_on_one(filled.parts, "test")
    page = filled.client("ada").page("/catalogue")
    (address,) = re.findall(r'href="(/catalogue/[^"]+\.pdf)"', page)
    assert "3 judul" in page
    answer = filled.client("ada").get(address)
    assert answer.mimetype == "application/pdf"
    assert "katalog-induk-mlt.pdf" in answer.headers["Content-Disposition"]
    pages = read(answer.data)
    assert "Perpustakaan Universitas Melati" in pages[0]
    progress = lala.get(address.replace(".pdf", "/progress")).get_json()
    assert progress["open"] is False


def test_readers_and_guests_cannot(filled: World) -> None:
    assert filled.client("rani").get("/catalogue").status_code == 403
    assert filled.client().get("/catalogue").status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [{"order": "colour"}, {"library": "XYZ"}, {"dewey": "29x"}, {"dewey": "%"}, {"language": "fr"}],
)
def test_what_cannot_be_printed_is_said_beside_the_field(world: World, wrong: dict[str, str]) -> None:
    sent = {"order": "class", "library": "", "dewey": "", "language": "id", **wrong}
    answer = world.client("lala").send("/catalogue", **sent)
    assert answer.status_code == 422
    (name,) = wrong
    assert f'id="{name}-e"' in answer.text


def test_only_the_newest_files_are_kept(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "KEPT", 1)
    client = filled.client("lala")
    for order in ("class", "title"):
        client.send("/catalogue", order=order, library="", dewey="", language="id")
        filled.parts.clock.go(minutes=1)  # type: ignore[attr-defined]
        assert work_on_one(filled.parts, "test")
    assert len(list(work.folder(filled.parts).glob("*"))) == 1
    page = client.page("/catalogue")
    assert page.count(".pdf") == 1
    assert "sudah dihapus" in page


def test_no_file_is_fetched_by_a_name_that_is_no_job(world: World) -> None:
    client = world.client("ada")
    for name in ("x", "..%2f..%2fsecret.key", "a/b"):
        assert client.get(f"/catalogue/{name}.pdf").status_code == 404


def test_the_command_prints_it(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(
        'data: store\nindex: {engine: memory}\nlibraries: [{code: MLT, name: Melati, symbol: "ISIL:ID-MLT"}]\n'
    )
    assert silang(tmp_path, "init").exit_code == 0
    out = tmp_path / "k.pdf"
    done = silang(tmp_path, "catalogue", "print", str(out), "--ddc", "297", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["titles"] == 0
    assert out.read_bytes().startswith(b"%PDF")
    assert silang(tmp_path, "catalogue", "print", str(out), "--library", "XYZ").exit_code == 1
    assert list(tmp_path.glob(".*.part")) == []
