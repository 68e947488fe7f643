"""Taking titles away: as files for other programs, as citations, in a basket."""

from __future__ import annotations

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from index.views import Cluster
from web.search.directory import directory
from web.taking import basket, citing, exporting, kept
from web.taking.openurl import coins
from web.taking.schemaorg import embedded
from web.taking.titles import Title, of

blueprint = Blueprint("taking", __name__)
for _room in (exporting, citing, basket):
    _room.routes(blueprint)


def _title(cluster: Cluster) -> Title:
    """The title of a cluster, for its page."""
    return of(cluster, directory().by_id, exporting.root())


def _templates(state: BlueprintSetupState) -> None:
    """Macros see only what belongs to the whole environment."""
    state.app.jinja_env.globals.update(
        in_basket=kept.seen,
        title_to_take=_title,
        coins=coins,
        schema_org=embedded,
        export_kinds=tuple(exporting.KINDS),
        export_media={name: kind.media for name, kind in exporting.KINDS.items()},
    )


blueprint.record_once(_templates)
