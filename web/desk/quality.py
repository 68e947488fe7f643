"""What is wrong with our own descriptions: a list by kind, and the same as a file to work through."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from flask import Response, g, render_template, request, stream_with_context

from index.quality import issues
from index.quality.rules import KINDS
from web.app import parts, t
from web.desk.paging import paging
from web.desk.room import PER_PAGE, blueprint
from web.may import needs


def _kind() -> str:
    asked = request.args.get("kind", "")
    return asked if asked in KINDS else ""


@blueprint.get("/<library>/quality")
@needs("desk_look")
def quality(library: str) -> str:
    """A page of faults, of one kind or all, with how many there are of each."""
    page, kind = min(10_000, max(1, request.args.get("page", 1, type=int))), _kind()
    with parts().db.read() as c:
        counts = issues.counts(c, g.library.id)
        found = issues.page(c, g.library.id, kind=kind, limit=PER_PAGE, skip=(page - 1) * PER_PAGE)
    total = counts.get(kind, 0) if kind else sum(counts.values())
    return render_template(
        "desk/quality.html",
        found=found,
        kinds=[(one, counts.get(one, 0)) for one in KINDS],
        kind=kind,
        total=total,
        everything=sum(counts.values()),
        paging=paging(page, total=total, size=PER_PAGE),
    )


@blueprint.get("/<library>/quality.csv")
@needs("desk_look")
def quality_csv(library: str) -> Response:
    """All of it, or one kind, as CSV (UTF-8 with a mark that spreadsheets understand)."""
    return Response(
        stream_with_context(_lines(g.library.id, _kind())),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="silang-{g.library.code}-quality.csv"'},
    )


def _lines(library_id: str, kind: str) -> Iterator[bytes]:
    heads = [t(f"quality.col.{name}") for name in ("identifier", "title", "kind", "detail", "found")]
    yield "\ufeff".encode() + _row(heads)
    after = 0
    while True:
        with parts().db.read() as c:
            found = issues.page(c, library_id, kind=kind, after=after, limit=500)
        if not found:
            return
        if len(found) == 500:  # a record's faults stay together: the last record comes with the next lot
            last = found[-1].record_id
            found = tuple(one for one in found if one.record_id < last) or found
        for one in found:
            words = t(f"quality.kind.{one.kind}")
            yield _row([one.identifier, one.title, words, one.detail, one.found_at.date().isoformat()])
        after = found[-1].record_id


def _row(cells: list[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(
        [f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in cells]
    )
    return out.getvalue().encode()
