"""One search of one target, with the first records and everything that was said: for whoever sets the target up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from index.cql import parser as cql_parser
from index.cql.tree import BadCql
from index.crosswalk.errors import BadRecord
from index.live import z3950
from index.live.aims import reading
from index.live.lean.reading import read
from index.live.link import Diagnostic, Fetched, LinkFailed
from index.live.z3950.link import Means, Z3950Link, failed
from index.live.z3950.link import opening as introduction
from index.live.z3950.records import said
from index.parse import parse
from index.query import BadQuery
from index.rpn import pqf
from index.rpn.from_cql import rpn as rpn_of_cql
from index.rpn.pqf import BadPqf
from index.sru import saying
from index.sru.client import Client as SruClient
from index.sru.link import endpoint
from index.sru.values import Wish
from index.targets import dialects, opening
from index.targets.hearing import Heard, HeardClient, HeardFetcher, blotted, spellings, syntax_name
from index.targets.probing.run import Network
from index.targets.profile import Profile
from index.z3950.apdu import CqlQuery, Query
from index.z3950.errors import Z3950Failed

#: Records that are fetched and shown.
RECORDS = 5
LANGUAGES = ("box", "pqf", "cql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A record in a few words, or why it cannot be read."""

    syntax: str
    title: str = ""
    authors: tuple[str, ...] = ()
    year: str = ""
    copies: int = 0
    fault: str = ""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of a search. `sent` is the query as it was sent first; `failed` a code of LinkFailed, '' when none."""

    sent: str = ""
    hits: int | None = None
    seconds: float = 0.0
    diagnostics: list[str] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    failed: str = ""
    detail: str = ""

    def value(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def search(profile: Profile, password: str, network: Network, text: str, language: str) -> Outcome:
    """Search a target; whatever goes wrong stands in the outcome. `language` is one of LANGUAGES."""
    heard, outcome = Heard(password), Outcome()
    began = time.monotonic()
    try:
        if profile.address.protocol == "sru":
            _sru(profile, password, network, text, language, heard, outcome)
        else:
            asyncio.run(_z3950(profile, password, network, text, language, heard, outcome))
    except LinkFailed as bad:
        outcome.failed, outcome.detail = bad.code, bad.detail
        outcome.diagnostics += _words(bad.diagnostics)
    except Z3950Failed as bad:
        outcome.failed, outcome.detail = bad.code, str(bad)
    except (BadQuery, BadPqf, BadCql) as bad:
        outcome.failed, outcome.detail = "unsupported", str(bad)
    outcome.seconds = round(time.monotonic() - began, 3)
    outcome.log = [asdict(line) for line in heard.lines]
    secrets = spellings(password)
    outcome.diagnostics = [blotted(one, secrets) for one in dict.fromkeys(outcome.diagnostics)]
    outcome.detail = blotted(outcome.detail, secrets)
    return outcome


async def _z3950(
    profile: Profile,
    password: str,
    network: Network,
    text: str,
    language: str,
    heard: Heard,
    outcome: Outcome,
) -> None:
    loop, limits = asyncio.get_running_loop(), profile.limits
    client = HeardClient(
        opening.address(profile),
        introduction(profile, password),
        allowed=network.allowed,
        limits=opening.limits(profile),
    )
    client.listen(heard)
    query = None if language == "box" else _direct(profile, text, language)
    asked = parse(text) if language == "box" else None
    outcome.sent = z3950.pqf(asked, profile) if asked is not None else _text(query)
    try:
        await client.open(loop.time() + limits.connect_seconds)
        link = Z3950Link(client, profile, Means(allowed=network.allowed))
        deadline = loop.time() + limits.search_seconds
        if asked is not None:
            found = await link.search(asked, deadline=deadline)
            outcome.hits, outcome.diagnostics = found.hits, _words(found.diagnostics)
        elif query is not None:
            answer = await client.search(query, profile.address.databases, deadline=deadline)
            outcome.hits, outcome.diagnostics = answer.hits, _words(map(said, answer.diagnostics))
            if not answer.succeeded:
                raise LinkFailed("diagnostic", outcome.diagnostics[0] if outcome.diagnostics else "")
        if outcome.hits:
            count = min(RECORDS, outcome.hits)
            fetched = await link.fetch(1, count, deadline=loop.time() + limits.search_seconds)
            outcome.shown = [_shown(one, profile) for one in fetched]
    except Z3950Failed as bad:
        raise failed(bad) from bad
    finally:
        await client.close()


def _direct(profile: Profile, text: str, language: str) -> Query:
    """A query as somebody wrote it. CQL is sent as it is where the target is asked in it, else in the dialect."""
    if language == "pqf":
        return pqf.parse(text)
    if profile.dialect.query == "cql":
        return CqlQuery(text=text)
    return rpn_of_cql(cql_parser.parse(text), dialects.of(profile))


def _text(query: Any) -> str:
    return query.text if isinstance(query, CqlQuery) else pqf.write(query)


def _sru(
    profile: Profile,
    password: str,
    network: Network,
    text: str,
    language: str,
    heard: Heard,
    outcome: Outcome,
) -> None:
    in_pqf = language == "pqf" or (language == "box" and profile.dialect.query == "pqf")
    if language != "box":
        outcome.sent = text
    elif in_pqf:
        outcome.sent = z3950.pqf(parse(text), profile)
    else:
        outcome.sent = saying.cql(parse(text), profile.dialect, {})
    fetcher = HeardFetcher(network.policy, heard)
    try:
        client = SruClient(fetcher, endpoint(profile, password))
        wish = Wish(query=outcome.sent, pqf=in_pqf, count=RECORDS, schema=profile.retrieval.schema)
        answer = client.search(wish, profile.limits.search_seconds)
    finally:
        fetcher.close()
    outcome.hits, outcome.diagnostics = answer.hits, _words(answer.diagnostics)
    outcome.shown = [
        _shown(
            Fetched(
                position=one.position,
                syntax=one.schema,
                payload=one.payload,
                holdings=one.holdings,
                diagnostic=one.diagnostic,
            ),
            profile,
        )
        for one in answer.items[:RECORDS]
    ]
    if answer.refused and not answer.items:
        outcome.failed, outcome.detail = "diagnostic", outcome.diagnostics[0]


def _shown(one: Fetched, profile: Profile) -> Shown:
    syntax = syntax_name(one.syntax)
    if one.diagnostic is not None:
        return Shown(syntax=syntax, fault=_words([one.diagnostic])[0])
    try:
        lean = read(one, reading(profile))
    except BadRecord as bad:
        return Shown(syntax=syntax, fault=str(bad))
    return Shown(
        syntax=syntax,
        title=lean.title,
        authors=tuple(name.text for name in lean.authors[:3]),
        year=str(lean.year or ""),
        copies=sum(copy.copies for copy in lean.holdings),
    )


def _words(diagnostics: Iterable[Diagnostic] | Sequence[Diagnostic]) -> list[str]:
    return [
        (f"{one.code}: {one.text}" if one.text else one.code) + (f" ({one.detail})" if one.detail else "")
        for one in diagnostics
    ]
