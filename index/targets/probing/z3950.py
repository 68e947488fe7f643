"""Probes a Z39.50 target: Init, attributes, syntaxes, character sets, and what else it can do."""

from __future__ import annotations

import asyncio
import time

from foundation.fetch import Allowed
from index.crosswalk.encodings import Decoder
from index.live.lean.record import Lean
from index.live.link import LinkFailed
from index.live.z3950.link import opening as introduction
from index.rpn.spelling import encoded, plain
from index.rpn.tree import Attribute, Node, Operand, Operator
from index.targets import opening
from index.targets.attributes import USUAL, Combination, said
from index.targets.card import FAILED, IGNORED, NOTHING, ODD, REFUSED, WORKS
from index.targets.dialects import beside
from index.targets.probing import abilities, terms
from index.targets.probing.notes import Ended, Notes
from index.targets.probing.questions import (
    Questions,
    about_attributes,
    in_pqf,
    judged,
    preferred,
    verdict_of,
    words,
)
from index.targets.probing.terms import COMMON, Terms
from index.targets.profile import Profile
from index.z3950.apdu import Option
from index.z3950.client import connect
from index.z3950.errors import Rejected, Z3950Failed

STAGES = ("init", "seed", "syntaxes", "charset", "access", "shapes", "operators", "query_charset", "more")
SHORT = ("init", "seed", "syntaxes", "access")

#: Syntaxes that are tried, and those that we would rather have, best first.
TRIED = ("opac", "usmarc", "unimarc", "xml", "sutrs", "grs1")
#: Diagnostics about relation, structure and truncation.
_SHAPES = (113, 117, 118, 120, 123)
#: Hits that are enough to try the rest with.
ENOUGH = 20
#: A use attribute that no attribute set has.
_NONSENSE = 5999
#: Character sets that queries are tried in, the likeliest first.
_QUERY_CHARSETS = ("utf-8", "iso-8859-1", "windows-1250", "marc-8", "iso-8859-2")


async def probe(profile: Profile, password: str, allowed: Allowed, notes: Notes) -> None:
    """Fill the notes. Raises Ended when the target cannot be probed further, and whatever the report raises."""
    async with asyncio.timeout(notes.left()):
        q = Questions(profile, password, allowed, notes)
        try:
            await _init(q)
            await _seed(q)
            records = await _syntaxes(q)
            found = terms.of(records)
            if notes.whole:
                await _charset(q)
            await _access(q, found)
            if notes.whole:
                await _shapes(q, found)
                await _operators(q, found)
                await _query_charset(q, found)
                await abilities.more(q, found)
        except Z3950Failed as failed:
            raise Ended(failed.code) from failed
        finally:
            await q.close()


async def _init(q: Questions) -> None:
    """Connect and introduce ourselves."""
    q.notes.stage("init")
    who = q.profile.authentication
    asked = f"{q.profile.address.url}, Init ({who.kind}{' ' + who.user if who.user else ''})"
    began = time.monotonic()
    try:
        q.session = await connect(
            opening.address(q.profile),
            introduction(q.profile, q.password),
            asyncio.get_running_loop().time() + q.profile.limits.connect_seconds,
            allowed=q.allowed,
            limits=opening.limits(q.profile),
        )
    except LinkFailed as failed:
        q.notes.add("connect", "", asked=asked, answered=failed.detail, verdict=FAILED)
        raise Ended(failed.code) from failed
    except Z3950Failed as failed:
        verdict = REFUSED if isinstance(failed, Rejected) else FAILED
        trait = "init" if isinstance(failed, Rejected) else "connect"
        q.notes.add(
            trait, "", asked=asked, answered=str(failed), verdict=verdict, seconds=time.monotonic() - began
        )
        raise
    agreed = q.client.agreed
    can = [option.name.lower() for option in Option if agreed.can(option)]
    q.notes.identity = agreed.implementation
    q.notes.add(
        "init",
        "",
        asked=asked,
        answered=f"version {agreed.version}, messages of {agreed.preferred_size:,} bytes; {', '.join(can)}",
        verdict=WORKS,
        seconds=time.monotonic() - began,
    )


async def _seed(q: Questions) -> None:
    """A query that finds something, the more the better, to try the rest with. Raises Ended('no_records')."""
    q.notes.stage("seed")
    answer = ""
    for point in ("any", "title"):
        for uses in dict.fromkeys((*q.profile.dialect.access.get(point, ()), *USUAL[point])):
            for word in COMMON:
                operand = q.operand(point, uses, word)
                found, answer = await q.search(operand)
                if found is None or not found.succeeded:
                    if found is None or about_attributes(found.diagnostics):
                        break
                    q.notes.add("seed", point, asked=in_pqf(operand), answered=answer, verdict=REFUSED)
                    raise Ended("diagnostic")
                if found.hits > q.hits:
                    q.base, q.hits = operand, found.hits
                if q.hits >= ENOUGH:
                    break
            if q.hits:
                await q.search(q.base)
                q.notes.add(
                    "seed", point, asked=in_pqf(q.base), answered=f"{q.hits} hits", verdict=WORKS, hits=q.hits
                )
                return
    q.notes.add("seed", "", asked=", ".join(COMMON), answered=answer, verdict=NOTHING)
    raise Ended("no_records")


async def _syntaxes(q: Questions) -> list[Lean]:
    """The syntaxes that records come in, and some records read."""
    q.notes.stage("syntaxes")
    wanted = TRIED if q.notes.whole else q.profile.retrieval.syntaxes[:1]
    works = []
    for name in dict.fromkeys((*wanted, *q.profile.retrieval.syntaxes[: len(wanted)])):
        verdict, answer = await abilities.syntax(q, name)
        q.notes.add("syntax", name, asked=f"Present 1, {name}", answered=answer, verdict=verdict)
        if verdict == WORKS:
            works.append(name)
    readable = [name for name in works if name != "grs1"]
    if q.notes.whole and works:
        q.notes.take({"syntaxes": preferred(readable or works, q.profile)})
    q.best = next((name for name in works if name in ("usmarc", "unimarc")), next(iter(works), ""))
    if not q.best:
        return []
    raw = await q.present(min(10, q.hits))
    return [lean for one in raw if (lean := q.read(one)) is not None]


async def _charset(q: Questions) -> None:
    """What the bytes of records prove about their character set; element sets; how many come at a time."""
    q.notes.stage("charset")
    for elements in ("F", "B"):
        answer = await q.ask_present(1, 1, elements=elements)
        verdict, text = judged(answer)
        q.notes.add("elements", elements, asked=f"Present 1, {elements}", answered=text, verdict=verdict)
    works = [one.subject for one in q.notes.findings if (one.trait, one.verdict) == ("elements", WORKS)]
    if works and q.profile.retrieval.elements[0] not in works:
        q.notes.take({"elements": works[:1]})
    most = min(100, q.hits)
    answer = await q.ask_present(1, most, chunk=most)
    came = len([one for one in answer.records if one.diagnostic is None])
    verdict = WORKS if came == most else ODD if came else REFUSED
    q.notes.add(
        "present",
        "",
        asked=f"Present 1+{most}",
        answered=words(answer.diagnostics) or f"{came} records",
        verdict=verdict,
    )
    if 0 < came < min(most, q.profile.limits.chunk):
        q.notes.take({"chunk": came})
    if q.best in ("usmarc", "unimarc"):
        _charset_of(q, [one.payload for one in answer.records if one.payload and not one.diagnostic])


def _charset_of(q: Questions, payloads: list[bytes]) -> None:
    used: set[str] = set()
    lied = 0
    decoders = [Decoder(data) for data in payloads if not data.isascii()]
    for decoder, data in zip(decoders, (d for d in payloads if not d.isascii()), strict=True):
        for piece in data.split(b"\x1e")[1:]:
            decoder.text(piece)
        used |= decoder.used
        lied += bool(decoder.used - {decoder.said})
    if not decoders:
        q.notes.add(
            "charset", "", asked=f"{len(payloads)} records", answered="nothing beyond ASCII", verdict=NOTHING
        )
        return
    names = ", ".join(sorted(used)) or decoders[0].said
    text = f"{names} in {len(decoders)} of {len(payloads)} records"
    if lied:
        text += f"; the leader says otherwise in {lied}"
    q.notes.add(
        "charset", names, asked=f"{len(payloads)} records", answered=text, verdict=ODD if lied else WORKS
    )


async def _access(q: Questions, found: Terms) -> None:
    """Each access point with a term that stands in a record."""
    q.notes.stage("access")
    nonsense = Operand(term=q.base.term, attributes=(Attribute(type=1, value=_NONSENSE),))
    if q.notes.whole:
        answered, text = await q.search(nonsense)
        q.lenient = answered is not None and answered.succeeded and answered.hits > 0
        q.notes.add(
            "nonsense",
            f"1={_NONSENSE}",
            asked=in_pqf(nonsense),
            answered=text,
            verdict=IGNORED if q.lenient else WORKS,
            hits=answered.hits if answered is not None else None,
        )
    points = USUAL if q.notes.whole else ("title", "author")
    works: dict[str, list[str]] = {}
    for point in points:
        term = found.by.get(point)
        if term is None:
            continue
        candidates = dict.fromkeys((*q.profile.dialect.access.get(point, ()), *USUAL[point]))
        if not q.notes.whole:
            candidates = dict.fromkeys(list(candidates)[:1])
        for uses in candidates:
            if await _point(q, point, uses, term):
                works.setdefault(point, []).append(said(uses))
    if q.notes.whole and works and not q.lenient:
        kept = {
            name: [said(one) for one in every]
            for name, every in q.profile.dialect.access.items()
            if name not in found.by
        }
        tried = {name: works.get(name, []) for name in USUAL if name in found.by}
        order = dict.fromkeys((*q.profile.dialect.access, *USUAL))
        merged = kept | tried
        q.notes.take({"attributes": {name: merged[name] for name in order if name in merged}})


async def _point(q: Questions, point: str, uses: Combination, term: str) -> bool:
    operand = q.operand(point, uses, term)
    found, answer = await q.search(operand)
    verdict, hits = verdict_of(found)
    if verdict == WORKS and q.lenient:
        verdict = IGNORED
    q.notes.add(
        "access", f"{point} {said(uses)}", asked=in_pqf(operand), answered=answer, verdict=verdict, hits=hits
    )
    return verdict == WORKS


async def _shapes(q: Questions, found: Terms) -> None:
    """Phrases, beginnings of words, spans of years."""
    q.notes.stage("shapes")
    title = q.uses("title")
    word = found.by.get("title", "")
    year = found.by.get("year", "")
    shapes = q.profile.dialect.shapes
    tries: list[tuple[str, str, Node]] = []
    if found.phrase:
        tries.append(
            ("phrase", "phrase", Operand(term=found.phrase, attributes=beside(title, shapes.phrase)))
        )
    if len(word) > 4:
        tries.append(
            ("prefix", "beginning", Operand(term=word[:-2], attributes=beside(title, shapes.prefix)))
        )
    if year:
        uses = beside(q.uses("year"), shapes.year)
        low, high = (
            Operand(term=str(number), attributes=beside(more, uses))
            for number, more in ((int(year) - 1, shapes.above), (int(year) + 1, shapes.below))
        )
        tries.append(("above", "years", Operator(name="and", left=low, right=high)))
    for name, subject, node in tries:
        answered, text = await q.search(node)
        verdict, hits = verdict_of(answered)
        q.notes.add("shape", subject, asked=in_pqf(node), answered=text, verdict=verdict, hits=hits)
        if (
            verdict == REFUSED
            and not q.lenient
            and any(one.condition in _SHAPES for one in (answered.diagnostics if answered else ()))
        ):
            q.notes.take({name: ""} | ({"below": ""} if name == "above" else {}))


async def _operators(q: Questions, found: Terms) -> None:
    """And, or, not."""
    q.notes.stage("operators")
    other = Operand(term=found.by.get("title", COMMON[1]), attributes=q.uses("title"))
    works = []
    for name in ("and", "or", "not"):
        node = Operator(name=name, left=q.base, right=other)
        answered, text = await q.search(node)
        verdict, hits = verdict_of(answered)
        if verdict == NOTHING:
            verdict = WORKS  # two terms may well have no record in common
        if verdict == WORKS:
            works.append(name)
        q.notes.add("operator", name, asked=in_pqf(node), answered=text, verdict=verdict, hits=hits)
    if works and set(works) != set(q.profile.dialect.operators):
        q.notes.take({"operators": works})


async def _query_charset(q: Questions, found: Terms) -> None:
    """In which character set a word with accents is found, or only without them."""
    q.notes.stage("query_charset")
    if found.accented is None or q.lenient:
        return
    point, word = found.accented
    own = q.profile.dialect.charset
    works = []
    for name in (*dict.fromkeys((own, *_QUERY_CHARSETS)), ""):
        try:
            term = encoded(word, name) if name else plain(word)
        except (UnicodeEncodeError, LookupError):
            continue
        operand = Operand(term=term, attributes=q.uses(point))
        answered, text = await q.search(operand)
        verdict, hits = verdict_of(answered)
        subject = name or "plain"
        q.notes.add(
            "query_charset", subject, asked=in_pqf(operand), answered=text, verdict=verdict, hits=hits
        )
        if verdict == WORKS:
            works.append(subject)
    charsets = [name for name in works if name != "plain"]
    if charsets and own not in charsets:
        q.notes.take({"query_charset": charsets[0]})
    elif works == ["plain"]:
        q.notes.take({"strip": True})
