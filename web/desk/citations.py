"""What is asked for, as a citation: from a record of the catalogue, or as typed at the desk."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection
from stdnum import isbn, issn

from broker.views import CITATION
from index import views
from index.record import Record
from web.forms import Form

#: Longest text of one part of a citation.
LONGEST = 500


def of_cluster(c: Connection, cluster_id: str) -> tuple[str, dict[str, str]] | None:
    """The id that the cluster has now and its citation; None when it is no longer there."""
    found = views.get(c, cluster_id)
    if isinstance(found, views.Moved):
        found = views.get(c, found.id)
    if not isinstance(found, views.Cluster):
        return None
    return found.id, of_record(found.record)


def of_record(record: Record) -> dict[str, str]:
    """The parts of a citation that a record tells."""
    told = {
        "title": f"{record.title}: {record.subtitle}" if record.subtitle else record.title,
        "author": "; ".join(name.text for name in record.authors[:3]),
        "publisher": record.publisher,
        "year": record.year_text or (str(record.year) if record.year else ""),
        "edition": record.edition,
        "isbn": next(iter(record.values("isbn")), ""),
        "issn": next(iter(record.values("issn")), ""),
        "format": str(record.format),
    }
    return {name: text[:LONGEST] for name, text in told.items() if text}


def typed(form: Form) -> dict[str, str]:
    """The parts that were filled in."""
    return {name: form[name][:LONGEST] for name in CITATION if form[name]}


def check(form: Form, service_type: str) -> None:
    """Say what is wrong with a typed citation: no title, a number with a wrong check digit, a copy of nothing."""
    if not form["title"]:
        form.wrong("title", "desk.new.title.missing")
    if form["isbn"] and not isbn.is_valid(form["isbn"]):
        form.wrong("isbn", "desk.new.bad_isbn")
    if form["issn"] and not issn.is_valid(form["issn"]):
        form.wrong("issn", "desk.new.bad_issn")
    if service_type == "copy" and not (form["pages"] or form["article_title"]):
        form.wrong("pages", "desk.new.pages.missing")


def as_values(citation: Mapping[str, str]) -> dict[str, str]:
    """A citation as values of a form."""
    return {name: citation.get(name, "") for name in CITATION}
