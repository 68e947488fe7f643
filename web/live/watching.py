"""The page of a live search: the targets and how far they are, and what has come so far."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, render_template, request

from index.live.snapshot import Snapshot
from web import texts
from web.live import address, whose, words
from web.live.address import Shown
from web.may import needs

#: Seconds until the page shows itself anew, without JavaScript, while more may come.
AGAIN = 2


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/live/<search>", view_func=show)


def gone(text: str = "") -> tuple[str, int]:
    """The answer for a search that is over, or somebody else's: the same for both."""
    return render_template("live/gone.html", text=text, why=""), 404


@needs("look")
def show(search: str) -> Any:
    """The page as it is now."""
    mine = whose.mine(search)
    shown = address.read(search, request.args)
    found = mine.engine.snapshot(search, mine.owner, shown.view()) if mine else None
    if found is None:
        return gone()
    return render_template("live/live.html", **_drawn(found, shown))


def _drawn(found: Snapshot, shown: Shown) -> dict[str, Any]:
    names = words.names(found)
    return {
        "found": found,
        "shown": shown,
        "again": f"{AGAIN};url={shown.address()}",
        "said": words.summary(found),
        "targets": [words.target(one) for one in found.targets],
        "lines": [words.line(found.id, one, names) for one in found.clusters],
        "facets": _facets(found, shown, names),
        "sample": any(facet.sample for facet in found.facets),
        "chips": [
            (
                texts.say(
                    "search.chip",
                    g.language,
                    facet=texts.say(f"facet.{name}", g.language),
                    value=words.facet_value(name, value, names),
                ),
                shown.without(name, value).address(),
            )
            for name, chosen in shown.filters.items()
            for value in chosen
        ],
        "plain": Shown(id=shown.id, sort=shown.sort).address(),
        "sorts": address.SORTS,
        "paging": shown.paging(found.total),
        "per_page": address.PER_PAGE,
    }


def _facets(found: Snapshot, shown: Shown, names: dict[str, str]) -> list[dict[str, Any]]:
    """Groups of boxes; what is chosen stays, even when nothing has it any more."""
    groups = []
    for facet in found.facets:
        chosen = shown.filters.get(facet.name, ())
        counts = dict(facet.values[: words.VALUES])
        values = [*counts, *(value for value in chosen if value not in counts)]
        if len(values) < 2 and not chosen:
            continue
        rows = [
            (value, words.facet_value(facet.name, value, names), counts.get(value, 0), value in chosen)
            for value in values
        ]
        groups.append({"name": facet.name, "rows": rows, "open": facet.name in ("target", "format", "year")})
    return groups
