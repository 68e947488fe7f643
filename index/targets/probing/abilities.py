"""What else a Z39.50 target can do: copies, scan, sort, facets, named sets, records with the search, CQL."""

from __future__ import annotations

from index.rpn.tree import Attribute, Operand, ResultSet, Rpn
from index.targets import opening
from index.targets.card import IGNORED, NOTHING, ODD, REFUSED, WORKS
from index.targets.probing.questions import Questions, in_pqf, judged, name_of, text_of, verdict_of, words
from index.targets.probing.terms import Terms
from index.z3950 import opac
from index.z3950.apdu import CqlQuery, Option, RawRecord, SortKeySpec
from index.z3950.apdu.sort import SortAttributes
from index.z3950.ber import BerError
from index.z3950.errors import Z3950Failed

#: Diagnostics about element sets.
_ELEMENTS = (24, 25, 26, 1066)


async def more(q: Questions, found: Terms) -> None:
    """Scan, sort, facets, named sets, records with the search, CQL, copies."""
    q.notes.stage("more")
    await _scan(q, found)
    await _sort(q)
    await _named(q)
    answered, text = await q.search(q.base, piggyback=1)
    came = len(answered.records) if answered is not None else 0
    verdict = WORKS if came else NOTHING if answered is not None and answered.succeeded else REFUSED
    q.notes.add(
        "piggyback", "", asked="Search with 1 record", answered=f"{text}; {came} records", verdict=verdict
    )
    if (verdict == WORKS) != q.profile.dialect.piggyback:
        q.notes.take({"piggyback": verdict == WORKS})
    answered, text = await q.search(q.base, facets=True)
    names = [one.name for one in answered.facets] if answered is not None else []
    q.notes.add(
        "facets",
        "",
        asked="Search with a facet of titles",
        answered=", ".join(names) or "none came",
        verdict=WORKS if names else NOTHING,
    )
    if q.client.agreed.can(Option.QUERY_TYPE_104):
        await _cql(q, str(q.base.term))


async def _scan(q: Questions, found: Terms) -> None:
    word = found.by.get("title", "a")
    for point in ("title", "author"):
        start = Operand(term=found.by.get(point, word), attributes=q.uses(point))
        try:
            scanned = await q.client.scan(start, q.profile.address.databases, count=5, deadline=q.deadline())
        except Z3950Failed as failed:
            q.notes.add("scan", point, asked=f"Scan {in_pqf(start)}", answered=str(failed), verdict=REFUSED)
            if failed.code not in ("unsupported", "lost"):
                raise
            return
        shown = ", ".join(
            f"{text_of(one.display or one.term)} ({one.hits if one.hits is not None else '?'})"
            for one in scanned.terms
            if one.diagnostic is None
        )
        verdict = WORKS if shown else REFUSED if scanned.diagnostics else NOTHING
        q.notes.add(
            "scan",
            point,
            asked=f"Scan {in_pqf(start)}",
            answered=shown or words(scanned.diagnostics) or "no terms",
            verdict=verdict,
        )


async def _sort(q: Questions) -> None:
    key = SortKeySpec(key=SortAttributes(attributes=(Attribute(type=1, value=4),)))
    await q.search(q.base)
    before = await _titles(q)
    try:
        sorted_ = await q.client.sort((key,), deadline=q.deadline())
    except Z3950Failed as failed:
        q.notes.add("sort", "title", asked="Sort 1=4", answered=str(failed), verdict=REFUSED)
        if failed.code not in ("unsupported", "lost"):
            raise
        return
    if not sorted_.succeeded:
        q.notes.add("sort", "title", asked="Sort 1=4", answered=words(sorted_.diagnostics), verdict=REFUSED)
        return
    after = await _titles(q)
    in_order = [one.casefold() for one in after] == sorted(one.casefold() for one in after)
    verdict = WORKS if in_order or after != before else IGNORED
    q.notes.add(
        "sort", "title", asked="Sort 1=4", answered="; ".join(after)[:300] or "success", verdict=verdict
    )
    await q.search(q.base)  # the order that it was in


async def _titles(q: Questions) -> list[str]:
    raw = await q.present(min(5, q.hits))
    return [lean.title for one in raw if (lean := q.read(one)) is not None]


async def _named(q: Questions) -> None:
    try:
        found = await q.client.search(
            Rpn(root=q.base), q.profile.address.databases, result_set="probe", deadline=q.deadline()
        )
        again = await q.client.search(
            Rpn(root=ResultSet(name="probe")),
            q.profile.address.databases,
            result_set="default",
            deadline=q.deadline(),
        )
    except Z3950Failed as failed:
        q.notes.add("named_sets", "", asked="@set probe", answered=str(failed), verdict=REFUSED)
        if failed.code not in ("unsupported", "lost"):
            raise
        return
    good = found.named == "probe" and again.succeeded and again.hits == found.hits
    verdict = WORKS if good else REFUSED
    q.notes.add(
        "named_sets",
        "",
        asked="@set probe",
        answered=words(again.diagnostics) or f"{again.hits} hits in a set called {found.named}",
        verdict=verdict,
        hits=again.hits,
    )
    if good != q.profile.dialect.named_sets:
        q.notes.take({"named_sets": good})


async def _cql(q: Questions, term: str) -> None:
    try:
        found = await q.client.search(
            CqlQuery(text=f'dc.title = "{term}"'), q.profile.address.databases, deadline=q.deadline()
        )
    except Z3950Failed as failed:
        q.notes.add("version", "type-104", asked="CQL", answered=str(failed), verdict=REFUSED)
        if failed.code not in ("unsupported", "lost"):
            raise
        return
    verdict, hits = verdict_of(found)
    text = words(found.diagnostics) or f"{found.hits} hits"
    q.notes.add(
        "version", "type-104", asked=f'dc.title = "{term}"', answered=text, verdict=verdict, hits=hits
    )


async def syntax(q: Questions, name: str) -> tuple[str, str]:
    """(verdict, in words) of a record in this syntax."""
    (oid,) = opening.syntaxes([name])
    answer = await q.ask_present(1, 1, syntax=oid)
    verdict, text = judged(answer)
    if verdict != WORKS and any(one.condition in _ELEMENTS for one in answer.diagnostics):
        answer = await q.ask_present(1, 1, syntax=oid, elements=None)
        verdict, more = judged(answer)
        text = f"without an element set: {more}; with one: {text}"
    if verdict != WORKS:
        return verdict, text
    (record,) = answer.records[:1]
    if record.syntax != oid:
        return ODD, f"it came as {name_of(record.syntax)}"
    if name == "opac":
        text = _copies(q, record)
    elif name != "grs1" and q.read(record) is None:
        return ODD, "a record that cannot be read"
    return WORKS, text


def _copies(q: Questions, record: RawRecord) -> str:
    try:
        copies = len(opac.decode(record.payload).holdings or ())
    except BerError as bad:
        return str(bad)
    q.notes.add(
        "holdings",
        "opac",
        asked="Present 1, opac",
        answered=f"{copies} copies",
        verdict=WORKS if copies else NOTHING,
    )
    if copies and q.notes.whole:
        q.notes.take({"holdings": "opac"})
    return f"{copies} copies"
