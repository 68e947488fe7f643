"""A live search in people's words: how far each target is and why, one line of results, the values of facets."""

from __future__ import annotations

from typing import Any

from flask import g

from index.live.link import Diagnostic
from index.live.snapshot import UNION, LiveCluster, Snapshot, TargetReport, TargetState
from web import formats, texts
from web.search import hits, labels
from web.search.directory import directory

#: The shape of the dot before each state.
DOTS = {
    TargetState.WAITING: "ring muted",
    TargetState.SEARCHING: "half",
    TargetState.OK: "ok",
    TargetState.FAILED: "sq bad",
    TargetState.TIMEOUT: "half warn",
    TargetState.SKIPPED: "unknown muted",
}
#: Values of a facet that are offered, remarks on a target, and holders named in a line.
VALUES, REMARKS, NAMED = 8, 3, 4


def target(one: TargetReport) -> dict[str, Any]:
    """One target of the strip: its state, hits and seconds in words, and why it is not well."""
    said = texts.say
    found = one.hits if one.hits is not None else one.fetched
    if one.state in (TargetState.WAITING, TargetState.SEARCHING, TargetState.SKIPPED):
        words = said(f"live.state.{one.state}", g.language)
    elif one.state is TargetState.OK or one.fetched:
        key = "live.fetched" if one.exact else "live.fetched.about"
        words = said(
            key,
            g.language,
            n=found,
            fetched=formats.count(one.fetched, g.language),
            count=formats.count(found, g.language),
        )
        if one.state is not TargetState.OK:
            words = f"{said(f'live.state.{one.state}', g.language)}: {words}"
    else:
        words = said(f"live.state.{one.state}", g.language)
    return {
        "id": one.id,
        "name": said("live.union", g.language) if one.id == UNION else one.name,
        "dot": DOTS[one.state],
        "words": words,
        "seconds": formats.count(round(one.seconds, 1), g.language)
        if one.state is not TargetState.WAITING and one.id != UNION
        else "",
        "why": [remark(said) for said in _told(one)][:REMARKS],
        "more": one.more and one.id != UNION,
        "retry": one.retry and one.id != UNION,
    }


def _told(one: TargetReport) -> list[Diagnostic]:
    """What is worth telling: the first of each kind."""
    return list({(said.set, said.code): said for said in one.diagnostics}.values())


def remark(said: Diagnostic) -> str:
    """A diagnostic in plain words; a target's own in its own, marked as such."""
    if said.set == "silang":
        known = f"live.why.{said.code}"
        return texts.say(known if texts.has(known) else "live.why.other", g.language)
    own = " ".join(part for part in (said.text, said.detail) if part)[:200]
    return texts.say("live.why.own", g.language, code=said.code, words=own)


def summary(found: Snapshot) -> str:
    """The whole in one sentence, as it is spoken."""
    live = [one for one in found.targets if one.id != UNION]
    done = sum(one.state not in (TargetState.WAITING, TargetState.SEARCHING) for one in live)
    total = formats.count(found.total, g.language)
    key = "live.said.running" if found.running else f"live.said.{found.state}"
    return texts.say(key, g.language, n=found.total, count=total, done=done, of=len(live))


def line(search: str, cluster: LiveCluster, names: dict[str, str]) -> dict[str, Any]:
    """One edition among the results; `names` of targets by id."""
    known = directory()
    brief = {**cluster.brief, "holders": ()}
    drawn = hits.line(cluster.id, brief, g.language, known.names, known.own)
    holders: dict[str, str] = {}
    for holder in cluster.holders:
        if holder.target == UNION:
            code = holder.library
            holders.setdefault(f"library {code}", known.names.get(code, code) if code else names[UNION])
        elif holder.library:
            holders.setdefault(f"library {holder.library}", known.names.get(holder.library, holder.library))
        else:
            holders.setdefault(holder.target, names.get(holder.target, holder.target))
    only_here = all(holder.target == UNION for holder in cluster.holders)
    return {
        "address": f"/record/{cluster.union_id}" if only_here else f"/live/{search}/{cluster.id}",
        "title": drawn["title"],
        "letter": drawn["letter"],
        "kind": drawn["kind"],
        "book": drawn["book"],
        "facts": drawn["facts"],
        "isbn": next(iter(cluster.brief.get("isbn", ())), ""),
        "here": bool(cluster.union_id),
        "holders": list(holders.values())[:NAMED],
        "more": max(0, len(holders) - NAMED),
    }


def facet_value(name: str, value: str, targets: dict[str, str]) -> str:
    """The words of a facet's value."""
    if name == "target":
        return targets.get(value, value)
    return labels.facet_value(name, value, g.language, directory().names)


def names(found: Snapshot) -> dict[str, str]:
    """Names of targets by id, our own catalogue too."""
    ours = texts.say("live.union", g.language)
    return {UNION: ours, **{one.id: one.name for one in found.targets if one.id != UNION}}
