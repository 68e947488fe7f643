"""silang live: one query to many catalogues at once, their answers as one list; needs no installation of its own."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

import click

from index import parse
from index.query import All, BadQuery, Query

#: The states that are told; whoever was not asked did not answer either.
STATES = {"ok": "ok", "timeout": "timeout"}


@click.command()
@click.argument("query")
@click.option(
    "--target",
    "targets",
    multiple=True,
    required=True,
    metavar="URL",
    help="z3950://host:port/database, z3950s://…, sru+http://host/path or sru+https://…; repeat it for more.",
)
@click.option("--budget", type=click.FloatRange(0.1, 600), default=8.0, show_default=True, metavar="SECONDS")
@click.option(
    "--records",
    type=click.IntRange(0, 10_000),
    default=100,
    show_default=True,
    help="How many records to fetch from each target.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on the standard output.")
def live(query: str, targets: Sequence[str], budget: float, records: int, as_json: bool) -> None:
    """Search catalogues live, by Z39.50 and SRU, in the language of the search box.

    Ends with 1 when a target did not answer, with 2 when the query cannot be read.
    """
    try:
        asked = parse.parse(query)
    except BadQuery as error:
        raise click.UsageError(f"the query cannot be read: {error}") from error
    if isinstance(asked, All):
        raise click.UsageError("the query has no word to search for")
    click.echo(
        "silang live reaches any address, private ones too: it acts for whoever has this shell.", err=True
    )
    told = asyncio.run(_search(asked, list(targets), budget, records))
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        _print(told)
    if any(one["state"] != "ok" for one in told["targets"]):
        raise SystemExit(1)


async def _search(query: Query, urls: Sequence[str], budget: float, records: int) -> dict[str, Any]:
    from foundation.fetch import FetchPolicy
    from index.live.aims import Ways  # slow to import: only who searches pays
    from index.live.asking.pool import Pool
    from index.live.results import Results
    from index.live.run import Run
    from index.targets.profile import Limits, Profile
    from index.targets.urls import BadAddress
    from web.wiring import VERSION

    gc.freeze()  # what is loaded by now stays
    ways = Ways(FetchPolicy(any_address=True, user_agent=f"Silang/{VERSION}"))
    limits = Limits(
        connect_seconds=budget,
        search_seconds=budget,
        whole_seconds=budget,
        most_records=records,
        chunk=100,
        connections=4,
        idle_seconds=0.0,
    )
    aims, wrong = [], {}
    for number, url in enumerate(urls):
        try:
            profile, secret = _profile(url, Profile(code=f"t{number}", address=_address(url), limits=limits))
        except BadAddress as error:
            wrong[number] = error.reason
            continue
        aims.append(ways.aim(str(number), profile, lambda secret=secret: secret, name=url))  # type: ignore[misc]  # mypy knows no type of a default
    pool = Pool()
    results = Results(query)
    run = Run(query=query, pool=pool, results=results, wall=time.time)
    began = run.now
    run.start(aims, began + budget)
    await run.finished()
    seconds = run.now - began
    await pool.close()
    reports = {int(report.id): report for report in run.reports()}
    return {
        "query": parse.write(query),
        "targets": [
            _target(url, reports[number]) if number in reports else _wrong(url, wrong[number])
            for number, url in enumerate(urls)
        ],
        "total": len(results.clusters()),
        "clusters": [_cluster(one, urls) for one in results.clusters()],
        "facets": {
            facet.name: [[_facet_value(facet.name, value, urls), count] for value, count in facet.values]
            for facet in results.everything(sample=any(one.more for one in reports.values()))
        },
        "first_seconds": None if run.first_seconds is None else round(run.first_seconds, 4),
        "seconds": round(seconds, 4),
    }


def _address(url: str) -> Any:
    from index.targets.urls import read

    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return read(url)
    return read(url.replace(parts.netloc, parts.netloc.rpartition("@")[2], 1))


def _profile(url: str, profile: Any) -> tuple[Any, str]:
    """The profile with the name that an address holds before an @, and the password; '' when it has none."""
    from index.targets.profile import Authentication

    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return profile, ""
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    kind = "basic" if profile.address.protocol == "sru" else "open"
    return replace(profile, authentication=Authentication(kind=kind, user=unquote(user))), unquote(password)


def _target(url: str, report: Any) -> dict[str, Any]:
    return {
        "url": _without_password(url),
        "state": STATES.get(report.state.value, "failed"),
        "hits": report.hits,
        "exact": report.exact,
        "fetched": report.fetched,
        "unread": report.unread,
        "seconds": round(report.seconds, 4),
        "first_seconds": report.first_seconds,
        "diagnostics": [_diagnostic(one) for one in report.diagnostics],
    }


def _wrong(url: str, reason: str) -> dict[str, Any]:
    return {
        "url": _without_password(url),
        "state": "failed",
        "hits": None,
        "exact": True,
        "fetched": 0,
        "unread": 0,
        "seconds": 0.0,
        "first_seconds": None,
        "diagnostics": [{"set": "silang", "code": reason, "text": "", "detail": "", "fatal": True}],
    }


def _diagnostic(one: Any) -> dict[str, Any]:
    return {"set": one.set, "code": one.code, "text": one.text, "detail": one.detail, "fatal": one.fatal}


def _cluster(one: Any, urls: Sequence[str]) -> dict[str, Any]:
    from index.live.keeping.packing import copies

    brief = dict(one.brief)
    return {
        "id": one.id,
        "title": brief.pop("title", ""),
        "authors": brief.pop("authors", None) or brief.get("contributors", []),
        "year": brief.pop("year", None),
        "isbn": brief.pop("isbn", []),
        **brief,
        "score": one.score,
        "holders": [
            {
                "target": _without_password(urls[int(holder.target)]),
                "position": holder.position,
                "holdings": copies(holder.holdings),
            }
            for holder in one.holders
        ],
    }


def _facet_value(name: str, value: str, urls: Sequence[str]) -> str:
    return _without_password(urls[int(value)]) if name == "target" else value


def _without_password(url: str) -> str:
    netloc = urlsplit(url).netloc
    user, at, host = netloc.rpartition("@")
    return url.replace(netloc, f"{user.partition(':')[0]}@{host}", 1) if at else url


def _print(told: dict[str, Any]) -> None:
    for one in told["targets"]:
        hits = "?" if one["hits"] is None else f"{one['hits']:,}"
        click.echo(
            f"{one['state']:<8} {one['url']}  {hits} hits, {one['fetched']:,} fetched, {one['seconds']:.2f} s"
        )
        for said in one["diagnostics"]:
            words = " ".join(part for part in (said["code"], said["text"], said["detail"]) if part)
            click.echo(f"         {words}")
    click.echo(f"\n{told['total']:,} editions in {told['seconds']:.2f} s\n")
    for number, one in enumerate(told["clusters"], 1):
        who = "; ".join(one["authors"])
        title = " : ".join(part for part in (one["title"], one.get("subtitle", "")) if part)
        click.echo(f"{number:>5}  {title}" + (f" / {who}" if who else "") + f" ({one['year'] or '?'})")
        numbers = ", ".join(one["isbn"])
        at = ", ".join(
            dict.fromkeys(urlsplit(holder["target"]).netloc.rpartition("@")[2] for holder in one["holders"])
        )
        click.echo(f"       {numbers + '  ' if numbers else ''}{len(one['holders'])} × {at}")
