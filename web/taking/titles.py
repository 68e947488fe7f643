"""A title with everything that a file about it may tell: its cluster, the libraries that have it, its address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from foundation.libraries import Library
from index import views
from index.record import Format, Name, Record
from index.views import Cluster, HeldCopy

#: MARC relator codes of those who count as authors of a work, beside those who have no code.
_EDITORS = frozenset({"edt", "edc", "com"})
_TRANSLATORS = frozenset({"trl"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """A title and where it stands. `holders` are the libraries that have it, with their copies (none told: ())."""

    cluster: Cluster
    address: str
    holders: tuple[tuple[Library, tuple[HeldCopy, ...]], ...]

    @property
    def said(self) -> Record:
        """The description that is displayed."""
        return self.cluster.record


def titles(
    c: Connection, ids: Sequence[str], libraries: Mapping[str, Library], root: str
) -> tuple[Title, ...]:
    """Titles in the order asked for, each once. Merged ones are those they became; gone ones are left out."""
    found = views.several(c, ids)
    now: dict[str, Cluster] = {}
    for one in ids:
        cluster = found.get(one)
        if cluster is None and isinstance(moved := views.get(c, one), views.Moved):
            other = views.get(c, moved.id)
            cluster = other if isinstance(other, Cluster) else None
        if cluster is not None:
            now.setdefault(cluster.id, cluster)
    return tuple(of(cluster, libraries, root) for cluster in now.values())


def of(cluster: Cluster, libraries: Mapping[str, Library], root: str) -> Title:
    """The title of a cluster; `root` is the address of the site without a slash at its end."""
    holders = tuple(
        (libraries[library_id], copies)
        for library_id, copies in cluster.by_library().items()
        if library_id in libraries
    )
    return Title(cluster=cluster, address=f"{root}/record/{cluster.id}", holders=holders)


def full_title(said: Record) -> str:
    """Title, part and subtitle in one line."""
    part = " ".join(one for one in (said.part_number, said.part_name) if one)
    title = f"{said.title}. {part}" if part else said.title
    return f"{title}: {said.subtitle}" if said.subtitle else title


def makers(said: Record) -> tuple[list[Name], list[Name], list[Name]]:
    """(authors, editors, translators), each person once."""
    authors: list[Name] = []
    editors: list[Name] = []
    translators: list[Name] = []
    seen: set[str] = set()
    for number, one in enumerate((*said.authors, *said.contributors)):
        if not one.text or one.text in seen:
            continue
        if one.role in _EDITORS:
            group = editors
        elif one.role in _TRANSLATORS:
            group = translators
        elif number < len(said.authors) or one.role in ("aut", "cre"):
            group = authors
        else:
            continue
        seen.add(one.text)
        group.append(one)
    return authors, editors, translators


def person(one: Name) -> tuple[str, str]:
    """(family name, other names); the other names are '' for bodies and for names of one piece."""
    family, comma, given = one.text.rstrip(" ,").partition(",")
    if one.corporate or not comma or not given.strip():
        return one.text.rstrip(" ,"), ""
    return family.strip(), given.strip()


def year(said: Record) -> str:
    """The year of publication in four digits, '' when it is not known."""
    return str(said.year) if said.year is not None else ""


def periodical(said: Record) -> bool:
    """Whether it is a journal, a newspaper, a series of reports as a whole."""
    return said.format is Format.JOURNAL or said.level == "serial"
