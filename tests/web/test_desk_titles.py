"""A typed wish on the desk's page: what the catalogue has, and a choice by one button."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.web.conftest import Client, World
from tests.web.desk_world import Forms, carry, catalogue, press, state_of
from tests.web.test_desk_new import wish

pytestmark = pytest.mark.slow
Visit = Callable[..., Client]


def typed(world: World, desk: Client, **more: str) -> str:
    answer = desk.send("/desk/MLT/new", **wish(world, **more))
    assert answer.status_code == 302, answer.text[:2000]
    return answer.location


def test_a_wish_with_its_number_is_sent_to_the_library_that_has_it(world: World, visit: Visit) -> None:
    catalogue(world)
    lala = visit("lala")
    request = typed(world, lala, title="Batik Pesisir", isbn="978-623-99999-0-2")
    page = lala.page(request)
    assert "ISBN sama" in page
    assert "ada di 2 perpustakaan" in page
    assert press(lala, request, "place").status_code == 302
    carry(world)
    assert state_of(world, request) == ("active", "sent")


@pytest.mark.parametrize(("language", "word"), [("id", "Judul dipilih"), ("en", "The title is chosen")])
def test_a_title_is_chosen_by_its_button(world: World, visit: Visit, language: str, word: str) -> None:
    cluster = catalogue(world)
    lala = visit("lala", language)
    request = typed(world, lala, title="Batik Pesisir")
    (form,) = (one for one in Forms(lala.page(request)).forms if ("cluster", cluster) in one["buttons"])
    answer = lala.post(form["action"], data={**form["values"], "cluster": cluster})
    assert answer.location.endswith(request)
    page = lala.page(request)
    assert word in page
    assert f"/record/{cluster}" in page
    stale = lala.send(form["action"], version="1", cluster=cluster)
    assert stale.status_code == 302
    assert lala.send(form["action"], version="2", cluster="nothing").status_code == 302
    assert visit("kiki").send(form["action"], version="2", cluster=cluster).status_code == 404


def test_what_the_catalogue_does_not_have_is_said(world: World, visit: Visit) -> None:
    lala = visit("lala")
    assert "Tidak ada judul seperti ini" in lala.page(typed(world, lala, title="Tata Air Sawah"))
