"""What the admin sees of targets: one that does well and one that has changed, with HOSTILE words in its answers."""

from __future__ import annotations

from datetime import timedelta

from index.targets import flat, probes, store
from index.targets.card import IGNORED, NOTHING, REFUSED, WORKS, Card, Finding
from tests.web.conftest import World
from tests.web.samples import HOSTILE


def add_targets(world: World) -> dict[str, str]:
    """Ids of probes by what they are: probe (whole, of the target kng-z3950)."""
    parts = world.parts
    at = parts.clock()
    good = {
        "code": "kng-z3950",
        "name": "Perpustakaan Kenanga",
        "url": "z3950://katalog.kenanga.example:2100/Default",
        "symbol": "ISIL:ID-KNG",
        "region": "Riau",
        "groups": ["universitas"],
        "authentication": "idpass",
        "username": "silang",
    }
    other = {
        "code": "sru-luar",
        "name": f"Katalog {HOSTILE}"[:200],
        "url": "https://sru.example/db",
        "searchers": "staff",
    }
    before = _card(WORKS, "12 hits")
    after = _card(REFUSED, f"114: the server does not know this access point {HOSTILE}")
    with parts.db.begin() as c:
        one = store.add(c, flat.read(good), password="rahasia", seal=parts.seal, at=at)
        store.add(c, flat.read(other | {"enabled": False}), password=None, seal=parts.seal, at=at)
        first = probes.begin(c, one.id, at=at - timedelta(days=2), whole=True, asked_by=world.user["ada"])
        probes.end(c, first, before, at=at - timedelta(days=2))
        last = probes.begin(c, one.id, at=at - timedelta(hours=3), whole=True, asked_by=None)
        probes.end(c, last, after, at=at - timedelta(hours=3))
    return {"probe": last}


def _card(subject: str, answered: str) -> Card:
    return Card(
        identity=f"GFS/YAZ {HOSTILE}",
        takes={"syntaxes": ["opac", "usmarc"], "attributes": {"title": ["1=4"], "any": ["1=1035"]}},
        findings=(
            Finding(trait="init", subject="", asked="Init", answered="version 3", verdict=WORKS),
            Finding(
                trait="access",
                subject="subject 1=21",
                asked="@attr 1=21 sejarah",
                answered=answered,
                verdict=subject,
                hits=12 if subject == WORKS else None,
            ),
            Finding(trait="sort", subject="title", asked="Sort 1=4", answered="success", verdict=IGNORED),
            Finding(trait="facets", subject="", asked="facets", answered="none came", verdict=NOTHING),
        ),
    )
