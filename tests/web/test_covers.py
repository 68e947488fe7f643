"""Covers come from a folder of one's own, named by ISBN, and from nowhere else."""

from __future__ import annotations

from dataclasses import replace

from tests.web import samples
from tests.web.conftest import World

PNG = b"\x89PNG\r\n\x1a\n"


def test_a_cover_of_the_folder_is_shown_and_a_drawn_one_without(world: World) -> None:
    samples.fill(world.parts.engine)
    isbn = samples.BATIK.values("isbn")[0]
    assert "<img" not in world.client().page("/search?q=batik")
    world.parts.settings = replace(
        world.parts.settings, web=replace(world.parts.settings.web, covers="covers")
    )
    folder = world.parts.data / "covers"
    folder.mkdir()
    (folder / f"{isbn}.png").write_bytes(PNG)
    (folder / "secret.txt").write_text("no cover")
    (folder / "0000000000000.png").write_bytes(PNG)
    page = world.client().page("/search?q=batik")
    assert f'src="/covers/{isbn}"' in page
    assert page.count("<img") == 1
    answer = world.client().get(f"/covers/{isbn}")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/png", PNG)
    for other in ("0000000000000", "secret.txt", "..%2Fweb.key", "9780306406157"):
        assert world.client().get(f"/covers/{other}").status_code == 404
