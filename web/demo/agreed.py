"""What the demo's libraries agreed beside the network: a written agreement with its own terms, and a spoken one."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from broker.partnership.service import Drawn, Partnerships
from broker.partnership.terms import usual
from broker.partnership.values import Exclusion, Fee, FormTerms, OralNote, Party
from broker.tables import agreement
from broker.views import Actor
from foundation import libraries, people
from web.wiring import Parts

#: The pair with a written agreement, and the one with a spoken agreement.
WRITTEN, ORAL = ("KNG", "CMP"), ("AGR", "TRT")


def seed(parts: Parts) -> int:
    """Make the two agreements when there are none yet, and have every party agree; gives back how many were made."""
    with parts.db.read() as c:
        if c.execute(select(agreement.c.id).limit(1)).first() is not None:
            return 0
        ids = {one.code: one.id for one in libraries.every(c)}
        admin = Actor(user_id=people.by_login(c, "admin").id, role="admin", library_id="")
    year = parts.clock().year
    they = Partnerships(parts.broker.house)
    for drawn, codes in ((_written(year, ids), WRITTEN), (_oral(parts.clock().date(), ids), ORAL)):
        made = they.draw_up(admin, drawn)
        made = they.act(admin, made.id, "propose", made.version)
        for code in codes:
            head = Actor(user_id=None, role="head", library_id=ids[code])
            made = they.act(head, made.id, "confirm", made.version, signatory=f"Kepala {code}")
    return 2


def _written(year: int, ids: dict[str, str]) -> Drawn:
    loans = FormTerms(
        terms={"loan_days": 21, "renewals": 2},
        exclusions=(Exclusion(by="collection", value="Langka", effect="on_site"),),
    )
    copies = FormTerms(terms=usual("h"), fees=(Fee(unit="page", minor=50_000, free=10, payer="patron"),))
    return Drawn(
        name="Pinjam dan salinan Kenanga–Cempaka",
        name_en="Loans and copies between Kenanga and Cempaka",
        legal_basis="UU 43/2007 Pasal 42",
        parties=tuple(Party(id="", library_id=ids[code]) for code in WRITTEN),
        valid_from=date(year, 1, 1),
        valid_to=date(year + 1, 12, 31),
        forms={"f": loans, "h": copies, "e": FormTerms(terms=usual("e"))},
        parts={"object": "Koleksi umum dan jasa informasi kedua perpustakaan."},
    )


def _oral(day: date, ids: dict[str, str]) -> Drawn:
    note = OralNote(
        spoken_on=day,
        channel="telephone",
        speakers="Kedua kepala perpustakaan",
        summary="Saling mengirim salinan artikel dan menerima kunjungan pemustaka.",
    )
    return Drawn(
        name="Kunjungan dan salinan Anggrek–Teratai",
        name_en="Visits and copies between Anggrek and Teratai",
        basis="oral",
        parties=tuple(Party(id="", library_id=ids[code]) for code in ORAL),
        valid_from=day,
        forms={"e": FormTerms(terms=usual("e")), "h": FormTerms(terms=usual("h"))},
        oral=note,
    )
