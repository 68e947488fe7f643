"""The page that cites a title in three styles, to be copied, and leads to the files."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Blueprint, g, redirect, render_template

from index import views
from web.app import parts
from web.may import needs
from web.search.directory import directory
from web.search.record import elsewhere
from web.taking import csl
from web.taking.exporting import root
from web.taking.titles import full_title, of


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/record/<cluster_id>/cite", view_func=cite)


@needs("look")
def cite(cluster_id: str) -> Any:
    """The citations of a title."""
    with parts().db.read() as c:
        found = views.get(c, cluster_id)
    if isinstance(found, views.Moved):
        return redirect(f"/record/{quote(found.id)}/cite", 301)
    if not isinstance(found, views.Cluster):
        return elsewhere(found, "/record/")
    title = of(found, directory().by_id, root())
    cited = [(style, *csl.cite(title, style, g.language)) for style in csl.STYLES]
    return render_template("taking/cite.html", title=title, name=full_title(title.said), cited=cited)
