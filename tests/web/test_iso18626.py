"""The door for messages of other systems: what HTTP says, and what stands at the desk afterwards."""

from __future__ import annotations

import re

import pytest

from broker.iso18626 import values as v
from broker.iso18626.reading import read
from broker.iso18626.writing import write
from broker.peers import store
from broker.peers.settings import PeerSettings
from tests.web.conftest import World

pytestmark = pytest.mark.slow

XML = 'application/xml; charset="utf-8"'


@pytest.fixture
def peer(world: World) -> World:
    told = PeerSettings(
        code="jauh",
        name="Perpustakaan Jauh",
        symbols=("ISIL:AU-JAUH",),
        account="jauh",
        secret="rahasia",
        token="tanda",
    )
    with world.parts.db.begin() as c:
        store.keep(c, world.parts.seal, told, world.parts.clock())
    return world


def message(number: str = "7", supplier: str = "ID-KNG", title: str = "Angin Timur") -> bytes:
    isil = v.Code(value="ISIL")
    header = v.Header(
        supplier=v.Agency(type=isil, value=supplier),
        requester=v.Agency(type=isil, value="AU-JAUH"),
        request_id=number,
    )
    return write(
        v.Request(
            header=header,
            wanted=v.Bibliographic(title=title, author="Hadi, S."),
            service=v.Service(request_type="New", service_type="Loan", note="Segera, bila bisa"),
        )
    )


def post(world: World, body: bytes, content_type: str = XML, **headers: str) -> tuple[int, bytes]:
    answer = world.app.test_client().post(
        "/iso18626",
        data=body,
        content_type=content_type,
        headers={"Authorization": "Bearer tanda", **headers},
    )
    return answer.status_code, answer.data


def test_a_request_from_outside_stands_at_the_desk(peer: World) -> None:
    status, body = post(peer, message())
    said = read(body).document
    assert isinstance(said, v.Confirmation)
    assert (status, said.status, said.request_id) == (200, "OK", "7")
    page = peer.client("kiki").page("/desk/KNG/lending")
    assert "Angin Timur" in page
    assert "Perpustakaan Jauh" in page
    found = re.search(r'href="(/desk/KNG/supplies/[^"?#]+)"', page)
    assert found
    assert "Segera, bila bisa" in peer.client("kiki").page(found[1])
    assert "Angin Timur" not in peer.client("lala").page("/desk/MLT/lending")


@pytest.mark.parametrize("mime", ["text/xml", "application/xml", "application/iso18626+xml"])
def test_any_xml_is_taken(peer: World, mime: str) -> None:
    assert post(peer, message(), mime)[0] == 200


def test_what_http_refuses(peer: World) -> None:
    client = peer.app.test_client()
    assert client.get("/iso18626").status_code == 405
    assert post(peer, message(), "text/html")[0] == 415
    assert post(peer, b"<" + b"x" * 1_100_000)[0] == 413
    assert post(peer, b"hello")[0] == 400
    assert post(peer, message(), Authorization="Bearer wrong")[0] == 401
    assert post(peer, message(), Authorization="Basic amF1aDpyYWhhc2lh")[0] == 200


def test_without_peers_nobody_is_known(world: World) -> None:
    assert post(world, message())[0] == 401


def test_an_unknown_supplier_is_an_error_in_words(peer: World) -> None:
    status, body = post(peer, message(supplier="ID-XYZ"))
    said = read(body).document
    assert isinstance(said, v.Confirmation)
    assert (status, said.status) == (200, "ERROR")
    assert said.faults == (v.Fault(type="UnrecognisedDataValue", value="supplyingAgencyId: ISIL:ID-XYZ"),)


def test_a_peer_is_no_member(peer: World) -> None:
    assert "Perpustakaan Jauh" not in peer.client("").page("/libraries")
