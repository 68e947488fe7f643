"""One search's results: what comes in, gathered into editions, as rows that lists are made of."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from index.folding import fold
from index.live.merging.gathering import Form, Gathering
from index.live.merging.ranking import Asked, fit, fused, why
from index.live.merging.values import Arrival, Change, Merged, Reason, UnionHit
from index.live.snapshot import UNION, Holder

_MOST_SUBJECTS = 12
_MOST_AUTHORS = 4
_LONGEST_VALUE = 120


class Merger:
    """Merges, ranks and remembers. Pure memory; not for use by two threads at once.

    `add` and `add_union` take batches in any order, `changes` tells what is new since it was last asked, `rows` gives
    everything. A cluster's row is made only when somebody asks for it.
    """

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self._gathering = Gathering()
        self._rows: dict[int, Merged] = {}
        self._changed: set[int] = set()
        self._gone: dict[int, int] = {}
        #: Headings that differ by capitals and marks alone are one value of a facet: folded → as it first came.
        self._headings: dict[str, str] = {}

    def add(self, arrivals: Iterable[Arrival]) -> None:
        """Take in records of targets."""
        self._note(*self._gathering.add(arrivals))

    def add_union(self, hits: Iterable[UnionHit]) -> None:
        """Take in hits of our own index; each only once."""
        self._note(*self._gathering.add_union(hits))

    def _note(self, changed: set[int], gone: dict[int, int]) -> None:
        for first in gone:
            self._rows.pop(first, None)
            self._changed.discard(first)
        for first in changed:
            self._rows.pop(first, None)
            self._gone.pop(first, None)
        self._gone.update(gone)
        self._changed |= changed

    def __len__(self) -> int:
        return len(self._gathering.clusters)

    def changes(self) -> Change:
        """Clusters that are new or changed since the last call, and those that went into others."""
        forms = self._gathering.forms
        change = Change(
            changed=tuple(self._row(first) for first in sorted(self._changed)),
            gone={_id(first): _id(forms[first].cluster) for first in sorted(self._gone)},
        )
        self._changed, self._gone = set(), {}
        return change

    def rows(self) -> list[Merged]:
        """Every cluster, in the order in which they came up."""
        return [self._row(first) for first in sorted(self._gathering.clusters)]

    def why(self, cluster_id: str) -> tuple[Reason, ...]:
        """Why a cluster stands where it stands: the parts of its score. KeyError for an id that is not there."""
        if not cluster_id.isdigit() or int(cluster_id) - 1 not in self._gathering.clusters:
            raise KeyError(cluster_id)
        forms = self._gathering.clusters[int(cluster_id) - 1]
        best = max(forms, key=lambda form: (self._worth(form), form.name))
        return why(best.lean, self.asked, sorted(_places(forms).items()))

    def _worth(self, form: Form) -> float:
        if form.worth is None:
            form.worth = fit(form.lean, self.asked)
        return form.worth

    def _row(self, first: int) -> Merged:
        row = self._rows.get(first)
        if row is None:
            row = self._rows[first] = self._made(first, self._gathering.clusters[first])
        return row

    def _made(self, first: int, forms: list[Form]) -> Merged:
        fitness = 0.0
        for form in forms:
            fitness = max(fitness, self._worth(form))
        best = forms[0] if len(forms) == 1 else min(forms, key=_telling)
        union = next((form.union for form in forms if form.union is not None), None)
        shown = min(best.arrivals, key=_by_place).lean if best.arrivals else best.lean
        norm = best.norm
        year = shown.year
        if year is None:
            year = min((form.lean.year for form in forms if form.lean.year is not None), default=None)
        author = norm.first or (fold(shown.authors[0].text) if shown.authors else "")
        places = _places(forms)
        return Merged(
            _id(first),
            round(fitness + fused(places.values()), 6),
            norm.title,
            author,
            year,
            min([form.name for form in forms]),
            self._facets(forms, best, places, union, year),
            _holders(forms, union),
            shown,
            union,
        )

    def _facets(
        self, forms: list[Form], best: Form, places: dict[str, int], union: UnionHit | None, year: int | None
    ) -> tuple[tuple[str, ...], ...]:
        leans = [best.lean] if len(forms) == 1 else [form.lean for form in sorted(forms, key=_telling)]
        libraries = dict.fromkeys(form.library for form in forms if form.library)
        if union is not None:
            libraries |= dict.fromkeys(_libraries(union))
        return (
            tuple(dict.fromkeys([lean.format.value for lean in leans])),
            tuple(dict.fromkeys([code for lean in leans for code in lean.languages])),
            (str(year),) if year is not None else (),
            self._values([text for lean in leans for text in lean.subjects], _MOST_SUBJECTS),
            self._values([name.text for lean in leans for name in lean.authors], _MOST_AUTHORS),
            tuple(places),
            tuple(libraries),
        )

    def _values(self, texts: list[str], most: int) -> tuple[str, ...]:
        """Headings as a facet offers them, each once whatever its capitals and its stop."""
        headings = self._headings
        found: dict[str, None] = {}
        for text in texts:
            value = headings.get(text)
            if value is None:
                plain = text.rstrip(".;, ")
                value = (
                    headings.setdefault(fold(plain) or plain, plain) if len(plain) <= _LONGEST_VALUE else ""
                )
                headings[text] = value
            if value:
                found[value] = None
        return tuple(found)[:most]


def _id(first: int) -> str:
    return str(first + 1)


def _telling(form: Form) -> tuple[int, str]:
    return -form.norm.richness, form.name


_by_place = attrgetter("target", "position")


def _places(forms: list[Form]) -> dict[str, int]:
    """Target → the best place it gave one of these, targets in order of their names."""
    found: dict[str, int] = {}
    for form in forms:
        for holder in form.held:
            place = found.get(holder.target)
            if place is None or holder.position < place:
                found[holder.target] = holder.position
        if form.union is not None:
            found[UNION] = min(found.get(UNION, form.union.position), form.union.position)
    return dict(sorted(found.items())) if len(found) > 1 else found


def _libraries(hit: UnionHit) -> list[str]:
    return [entry["library"] for entry in hit.brief.get("holders", ()) if entry.get("library")]


def _holders(forms: list[Form], union: UnionHit | None) -> tuple[Holder, ...]:
    """Our own libraries first, then targets by name; one that has it under several numbers is there several times."""
    found = []
    if union is not None:
        found = [
            Holder(target=UNION, position=union.position, library=library)
            for library in _libraries(union) or [""]
        ]
    held = [holder for form in forms for holder in form.held]
    if len(held) > 1:
        held.sort(key=_by_place)
    found += held
    return tuple(found)
