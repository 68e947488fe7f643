"""Probes and test searches of real servers: what each of them really understands, and what follows for the profile."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from foundation.fetch import FetchPolicy
from index.targets import card as cards
from index.targets import flat, trying
from index.targets.card import IGNORED, NOTHING, ODD, REFUSED, WORKS, Card
from index.targets.probing import run
from index.targets.profile import Profile
from tests.peers.live.catalogues import Peer, ZTest

pytestmark = pytest.mark.peers

HERE = run.Network(policy=FetchPolicy(allow=("127.0.0.1/32",), user_agent="Silang tests"))


def at(peer: Peer, *, sru: bool = False, **more: Any) -> Profile:
    scheme = "sru+http" if sru else "z3950"
    return flat.read({"code": "x", "name": "X", "url": f"{scheme}://127.0.0.1:{peer.port}/Default"} | more)


def verdict(card: Card, trait: str, subject: str = "") -> str:
    return card.by()[trait, subject].verdict


def answered(card: Card, trait: str, subject: str = "") -> str:
    return card.by()[trait, subject].answered


def test_yaz_ztest_is_found_to_take_any_attribute_and_to_sort_nothing(ztest: ZTest) -> None:
    card = run.probe(at(ztest), "", HERE)
    assert card.failed == ""
    assert "YAZ" in card.identity
    assert verdict(card, "nonsense", "1=5999") == IGNORED
    assert verdict(card, "access", "title 1=4") == IGNORED  # so nothing is proven by it
    assert verdict(card, "sort", "title") == IGNORED
    assert verdict(card, "syntax", "opac") == WORKS
    assert verdict(card, "holdings", "opac") == WORKS
    assert (verdict(card, "syntax", "unimarc"), answered(card, "syntax", "unimarc")) == (
        ODD,
        "it came as usmarc",
    )
    assert verdict(card, "syntax", "grs1") == REFUSED
    assert verdict(card, "facets") == WORKS
    assert card.takes["syntaxes"][:2] == ["opac", "usmarc"]
    assert card.takes["holdings"] == "opac"
    assert "attributes" not in card.takes


def test_zebra_refuses_what_it_lacks_and_the_probe_finds_what_it_has(zebra_marcxml: Peer) -> None:
    profile = at(zebra_marcxml)
    card = run.probe(profile, "", HERE)
    assert card.failed == ""
    assert verdict(card, "access", "any 1=1016") == REFUSED
    assert answered(card, "access", "any 1=1016").startswith("114")
    assert verdict(card, "access", "title 1=4") == WORKS
    assert verdict(card, "access", "author 1=1003") == WORKS
    assert verdict(card, "syntax", "usmarc") == WORKS
    assert answered(card, "syntax", "opac").startswith("239")
    assert verdict(card, "query_charset", "utf-8") == WORKS
    assert verdict(card, "query_charset", "iso-8859-1") == REFUSED
    assert verdict(card, "query_charset", "plain") == NOTHING
    assert verdict(card, "sort", "title") == REFUSED
    assert verdict(card, "scan", "title") == WORKS
    assert verdict(card, "named_sets") == WORKS
    assert verdict(card, "charset", "marc8") == ODD  # MARC-8 under a leader that says UTF-8
    taken = cards.taken(profile, card)
    assert [[a.value for a in one] for one in taken.dialect.access["any"]] == [[4]]
    assert taken.dialect.access["year"] == ()
    names = [name for name, _, _ in cards.differences(profile, card)]
    assert {"attributes", "syntaxes"} <= set(names)
    again = run.probe(taken, "", HERE)
    assert cards.drift(card, again) == ()
    assert cards.differences(taken, again) == ()


def test_a_login_is_tried_and_the_reason_of_its_refusal_shown(zebra_iso2709: Peer) -> None:
    profile = at(zebra_iso2709, authentication="idpass", username=zebra_iso2709.user)
    card = run.probe(profile, zebra_iso2709.password, HERE)
    assert card.failed == ""
    assert verdict(card, "init") == WORKS
    assert verdict(card, "sort", "title") == WORKS
    assert verdict(card, "syntax", "grs1") == WORKS
    assert answered(card, "syntax", "unimarc").startswith("238")
    refused = run.probe(profile, "salah-sekali", HERE)
    assert refused.failed == "rejected"
    assert verdict(refused, "init") == REFUSED
    assert "1011" in answered(refused, "init")
    assert "salah-sekali" not in str(refused.value())
    assert refused.takes == {}
    (change,) = (one for one in cards.drift(card, refused) if one.trait == "init")
    assert change.worse
    assert cards.health(refused, ()) == ("failing", "rejected")


def test_sru_explains_itself_and_each_index_is_tried(zebra_marcxml: Peer) -> None:
    card = run.probe(at(zebra_marcxml, sru=True), "", HERE)
    assert card.failed == ""
    assert verdict(card, "explain") == WORKS
    assert [verdict(card, "schema", name) for name in ("marc", "dc", "mods")] == [WORKS] * 3
    assert answered(card, "access", "any cql.serverChoice").startswith("16")
    assert verdict(card, "access", "title dc.title") == WORKS
    assert answered(card, "sort", "dc.title").startswith("89")
    assert verdict(card, "scan", "dc.title") == WORKS
    assert card.takes["indexes"]["title"][0] == "dc.title"
    assert card.takes["indexes"]["any"] == ["dc.title"]  # better than nothing at all
    assert card.takes["indexes"]["year"] == []


def test_pqf_goes_over_sru_and_a_wrong_login_is_told(zebra_iso2709: Peer) -> None:
    how: dict[str, Any] = {
        "sru": True,
        "query": "pqf",
        "authentication": "basic",
        "username": zebra_iso2709.user,
    }
    card = run.probe(at(zebra_iso2709, **how), zebra_iso2709.password, HERE)
    assert card.failed == ""
    assert verdict(card, "access", "any 1=1016") == WORKS
    refused = run.probe(at(zebra_iso2709, **how), "salah", HERE)
    assert refused.failed == "rejected"
    assert answered(refused, "init").startswith("3")


def test_a_short_probe_asks_little_and_compares_with_a_whole_one(zebra_marcxml: Peer) -> None:
    whole, short = run.probe(at(zebra_marcxml), "", HERE), run.probe(at(zebra_marcxml), "", HERE, whole=False)
    assert len(short.findings) < 8 < len(whole.findings)
    assert cards.drift(whole, short) == ()
    assert short.takes == {}


def test_a_probe_is_stopped_by_what_its_report_raises(zebra_marcxml: Peer) -> None:
    class Enough(Exception):
        pass

    def report(card: Card, done: int, total: int) -> None:
        if len(card.findings) == 3:
            raise Enough

    with pytest.raises(run.Stopped) as stopped:
        run.probe(at(zebra_marcxml), "", HERE, report=report, stop=Enough)
    assert len(stopped.value.card.findings) == 3
    assert stopped.value.card.failed == "stopped"


@pytest.mark.parametrize("sru", [False, True])
def test_nobody_there_and_nobody_allowed_are_told_apart(sru: bool) -> None:
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        peer = Peer(port=taken.getsockname()[1], folder=None)  # type: ignore[arg-type]  # nothing is written
        assert run.probe(at(peer, sru=sru), "", HERE).failed == "refused"
        public_only = run.Network(policy=FetchPolicy(user_agent="Silang tests"))
        assert run.probe(at(peer, sru=sru), "", public_only).failed == "forbidden"


def test_a_test_search_shows_query_records_and_the_whole_conversation(zebra_iso2709: Peer) -> None:
    profile = at(zebra_iso2709, authentication="idpass", username=zebra_iso2709.user)
    found = trying.search(profile, zebra_iso2709.password, HERE, "ti:religious", "box")
    assert (found.failed, found.hits) == ("", 1)
    assert "1=4" in found.sent
    assert found.shown[0].title.startswith("The religious teachers")
    whats = [line["what"] for line in found.log]
    assert whats[:4] == ["InitRequest", "InitResponse", "SearchRequest", "SearchResponse"]
    assert "PresentRequest" in whats
    assert zebra_iso2709.password not in str(found.value())
    assert zebra_iso2709.user in str(found.log)
    by_pqf = trying.search(profile, zebra_iso2709.password, HERE, "@attr 1=4 religious", "pqf")
    assert by_pqf.hits == 1
    by_cql = trying.search(profile, zebra_iso2709.password, HERE, 'dc.title = "religious"', "cql")
    assert by_cql.hits == 1
    wrong = trying.search(profile, zebra_iso2709.password, HERE, "@attr 1=5999 x", "pqf")
    assert wrong.failed == "diagnostic"
    assert wrong.diagnostics[0].startswith("114")
    unread = trying.search(profile, zebra_iso2709.password, HERE, "@attr 1= x", "pqf")
    assert unread.failed == "unsupported"


def test_a_fallback_is_seen_in_the_conversation(zebra_marcxml: Peer) -> None:
    found = trying.search(at(zebra_marcxml), "", HERE, "aida", "box")
    assert found.hits == 3
    asked = [line["text"] for line in found.log if line["what"] == "SearchRequest"]
    assert "1=1016" in asked[0]
    assert "1=4" in asked[-1]


def test_a_test_search_of_sru_blots_out_the_password(zebra_iso2709: Peer) -> None:
    how: dict[str, Any] = {
        "sru": True,
        "query": "pqf",
        "authentication": "url",
        "username": zebra_iso2709.user,
    }
    found = trying.search(at(zebra_iso2709, **how), zebra_iso2709.password, HERE, "ti:religious", "box")
    assert found.hits == 1
    assert found.shown[0].title.startswith("The religious teachers")
    assert found.log[0]["what"] == "GET"
    assert "x-password=••••••" in found.log[0]["text"]
    assert zebra_iso2709.password not in str(found.value())
    assert found.log[-1]["what"].startswith("HTTP 200")
