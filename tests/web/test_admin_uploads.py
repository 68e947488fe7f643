"""Uploads over HTTP: sent, looked at, mapped, taken in by the worker, found by search."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from index.feed import feed
from tests.harvester.tables_made import PLAIN, SLIMS_TITLES, listed, slims, slims_copy, slims_title, workbook
from tests.web.conftest import Client, World
from web import jobs

pytestmark = pytest.mark.slow

Visit = Callable[..., Client]

MARC = (
    b'<collection xmlns="http://www.loc.gov/MARC21/slim"><record><leader>00000nam a2200000 a 4500</leader>'
    b'<controlfield tag="001">k1</controlfield><datafield tag="245" ind1="1" ind2="0"><subfield code="a">'
    b"Kain Lurik</subfield></datafield></record></collection>"
)


def plain(page: str) -> str:
    """The words of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def send(client: Client, *files: tuple[bytes, str], library: str = "KNG", **more: str) -> Any:
    """Send files as the form does; returns the answer."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.page("/account"))
    assert token
    return client.post(
        "/admin/files",
        data={
            "csrf_token": token[1],
            "library": library,
            "file": [(io.BytesIO(data), name) for data, name in files],
            **more,
        },
        content_type="multipart/form-data",
    )


def chosen(page: str) -> dict[str, str]:
    """The fields of the form that takes files in, as a browser would send them."""
    form = page[page.index('class="panel next"') :]
    return dict(re.findall(r'type="hidden" name="(c\d+)" value="([^"]*)"', form))


def work(world: World) -> None:
    assert jobs.work_on_one(world.parts, "w")
    feed(world.parts.db, world.parts.engine)


def test_a_spreadsheet_is_looked_at_mapped_taken_in_and_found(
    visit: Visit, world: World, tmp_path: Path
) -> None:
    rows = [
        ["Nama Barang", "Penulis", "Eks", "Rak"],
        ["Kisah Angin Timur", "Lontar, Sari", 3, "A1"],
        ["", "X", 1, ""],
    ]
    ada = visit("ada")

    sent = send(ada, (workbook(tmp_path / "a", rows).read_bytes(), "daftar desa.xlsx"))
    assert sent.status_code == 302
    first = ada.page(sent.location)
    assert "Kisah Angin Timur" in first
    assert 'class="panel next"' not in first  # nobody has said which column holds titles

    mapped = ada.page(sent.location + "?c0=title&c1=author&c2=copies&c3=location")
    shown = plain(mapped)
    assert "Kisah Angin Timur" in shown
    assert "Baris 3: Judul kosong" in shown
    assert ada.send(sent.location, **chosen(mapped), whole="").status_code == 302
    work(world)

    done = plain(ada.page("/admin/jobs"))
    assert "Rekaman: 1" in done
    assert "Ditolak: 1" in done
    found = world.client().page("/search?q=angin+timur")
    assert "Kisah Angin Timur" in found
    record = re.search(r'href="(/record/[^"?#]+)', found)
    assert record
    page = plain(world.client().page(record[1]))
    assert "A1" in page
    assert "3" in page
    assert ada.get(sent.location).status_code == 404

    again = send(ada, (workbook(tmp_path / "b", rows).read_bytes(), "lagi.xlsx"))
    assert chosen(ada.page(again.location))["c0"] == "title"  # remembered with the source


def test_nothing_changes_before_somebody_says_so_and_files_can_be_thrown_away(
    visit: Visit, world: World, tmp_path: Path
) -> None:
    ada = visit("ada")
    sent = send(ada, (listed(tmp_path / "a", PLAIN).read_bytes(), "a.csv"))
    assert "a.csv" in ada.page("/admin/files")
    assert "Warna sampul" in plain(ada.page(sent.location))
    assert not jobs.work_on_one(world.parts, "w")

    assert ada.send(sent.location + "/discard").status_code == 302

    assert "a.csv" not in ada.page("/admin/files")
    assert list((world.parts.data / "uploads").iterdir()) == []


def test_titles_and_copies_of_slims_go_together(visit: Visit, world: World, tmp_path: Path) -> None:
    titles = slims(
        tmp_path / "t", [slims_title(title="Ikan Arus", item_code="<B1>")], SLIMS_TITLES
    ).read_bytes()
    copies = slims(
        tmp_path / "c", [slims_copy(item_code="B1", title="Ikan Arus", location="Lantai 2")]
    ).read_bytes()
    ada = visit("ada")
    alone = send(ada, (copies, "item.csv"))
    assert alone.status_code == 422
    assert "item.csv" in alone.text

    sent = send(ada, (copies, "item.csv"), (titles, "biblio.csv"))
    page = ada.page(sent.location)
    assert "ekspor eksemplar SLiMS" in page
    ada.send(sent.location, **chosen(page))
    work(world)

    found = world.client().page("/search?q=arus")
    record = re.search(r'href="(/record/[^"?#]+)', found)
    assert record
    assert "Lantai 2" in world.client().page(record[1])


def test_a_list_of_several_libraries_asks_who_is_meant(visit: Visit, world: World, tmp_path: Path) -> None:
    rows = [("Judul", "Perpustakaan"), ("Ikan Arus", "MLT; UNIV-LAMA"), ("Burung", "KNG"), ("Batu", "ENTAH")]
    ada = visit("ada")
    sent = send(ada, (listed(tmp_path / "a", rows).read_bytes(), "induk.csv"), library="*")
    page = ada.page(sent.location)
    assert "UNIV-LAMA" in page
    names = re.findall(r'name="name" value="([^"]+)"', page)
    assert names == ["ENTAH", "UNIV-LAMA"]

    assert ada.send(sent.location, **chosen(page), name=names, means=["", "KNG"]).status_code == 302
    work(world)

    shown = plain(ada.page("/admin/jobs"))
    assert "Rekaman: 3" in shown
    assert "Tanpa perpustakaan yang dikenal: 1" in shown
    assert "Perpustakaan tidak dikenal: ENTAH (1)" in shown
    assert "Ditarik:" not in shown
    found = plain(world.client().page("/search?q=ikan+arus"))
    assert "Melati" in found
    assert "Kenanga" in found


def test_marc_is_taken_in_and_its_file_forgotten_whatever_its_name(visit: Visit, world: World) -> None:
    ada = visit("ada")
    assert send(ada, (MARC, "a.xml"), library="XXX").status_code == 422
    assert send(ada, (MARC, "a.xml"), library="*").status_code == 422
    sent = send(ada, (MARC, "../../naik.xml"))
    assert "Kain Lurik" in ada.page(sent.location)
    ada.send(sent.location)
    assert "naik.xml" in ada.page("/admin/jobs")
    work(world)
    assert "Rekaman: 1" in plain(ada.page("/admin/jobs"))
    assert list((world.parts.data / "uploads").iterdir()) == []


def test_a_file_that_is_none_is_said_to_be_so_by_its_own_name(visit: Visit, world: World) -> None:
    ada = visit("ada")

    answer = send(ada, (b"PK\x03\x04 rusak", "surat.xlsx"))

    assert answer.status_code == 422
    assert "surat.xlsx" in answer.text
    assert str(world.parts.data) not in answer.text
    assert list((world.parts.data / "uploads").iterdir()) == []


def test_a_list_without_titles_cannot_be_taken_in(visit: Visit, world: World) -> None:
    ada = visit("ada")
    sent = send(ada, (b"nama,alamat\nBudi,Jalan\n", "surat.csv"))

    assert 'class="panel next"' not in ada.page(sent.location)
    ada.send(sent.location)

    assert not jobs.work_on_one(world.parts, "w")


def test_an_import_that_is_stopped_can_be_taken_up_again(visit: Visit, world: World, tmp_path: Path) -> None:
    rows = [("judul",), *((f"Buku {n}",) for n in range(450))]
    ada = visit("ada")
    sent = send(ada, (listed(tmp_path / "a", rows).read_bytes(), "a.csv"))
    ada.send(sent.location, **chosen(ada.page(sent.location)))
    kept = world.parts.harvesting

    class Stopping:
        """Presses the stop button as soon as the work has begun."""

        def __call__(self) -> Any:
            with world.parts.db.begin() as c:
                (row,) = jobs.recent(c)
                jobs.ask_stop(c, row.id, world.parts.clock())
            return kept()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(world.parts), "harvesting", lambda _: Stopping()())
        assert jobs.work_on_one(world.parts, "w")

    assert "Dihentikan" in ada.page("/admin/jobs")
    assert "a.csv" in ada.page("/admin/files")
    ada.send(sent.location, **chosen(ada.page(sent.location)))
    work(world)
    assert "Rekaman: 450" in plain(ada.page("/admin/jobs"))


def test_large_files_are_taken_from_admins_only(visit: Visit) -> None:
    large = MARC + b" " * 1_500_000
    assert send(visit("ada"), (large, "a.xml")).status_code == 302
    assert send(visit("lala"), (large, "a.xml")).status_code in (403, 413)


def test_files_cannot_be_put_into_the_source_of_another_library(visit: Visit, world: World) -> None:
    ada = visit("ada")
    sent = send(ada, (MARC, "a.xml"), source="daftar")
    ada.send(sent.location)
    work(world)

    assert send(ada, (MARC, "a.xml"), library="MLT", source="daftar").status_code == 422
    assert send(ada, (MARC, "a.xml"), source="../x").status_code == 422
