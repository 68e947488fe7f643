"""Agreements to look at: a draft with every form, one that waits, one in force that ends soon, and its next terms."""

from __future__ import annotations

from datetime import timedelta

from broker.partnership.service import Drawn, Partnerships
from broker.partnership.terms import FORMS, usual
from broker.partnership.values import Exclusion, Fee, FormTerms, OralNote, Party
from broker.views import Actor
from tests.web.conftest import World


def agree(world: World) -> dict[str, str]:
    """Codes of agreements by what they show. The admin draws them up; heads confirm."""
    they = Partnerships(world.parts.broker.house)
    day = world.parts.clock().date()
    admin = Actor(user_id=world.user["ada"], role="admin", library_id="")
    heads = {
        code: Actor(user_id=world.user["hadi"], role="head", library_id=world.library[code])
        for code in ("MLT", "KNG")
    }
    parties = tuple(Party(id="", library_id=world.library[code]) for code in ("MLT", "KNG"))
    fees = (Fee(unit="page", minor=50_000, free=10, payer="patron", note="fotokopi"),)
    out = (Exclusion(by="class", value="300-399", effect="on_site"),)
    draft = they.draw_up(
        admin,
        Drawn(
            name="Kerja sama semua bentuk",
            parties=(*parties, Party(id="", name="Komunitas Literasi Pesisir", role="observer")),
            forms={
                one: FormTerms(terms=usual(one), fees=fees, exclusions=out if one in "ef" else ())
                for one in FORMS
            },
        ),
    )
    loans = {"f": FormTerms(terms={"loan_days": 21}), "h": FormTerms(terms=usual("h"), fees=fees)}
    waits = they.draw_up(
        admin,
        Drawn(
            name="Kesepakatan lisan jasa informasi",
            basis="oral",
            parties=parties,
            forms={"h": loans["h"]},
            oral=OralNote(spoken_on=day, channel="telephone", summary="Saling mengirim salinan artikel."),
        ),
    )
    waits = they.act(admin, waits.id, "propose", waits.version)
    valid = they.draw_up(
        admin,
        Drawn(
            name="Pinjam Melati dan Kenanga", parties=parties, forms=loans, valid_to=day + timedelta(days=20)
        ),
    )
    valid = they.act(admin, valid.id, "propose", valid.version)
    for head in heads.values():
        valid = they.act(head, valid.id, "confirm", valid.version, signatory="Kepala")
    return {"draft": draft.code, "proposed": waits.code, "valid": valid.code}
