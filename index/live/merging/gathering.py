"""Records of many targets as they come in, held together as editions by the keys and vetoes of the harvested union.

Records that say the same in everything that matching looks at are one *form*, whoever sent them. Forms that share a key
are compared; what hangs together is parted into clusters by `index.matching.groups.partition`. A batch looks again only
at the lots it touches, and the end does not depend on the order in which batches came.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from index.cluster import Verdict, compare
from index.live.lean.record import Lean, as_record
from index.live.merging.union import lean_of_brief
from index.live.merging.values import Arrival, UnionHit
from index.matching.groups import HOT, partition
from index.normal import Norm, block_keys, normal_form

#: Fields of a lean record that make it another form: all but links, host and copies, which no rule reads.
_TOLD = slice(0, Lean._fields.index("notes"))
_SHELF = slice(Lean._fields.index("call_numbers"), Lean._fields.index("links"))


@dataclass(slots=True, eq=False)
class Form:
    """One description, whoever sent it. `holders` are (target, position, place of the arrival)."""

    number: int
    lean: Lean
    library: str
    norm: Norm
    keys: tuple[int, ...]
    union: UnionHit | None = None
    targets: set[str] = field(default_factory=set)
    arrivals: list[Arrival] = field(default_factory=list)
    lot: list[Form] = field(default_factory=list)
    cluster: int = -1
    name: str = ""
    worth: float | None = None


class Gathering:
    """The forms of one search and the clusters they are in. Not for use by two threads at once."""

    def __init__(self) -> None:
        self.forms: list[Form] = []
        #: First form of each cluster → its forms.
        self.clusters: dict[int, list[Form]] = {}
        self._known: dict[tuple[object, ...], list[Form]] = {}
        self._holders: dict[int, list[Form]] = {}
        self._judged: dict[tuple[int, int, bool], Verdict] = {}

    def add(self, arrivals: Iterable[Arrival]) -> tuple[set[int], dict[int, int]]:
        """Take in a batch. (first forms of clusters that are new or changed, those that are gone → where they went)."""
        touched: set[int] = set()
        again: dict[int, Form] = {}
        for arrival in arrivals:
            form, new = self._form_of(arrival)
            form.arrivals.append(arrival)
            name = f"{arrival.target}\t{arrival.position:07d}"
            if new or name < form.name:
                form.name = name
            if arrival.target not in form.targets:
                form.targets.add(arrival.target)
                # One catalogue rarely describes one edition twice: who holds what counts among likenesses.
                if new or len(form.lot) > 1 or self._has_neighbours(form):
                    again[form.number] = form
            if new:
                self._enter(form, again)
            else:
                touched.add(form.cluster)
        gone = self._regroup(list(again.values()), touched)
        touched.discard(-1)
        return touched - gone.keys(), gone

    def add_union(self, hits: Iterable[UnionHit]) -> tuple[set[int], dict[int, int]]:
        """Take in hits of our own index: what is one cluster there is one here, and two there stay two."""
        touched: set[int] = set()
        again: dict[int, Form] = {}
        for hit in hits:
            lean = lean_of_brief(hit.brief)
            for place, norm in enumerate(hit.norms or (normal_form(as_record(lean)),)):
                norm = replace(norm, source="")
                form = Form(len(self.forms), lean, "", norm, block_keys(norm), union=hit)
                form.name = f"\t{hit.position:07d}\t{place:05d}"
                form.targets.add(f"\0{hit.id}")
                self.forms.append(form)
                again[form.number] = form
                self._enter(form, again)
        gone = self._regroup(list(again.values()), touched)
        return touched - gone.keys(), gone

    def _form_of(self, arrival: Arrival) -> tuple[Form, bool]:
        lean, library = arrival.lean, arrival.library
        key = (
            lean.title,
            lean.responsibility,
            lean.extent,
            lean.year_text,
            lean.publisher,
            lean.subtitle,
            library,
        )
        alike = self._known.get(key)
        if alike is None:
            alike = self._known[key] = []
        for form in alike:
            mine = form.lean
            if mine[_TOLD] == lean[_TOLD] and mine[_SHELF] == lean[_SHELF] and mine.extra == lean.extra:
                return form, False
        norm = normal_form(as_record(lean), library)
        form = Form(len(self.forms), lean, library, norm, block_keys(norm))
        self.forms.append(form)
        alike.append(form)
        return form, True

    def _enter(self, form: Form, again: dict[int, Form]) -> None:
        """Put a form under its keys; a key that becomes hot joins nobody any more, so its holders are looked at again."""
        holders = self._holders
        for key in form.keys:
            sharing = holders.get(key)
            if sharing is None:
                holders[key] = [form]
                continue
            sharing.append(form)
            if len(sharing) == HOT + 1:
                again.update((other.number, other) for other in sharing)

    def _has_neighbours(self, form: Form) -> bool:
        return any(1 < len(self._holders[key]) <= HOT for key in form.keys)

    def _neighbours(self, form: Form) -> set[Form]:
        found: set[Form] = set()
        for key in form.keys:
            sharing = self._holders[key]
            if 1 < len(sharing) <= HOT:
                found.update(sharing)
        found.discard(form)
        return found

    def judge(self, a: Form, b: Form) -> Verdict:
        """What comparing two forms gives, without its reasons."""
        if a.number > b.number:
            a, b = b, a
        one_source = not a.targets.isdisjoint(b.targets)
        key = (a.number, b.number, one_source)
        found = self._judged.get(key)
        if found is None:
            mine, yours = a.norm, b.norm
            if one_source:
                mine, yours = replace(mine, source="*"), replace(yours, source="*")
            full = compare(mine, yours)
            found = self._judged[key] = Verdict(full.verdict, full.score, ())
        return found

    def _regroup(self, again: Sequence[Form], touched: set[int]) -> dict[int, int]:
        """Part the lots around these forms anew; adds the clusters that changed and returns those that are gone."""
        seeds = {other.number: other for form in again for other in (form.lot or (form,))}
        before: dict[int, int] = {}
        done: set[int] = set()
        todo = list(seeds.values())
        while todo:
            start = todo.pop()
            if start.number in done:
                continue
            lot, edges = self._reach(start, todo)
            done.update(form.number for form in lot)
            for form in lot:
                if form.cluster >= 0:
                    before[form.cluster] = form.cluster
                form.lot = lot
            self._part(lot, edges, touched)
        gone = {}
        for first in before:
            now = self.forms[first].cluster
            if now != first:
                self.clusters.pop(first, None)
                gone[first] = now
        return gone

    def _reach(self, start: Form, todo: list[Form]) -> tuple[list[Form], list[tuple[float, Form, Form]]]:
        """Everything that hangs together with a form, and the accepted pairs among it.

        What was in a lot with any of them before is to be looked at too, as it may stand alone now.
        """
        lot = [start]
        seen = {start.number}
        edges: list[tuple[float, Form, Form]] = []
        for form in lot:
            todo.extend(other for other in form.lot if other.number not in seen)
            for other in self._neighbours(form):
                if form.union is not None and other.union is not None:
                    accepted = form.union.id == other.union.id
                    score = 99.0
                else:
                    verdict = self.judge(form, other)
                    accepted, score = verdict.verdict == "same", verdict.score
                if accepted:
                    if form.number < other.number:
                        edges.append((score, form, other))
                    if other.number not in seen:
                        seen.add(other.number)
                        lot.append(other)
        return lot, edges

    def _part(self, lot: list[Form], edges: list[tuple[float, Form, Form]], touched: set[int]) -> None:
        if len(lot) <= 2:
            self._settle([list(lot)], touched)  # alone, or an accepted pair
            return
        by_name = {form.name: form for form in lot}
        same, not_same = self._decided(lot)
        parts = partition(
            list(by_name),
            [(score, a.name, b.name) for score, a, b in edges],
            lambda x, y: self.judge(by_name[x], by_name[y]),
            same,
            not_same,
        )
        self._settle([[by_name[name] for name in part] for part in parts], touched)

    def _decided(self, lot: Sequence[Form]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """What our own index has decided: its clusters stay whole and apart."""
        ours = [form for form in lot if form.union is not None]
        if len(ours) < 2:
            return [], []
        by_id: dict[str, list[Form]] = {}
        for form in ours:
            assert form.union is not None
            by_id.setdefault(form.union.id, []).append(form)
        same = [(a.name, b.name) for forms in by_id.values() for a, b in pairwise(forms)]
        lots = list(by_id.values())
        apart = [
            (a.name, b.name)
            for place, mine in enumerate(lots)
            for yours in lots[place + 1 :]
            for a in mine
            for b in yours
        ]
        return same, apart

    def _settle(self, parts: Iterable[list[Form]], touched: set[int]) -> None:
        for part in parts:
            part.sort(key=_number)
            first = part[0].number
            old = self.clusters.get(first)
            if (
                old is None
                or len(old) != len(part)
                or any(a is not b for a, b in zip(old, part, strict=True))
            ):
                self.clusters[first] = part
                touched.add(first)
            for form in part:
                form.cluster = first


def _number(form: Form) -> int:
    return form.number
