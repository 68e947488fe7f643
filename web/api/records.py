"""GET /api/v1/records/<cluster>: what the record page shows, as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from flask import Blueprint, jsonify, redirect

from broker.shelves import held
from index import views
from web.api.describe import Operation, Schema, operation, problem
from web.app import parts
from web.may import needs
from web.search.directory import directory
from web.search.record import title_of


def routes(blueprint: Blueprint) -> None:
    """Give the blueprint its addresses."""
    blueprint.add_url_rule("/records/<cluster_id>", view_func=record)


_LIST: Schema = {"type": "array", "items": {"type": "object", "required": ["library"]}}


@needs("look")
@operation(
    Operation(
        id="record",
        summary="One title with everything that libraries say of it and every copy",
        path={"cluster_id": ({"type": "string", "minLength": 1, "maxLength": 64}, "The title's id")},
        answer={
            "type": "object",
            "required": ["cluster", "url", "title", "record", "descriptions", "holdings"],
            "properties": {
                "cluster": {"type": "string"},
                "url": {"type": "string"},
                "title": {"type": "string"},
                "record": {"type": "object"},
                "descriptions": _LIST,
                "holdings": _LIST,
            },
        },
        errors={301: "", 404: "", 410: ""},
    )
)
def record(cluster_id: str) -> Any:
    """cluster, title, record (the description that is displayed), descriptions (who says it), holdings.

    A merged record answers 301, one that no library has any longer 410, an unknown one 404.
    """
    with parts().db.read() as c:
        found = views.get(c, cluster_id)
        if isinstance(found, views.Moved):
            return redirect(f"/api/v1/records/{quote(found.id)}", 301)
        if isinstance(found, views.Gone):
            return problem(410, "gone", "no library has it any longer", cluster=found.id, was=found.title)
        if found is None:
            return problem(404, "unknown", "there is no such record")
        shelves = held(c, cluster_id)
    codes = {one.id: one.code for one in directory().by_id.values()}
    said = asdict(found.record)
    for left_out in ("holdings", "oddities", "extra"):
        del said[left_out]
    return jsonify(
        cluster=found.id,
        url=f"/record/{found.id}",
        title=title_of(found.record),
        record={key: value for key, value in said.items() if value not in ("", None, (), [])},
        descriptions=[
            {
                "library": codes.get(one.library_id, ""),
                "identifier": one.identifier,
                "datestamp": one.datestamp,
                "schema": one.schema,
                "displayed": number == found.shown,
            }
            for number, one in enumerate(found.descriptions)
        ],
        holdings=[
            {
                "library": codes.get(one.library_id, ""),
                "branch": one.branch_text,
                "location": one.location,
                "call_number": one.call_number,
                "copies": one.copies,
                "available": one.available,
                "availability": one.availability,
                "lendable": one.lendable,
                "due": one.due,
            }
            for one in shelves
        ],
    )
