"""Probes an SRU target: explain, indexes, schemas, and what else it can do."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from foundation.fetch import Fetcher
from index.live.lean.record import Lean
from index.live.link import Diagnostic, LinkFailed
from index.rpn.spelling import plain
from index.sru.client import Client
from index.sru.link import endpoint
from index.sru.values import Answer, Explanation, SortKey
from index.targets.attributes import USUAL, said
from index.targets.card import FAILED, IGNORED, NOTHING, ODD, REFUSED, WORKS
from index.targets.imports import zeerex
from index.targets.probing import terms
from index.targets.probing.notes import Ended, Notes
from index.targets.probing.sru_questions import Questions, lean_of, verdict_of, words
from index.targets.probing.terms import COMMON, Terms
from index.targets.profile import Profile

STAGES = ("explain", "seed", "schemas", "access", "shapes", "operators", "query_charset", "more")
SHORT = ("explain", "seed", "schemas", "access")

#: Schemas that are tried where explain names none.
_SCHEMAS = ("marcxml", "mods", "dc")
#: Hits that are enough to try the rest with.
ENOUGH = 20
#: A use attribute that no attribute set has.
NONSENSE = 5999


def probe(profile: Profile, password: str, fetcher: Fetcher, notes: Notes) -> None:
    """Fill the notes. Raises Ended when the target cannot be probed further, and whatever the report raises."""
    q = Questions(profile=profile, client=Client(fetcher, endpoint(profile, password)), notes=notes)
    explained = _explain(q)
    _seed(q, explained)
    records = _schemas(q, explained)
    found = terms.of(records)
    _access(q, found, explained)
    if notes.whole:
        _shapes(q, found)
        _operators(q, found)
        _query_charset(q, found)
        _more(q, found)


def _explain(q: Questions) -> Explanation | None:
    q.notes.stage("explain")
    asked = f"{q.profile.address.url.removeprefix('sru+')} explain"
    began = time.monotonic()
    try:
        found = q.client.explain(q.seconds())
    except LinkFailed as failed:
        ends = failed.code not in ("protocol", "diagnostic")
        verdict = REFUSED if failed.code == "rejected" else FAILED if ends else NOTHING
        trait = "connect" if ends and verdict == FAILED else "explain"
        q.notes.add(
            trait,
            "",
            asked=asked,
            answered=" ".join((str(failed), words(failed.diagnostics))).strip(),
            verdict=verdict,
            seconds=time.monotonic() - began,
        )
        if ends:
            raise Ended(failed.code) from failed
        return None
    q.notes.identity = found.title or found.host
    indexes, schemas = len(found.indexes), ", ".join(one.name for one in found.schemas[:10])
    says = bool(found.indexes or found.schemas)
    q.notes.add(
        "explain",
        "",
        asked=asked,
        answered=f"{indexes} indexes; schemas: {schemas or 'none'}" if says else "it explains nothing",
        verdict=WORKS if says else NOTHING,
        seconds=time.monotonic() - began,
    )
    return found


def _seed(q: Questions, explained: Explanation | None) -> None:
    q.notes.stage("seed")
    best, answered, understood = "", "", explained is not None
    offered = _offered(explained)
    for point in ("any", "title"):
        for name in q.names(point, offered.get(point, ())):
            for word in COMMON:
                query = q.say(point, name, word)
                answer, answered = q.search(query)
                understood = understood or answer is not None
                if answer is None or answer.refused:
                    if answer is not None and _turned_away(answer.diagnostics):
                        q.notes.add("init", "", asked=query, answered=answered, verdict=REFUSED)
                        raise Ended("rejected")
                    break
                if (answer.hits or 0) > q.hits:
                    best, q.hits = query, answer.hits or 0
                if q.hits >= ENOUGH:
                    break
            if best:
                q.base = best
                spoken = q.client.memory.of(q.client.key).spoken
                if spoken is not None:
                    q.notes.add("version", spoken.version, asked=best, answered="understood", verdict=WORKS)
                    if not q.profile.dialect.sru_version and q.notes.whole:
                        q.notes.take({"sru_version": spoken.version})
                q.notes.add("seed", point, asked=best, answered=f"{q.hits} hits", verdict=WORKS, hits=q.hits)
                return
    q.notes.add("seed", "", asked=", ".join(COMMON), answered=answered, verdict=NOTHING)
    raise Ended("no_records" if understood else "protocol")


def _schemas(q: Questions, explained: Explanation | None) -> list[Lean]:
    q.notes.stage("schemas")
    own = q.profile.retrieval.schema
    offered = [one.name for one in explained.schemas if one.retrieve is not False] if explained else []
    wanted = (*([own] if own else []), *offered[:8], *(() if offered else _SCHEMAS), "")
    if not q.notes.whole:
        wanted = (own,)
    reads: dict[str, list[Lean]] = {}
    for name in dict.fromkeys(wanted):
        answer, text = q.search(q.base, count=10, schema=name)
        dropped = answer is not None and any(one.code == "schema_dropped" for one in answer.diagnostics)
        items = [one for one in answer.items if one.payload] if answer is not None else []
        records = [lean for one in items if (lean := lean_of(q.profile, one.schema, one.payload)) is not None]
        subject = name or "(default)"
        if answer is None or answer.refused or dropped or not items:
            surrogate = [one.diagnostic for one in answer.items if one.diagnostic] if answer else []
            text = words([*(answer.diagnostics if answer else ()), *surrogate]) or text
            verdict = REFUSED
        elif not records:
            verdict, text = (
                ODD,
                f"{items[0].schema or 'a schema without a name'}: a record that cannot be read",
            )
        else:
            verdict, text = WORKS, f"{items[0].schema}; {len(records)} of {len(items)} records read"
            reads[name] = records
        q.notes.add("schema", subject, asked=f"recordSchema {subject}", answered=text, verdict=verdict)
    best = own if own in reads else zeerex.best_schema(explained) if explained else None
    chosen = best[0] if isinstance(best, tuple) else best
    if chosen not in reads:
        chosen = next((name for name in (*_SCHEMAS, *reads) if name in reads), None)
    if chosen is None:
        return []
    q.schema = chosen
    if chosen != own and q.notes.whole:
        q.notes.take({"schema": chosen})
    return reads[chosen]


def _access(q: Questions, found: Terms, explained: Explanation | None) -> None:
    q.notes.stage("access")
    offered = _offered(explained)
    if q.notes.whole:
        name = f"1={NONSENSE}" if q.pqf else "dc.zweifelhaft"
        query = q.say("any", name, found.by.get("title", COMMON[0]))
        answer, text = q.search(query)
        verdict, hits = verdict_of(answer)
        q.lenient = verdict == WORKS
        q.notes.add(
            "nonsense",
            name,
            asked=query,
            answered=text,
            verdict=IGNORED if q.lenient else WORKS,
            hits=hits,
        )
    points = USUAL if q.notes.whole else ("title", "author")
    for point in points:
        term = found.by.get(point)
        if term is None:
            continue
        names = q.names(point, offered.get(point, ()))
        for name in names if q.notes.whole else names[:1]:
            query = q.say(point, name, term)
            answer, text = q.search(query)
            verdict, hits = verdict_of(answer)
            if verdict == WORKS and q.lenient:
                verdict = IGNORED
            q.notes.add("access", f"{point} {name}", asked=query, answered=text, verdict=verdict, hits=hits)
            if verdict in (WORKS, IGNORED):
                q.works.setdefault(point, []).append(name)
    if q.notes.whole and q.works and not q.lenient:
        if "title" in q.works:
            q.works.setdefault("any", q.works["title"][:1])  # better than nothing at all
        own = q.profile.dialect.access if q.pqf else q.profile.dialect.indexes
        kept = {
            name: [one if isinstance(one, str) else said(one) for one in every]
            for name, every in own.items()
            if name not in found.by
        }
        tried = {name: q.works.get(name, []) for name in USUAL if name in found.by}
        merged = kept | {name: every for name, every in tried.items() if every or name in own}
        order = dict.fromkeys((*own, *USUAL))
        q.notes.take(
            {"attributes" if q.pqf else "indexes": {name: merged[name] for name in order if name in merged}}
        )


def _shapes(q: Questions, found: Terms) -> None:
    q.notes.stage("shapes")
    if q.pqf or "title" not in q.works:
        return
    title = q.works["title"][0]
    word = found.by["title"]
    tries = [("beginning", f"{title} = {word[:-2]}*")] if len(word) > 4 else []
    if found.phrase:
        tries.append(("phrase", f'{title} adj "{found.phrase}"'))
    if "year" in q.works:
        year, index = int(found.by["year"]), q.works["year"][0]
        tries.append(("years", f"{index} >= {year - 1} and {index} <= {year + 1}"))
    for subject, query in tries:
        answer, text = q.search(query)
        verdict, hits = verdict_of(answer)
        q.notes.add("shape", subject, asked=query, answered=text, verdict=verdict, hits=hits)


def _operators(q: Questions, found: Terms) -> None:
    q.notes.stage("operators")
    if q.pqf:
        return
    name = q.works.get("title", q.names("title"))[0]
    other = q.say("title", name, found.by.get("title", COMMON[1]))
    works = []
    for operator in ("and", "or", "not"):
        query = f"{q.base} {operator} {other}"
        answer, text = q.search(query)
        verdict, hits = verdict_of(answer)
        if verdict == NOTHING:
            verdict = WORKS  # two terms may well have no record in common
        if verdict == WORKS:
            works.append(operator)
        q.notes.add("operator", operator, asked=query, answered=text, verdict=verdict, hits=hits)
    if works and set(works) != set(q.profile.dialect.operators):
        q.notes.take({"operators": works})


def _query_charset(q: Questions, found: Terms) -> None:
    q.notes.stage("query_charset")
    if found.accented is None:
        return
    point, word = found.accented
    names = q.works.get(point) or q.names(point)
    works = []
    for subject, term in ((q.profile.dialect.charset, word), ("plain", plain(word))):
        query = q.say(point, names[0], term)
        answer, text = q.search(query)
        verdict, hits = verdict_of(answer)
        q.notes.add("query_charset", subject, asked=query, answered=text, verdict=verdict, hits=hits)
        if verdict == WORKS:
            works.append(subject)
    if works == ["plain"]:
        q.notes.take({"strip": True})


def _more(q: Questions, found: Terms) -> None:
    """How many records at a time, copies, scan, sort, facets."""
    q.notes.stage("more")
    most = min(100, q.hits)
    answer, text = q.search(q.base, count=most)
    came = len(answer.items) if answer is not None else 0
    q.notes.add(
        "present",
        "",
        asked=f"maximumRecords {most}",
        answered=f"{came} records" if came else text,
        verdict=WORKS if came == most else ODD if came else REFUSED,
    )
    if 0 < came < min(most, q.profile.limits.chunk):
        q.notes.take({"chunk": came})
    copies = sum(bool(one.holdings) for one in answer.items) if answer is not None else 0
    if copies:
        q.notes.add("holdings", "", asked=q.base, answered=f"beside {copies} records", verdict=WORKS)
    title = q.works.get("title", q.names("title"))[0]
    if not q.pqf:
        _scan(q, title, found.by.get("title", "a"))
        _sort(q, title)
    answer, text = q.search(q.base, facets=((title.rpartition(".")[2], 5),))
    names = [name for name, _ in answer.facets] if answer is not None else []
    q.notes.add(
        "facets",
        "",
        asked="facetLimit 5:title",
        answered=", ".join(names) or "none came",
        verdict=WORKS if names else NOTHING,
    )


def _scan(q: Questions, index: str, word: str) -> None:
    clause = f'{index} = "{word}"'
    try:
        scanned = q.client.scan(clause, 5, q.seconds())
    except LinkFailed as failed:
        if failed.code not in ("protocol", "diagnostic", "unsupported"):
            raise
        q.notes.add("scan", index, asked=clause, answered=str(failed), verdict=REFUSED)
        return
    shown = ", ".join(
        f"{one.shown or one.term} ({one.count if one.count is not None else '?'})" for one in scanned.entries
    )
    verdict = WORKS if shown else REFUSED if scanned.diagnostics else NOTHING
    text = shown or words(scanned.diagnostics) or "no terms"
    q.notes.add("scan", index, asked=clause, answered=text, verdict=verdict)


def _sort(q: Questions, index: str) -> None:
    before = _titles(q.profile, q.search(q.base, count=5)[0])
    answer, text = q.search(q.base, count=5, sort=(SortKey(index=index),))
    dropped = [one for one in answer.diagnostics if one.code == "sort_dropped"] if answer is not None else []
    if answer is None or answer.refused or dropped:
        text = dropped[0].detail if dropped else text
        q.notes.add("sort", index, asked=f"sort by {index}", answered=text, verdict=REFUSED)
        return
    after = _titles(q.profile, answer)
    in_order = [one.casefold() for one in after] == sorted(one.casefold() for one in after)
    verdict = WORKS if in_order or after != before else IGNORED
    q.notes.add("sort", index, asked=f"sort by {index}", answered="; ".join(after)[:300], verdict=verdict)


def _titles(profile: Profile, answer: Answer | None) -> list[str]:
    items = answer.items if answer is not None else ()
    return [lean.title for one in items if (lean := lean_of(profile, one.schema, one.payload)) is not None]


def _offered(explained: Explanation | None) -> dict[str, Sequence[str]]:
    """The indexes that explain speaks for, by access point."""
    said_there = zeerex.takes(explained).get("indexes", {}) if explained is not None else {}
    return dict(said_there)


def _turned_away(diagnostics: Iterable[Diagnostic]) -> bool:
    return any((one.set, one.code) in (("srw", "3"), ("srw", "68")) for one in diagnostics)
