"""Values of a live search as JSON, small: parts that say nothing are left out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any

from index.live.lean import Lean
from index.live.link import Diagnostic, Fetched
from index.live.merging import Merged
from index.live.snapshot import Facet, Holder, LiveCluster, TargetReport, TargetState
from index.record import Availability, Holding

_COPY = {f.name: f.default for f in fields(Holding)}
_SAID = {f.name: f.default for f in fields(Diagnostic)}
_NO_LEAN = Lean("")
_REPORT = {f.name: f.default for f in fields(TargetReport)}


def dump(value: Any) -> str:
    """JSON without blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _sparse(value: Any, defaults: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: getattr(value, name) for name in defaults}
    return {name: one for name, one in found.items() if defaults[name] is MISSING or one != defaults[name]}


def copies(holdings: Iterable[Holding]) -> list[dict[str, Any]]:
    """Holdings as JSON values."""
    return [_sparse(one, _COPY) for one in holdings]


def copies_of(value: Iterable[Mapping[str, Any]]) -> tuple[Holding, ...]:
    """What `copies` wrote."""
    return tuple(
        Holding(**{**one, "availability": Availability(one.get("availability", "unknown"))}) for one in value
    )


def said(diagnostics: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """Diagnostics as JSON values."""
    return [_sparse(one, _SAID) for one in diagnostics]


def said_of(value: Iterable[Mapping[str, Any]]) -> tuple[Diagnostic, ...]:
    """What `said` wrote."""
    return tuple(Diagnostic(**one) for one in value)


def report(value: TargetReport) -> dict[str, Any]:
    """A target's report as a JSON value."""
    return {**_sparse(value, _REPORT), "diagnostics": said(value.diagnostics)}


def report_of(value: Mapping[str, Any]) -> TargetReport:
    """What `report` wrote."""
    return TargetReport(
        **{
            **value,
            "state": TargetState(value["state"]),
            "diagnostics": said_of(value.get("diagnostics", ())),
        }
    )


def facets(value: Iterable[Facet]) -> list[Any]:
    """Facets as JSON values."""
    return [[one.name, one.values, one.sample] for one in value]


def facets_of(value: Iterable[Sequence[Any]]) -> tuple[Facet, ...]:
    """What `facets` wrote."""
    return tuple(
        Facet(name=name, values=tuple((v, n) for v, n in values), sample=bool(sample))
        for name, values, sample in value
    )


def keys(row: Merged) -> str:
    """What filters, facets and orders need of a cluster, as JSON text."""
    return dump([row.score, row.title, row.author, row.year, row.name, row.facets])


def row_of(number: int, text: str) -> Merged:
    """What `keys` wrote; without description and holders."""
    score, title, author, year, name, facet_values = json.loads(text)
    return Merged(
        str(number),
        score,
        title,
        author,
        year,
        name,
        tuple(tuple(values) for values in facet_values),
        (),
        _NO_LEAN,
    )


def body(cluster: LiveCluster) -> str:
    """A cluster as JSON text, without its id."""
    value: dict[str, Any] = {
        "b": cluster.brief,
        "h": [
            [one.target, one.position, one.library, copies(one.holdings)]
            if one.holdings
            else [one.target, one.position, one.library]
            if one.library
            else [one.target, one.position]
            for one in cluster.holders
        ],
    }
    if cluster.union_id:
        value["u"] = cluster.union_id
    if cluster.score:
        value["s"] = round(cluster.score, 4)
    return dump(value)


def body_of(number: int, text: str) -> LiveCluster:
    """What `body` wrote."""
    value = json.loads(text)
    return LiveCluster(
        id=str(number),
        brief=value["b"],
        holders=tuple(
            Holder(
                target=one[0],
                position=one[1],
                library=one[2] if len(one) > 2 else "",
                holdings=copies_of(one[3]) if len(one) > 3 else (),
            )
            for one in value["h"]
        ),
        union_id=value.get("u", ""),
        score=value.get("s", 0.0),
    )


def portion(records: Sequence[Fetched]) -> tuple[str, bytes]:
    """Records that follow one another, as JSON text and their payloads in a row: most have nothing to say but lengths."""
    syntax = records[0].syntax if records else ""
    more = {str(place): found for place, one in enumerate(records) if (found := _beside(one, syntax))}
    value = {"s": syntax, "n": [len(one.payload) for one in records]}
    return dump({**value, "x": more} if more else value), b"".join([one.payload for one in records])


def _beside(one: Fetched, syntax: str) -> dict[str, Any]:
    if one.syntax == syntax and not one.charset and not one.holdings and one.diagnostic is None:
        return {}
    value: dict[str, Any] = {"s": one.syntax}
    if one.charset:
        value["c"] = one.charset
    if one.holdings:
        value["h"] = copies(one.holdings)
    if one.diagnostic:
        value["d"] = said((one.diagnostic,))[0]
    return value


def portion_of(first: int, text: str, payloads: bytes) -> list[Fetched]:
    """What `portion` wrote, numbered from `first`."""
    value = json.loads(text)
    more = value.get("x", {})
    found, at = [], 0
    for place, length in enumerate(value["n"]):
        beside = more.get(str(place), {})
        found.append(
            Fetched(
                position=first + place,
                syntax=beside.get("s", value["s"]),
                payload=payloads[at : at + length],
                charset=beside.get("c", ""),
                holdings=copies_of(beside.get("h", ())),
                diagnostic=Diagnostic(**beside["d"]) if "d" in beside else None,
            )
        )
        at += length
    return found
