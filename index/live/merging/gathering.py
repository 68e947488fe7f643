"""Records of many targets as they come in, held together as editions by the keys and vetoes of the harvested union.

Records that say the same in everything that matching looks at are one *form*, whoever sent them. Forms that share a key
are compared; what hangs together is parted into clusters by `index.matching.groups.partition`. A batch looks again only
at the lots it touches, and the end does not depend on the order in which batches came.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

from index.cluster import Verdict
from index.live.lean.record import Lean, as_record
from index.live.merging.judging import judged
from index.live.merging.union import lean_of_brief
from index.live.merging.values import Arrival, UnionHit
from index.live.snapshot import Holder
from index.matching.groups import HOT, partition
from index.normal import Norm, block_keys, normal_form

#: Fields of a lean record that make it another form: all but links, host and copies, which no rule reads.
_TOLD = slice(0, Lean._fields.index("notes"))
_REST = slice(Lean._fields.index("notes") + 1, None)
#: The score between records that our own index holds for one.
_OURS = 99.0
_SHELF = slice(Lean._fields.index("call_numbers"), Lean._fields.index("links"))


@dataclass(slots=True, eq=False)
class Form:
    """One description, whoever sent it.

    `near` are forms that it is the same as by their fields alone, with the score; `targets` are those that hold it;
    `lot` is everything that hangs together with it; `held` are its arrivals as they are shown; `name` is the first by
    name of its targets and positions; `worth` is how it fits what was asked.
    """

    number: int
    lean: Lean
    library: str
    norm: Norm
    keys: tuple[int, ...]
    union: UnionHit | None = None
    targets: set[str] = field(default_factory=set)
    arrivals: list[Arrival] = field(default_factory=list)
    held: list[Holder] = field(default_factory=list)
    near: dict[Form, float] = field(default_factory=dict)
    lot: list[Form] = field(default_factory=list)
    cluster: int = -1
    name: str = ""
    worth: float | None = None
    one_source: Norm | None = None


class Gathering:
    """The forms of one search and the clusters they are in. Not for use by two threads at once."""

    def __init__(self) -> None:
        self.forms: list[Form] = []
        #: First form of each cluster → its forms.
        self.clusters: dict[int, list[Form]] = {}
        self._known: dict[tuple[str, ...], list[Form]] = {}
        self._holders: dict[int, list[Form]] = {}
        self._judged: dict[int, Verdict] = {}

    def add(self, arrivals: Iterable[Arrival]) -> tuple[set[int], dict[int, int]]:
        """Take in a batch. (first forms of clusters that are new or changed, those that are gone → where they went)."""
        touched: set[int] = set()
        again: dict[int, Form] = {}
        for arrival in arrivals:
            form, new = self._form_of(arrival)
            target = arrival.target
            form.arrivals.append(
                Arrival(target, arrival.position, _kept(arrival.lean, form), arrival.library)
            )
            form.held.append(
                Holder(
                    target=target,
                    position=arrival.position,
                    library=arrival.library,
                    holdings=arrival.lean.holdings,
                )
            )
            name = f"{target}\t{arrival.position:07d}"
            if new or name < form.name:
                form.name = name
            if new:
                form.targets.add(target)
                self._enter(form, again)
                continue
            touched.add(form.cluster)
            if target not in form.targets:
                # One catalogue rarely describes one edition twice: who holds what counts among likenesses.
                if any(
                    target in other.targets and form.targets.isdisjoint(other.targets) for other in form.near
                ):
                    again[form.number] = form
                form.targets.add(target)
        gone = self._regroup(again.values(), touched)
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
                form = Form(len(self.forms), lean, "", norm, block_keys(norm), hit)
                form.name = f"\t{hit.position:07d}\t{place:05d}"
                self.forms.append(form)
                self._enter(form, again)
                if place:
                    before = self.forms[-2]
                    form.near[before] = before.near[form] = _OURS
        gone = self._regroup(again.values(), touched)
        return touched - gone.keys(), gone

    def _form_of(self, arrival: Arrival) -> tuple[Form, bool]:
        lean, library = arrival.lean, arrival.library
        author = lean.authors[0].text if lean.authors else ""
        number = lean.extra.get("control_number", "")
        key = (lean.title, author, number, lean.responsibility, lean.extent, lean.year_text, library)
        alike = self._known.get(key)
        if alike is None:
            alike = self._known[key] = []
        if alike:
            told, shelf = lean[_TOLD], lean[_SHELF]
            for form in alike:
                if form.lean[_TOLD] == told and form.lean[_SHELF] == shelf and form.lean.extra == lean.extra:
                    return form, False
        norm = normal_form(as_record(lean), library)
        form = Form(len(self.forms), _without_notes(lean), library, norm, block_keys(norm))
        self.forms.append(form)
        alike.append(form)
        return form, True

    def _enter(self, form: Form, again: dict[int, Form]) -> None:
        """Put a new form under its keys and beside what it is the same as."""
        again[form.number] = form
        holders = self._holders
        others: set[Form] = set()
        hot: list[list[Form]] = []
        for key in form.keys:
            sharing = holders.get(key)
            if sharing is None:
                holders[key] = [form]
                continue
            if len(sharing) < HOT:
                others.update(sharing)
            sharing.append(form)
            if len(sharing) == HOT + 1:
                hot.append(sharing)
        for other in others:
            if form.union is not None and other.union is not None:
                continue  # our own index has decided
            found = self._remember(other, form, False)  # the older one first
            if found.verdict == "same":
                form.near[other] = other.near[form] = found.score
        for sharing in hot:
            # The key joins nobody any more, not even those it has joined.
            for one in sharing:
                self._part_from(one, again)

    def _part_from(self, form: Form, again: dict[int, Form]) -> None:
        """Forget what a form shares no key with, but such as say nothing by themselves."""
        telling = {key for key in form.keys if len(self._holders[key]) <= HOT}
        for other in list(form.near):
            if telling.isdisjoint(other.keys) and form.near[other] < _OURS:
                del form.near[other], other.near[form]
                again[form.number], again[other.number] = form, other

    def judge(self, a: Form, b: Form) -> Verdict:
        """What comparing two forms gives, without its reasons; whether one target holds both is part of it."""
        if a.number > b.number:
            a, b = b, a
        one_source = not a.targets.isdisjoint(b.targets)
        return self._judged.get(_pair(a, b, one_source)) or self._remember(a, b, one_source)

    def _remember(self, a: Form, b: Form, one_source: bool) -> Verdict:
        full = judged(_sourced(a), _sourced(b)) if one_source else judged(a.norm, b.norm)
        found = self._judged[_pair(a, b, one_source)] = _bare(full.verdict, full.score)
        return found

    def _regroup(self, again: Iterable[Form], touched: set[int]) -> dict[int, int]:
        """Part the lots around these forms anew; adds the clusters that changed and returns those that are gone."""
        before: set[int] = set()
        done: set[int] = set()
        todo = [other for form in again for other in (form.lot or (form,))]
        while todo:
            start = todo.pop()
            if start.number in done:
                continue
            lot, edges = self._reach(start)
            for form in lot:
                # What was in a lot with any of them before may stand alone now.
                if form.lot is not lot:
                    todo.extend(form.lot)
                done.add(form.number)
                before.add(form.cluster)
            for form in lot:
                form.lot = lot
            self._part(lot, edges, touched)
        gone = {}
        for first in before - {-1}:
            now = self.forms[first].cluster
            if now != first:
                self.clusters.pop(first, None)
                gone[first] = now
        return gone

    def _reach(self, start: Form) -> tuple[list[Form], list[tuple[float, Form, Form]]]:
        """Everything that hangs together with a form, and the accepted pairs among it."""
        lot = [start]
        if not start.near:
            return lot, []
        seen = {start}
        edges: list[tuple[float, Form, Form]] = []
        for form in lot:
            for other, score in form.near.items():
                if not form.targets.isdisjoint(other.targets):
                    verdict = self.judge(form, other)
                    if verdict.verdict != "same":
                        continue
                    score = verdict.score
                if form.number < other.number:
                    edges.append((score, form, other))
                if other not in seen:
                    seen.add(other)
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
        by_id: dict[str, list[str]] = {}
        for form in lot:
            if form.union is not None:
                by_id.setdefault(form.union.id, []).append(form.name)
        lots = list(by_id.values())
        same = [pair for names in lots for pair in pairwise(names)]
        apart = [
            (mine, yours)
            for place, names in enumerate(lots)
            for others in lots[place + 1 :]
            for mine in names
            for yours in others
        ]
        return same, apart

    def _settle(self, parts: Iterable[list[Form]], touched: set[int]) -> None:
        for part in parts:
            if len(part) > 1:
                part.sort(key=_number)
            first = part[0].number
            if self.clusters.get(first) != part:
                self.clusters[first] = part
                touched.add(first)
            for form in part:
                form.cluster = first


def _without_notes(lean: Lean) -> Lean:
    """Notes are the longest part, and no hit list has them."""
    if not lean.notes:
        return lean
    values: tuple[Any, ...] = lean
    return Lean._make((*values[_TOLD], (), *values[_REST]))


def _kept(lean: Lean, form: Form) -> Lean:
    """What is kept of a record of a form: what says the same to the letter is kept once."""
    return form.lean if lean[_REST] == form.lean[_REST] else _without_notes(lean)


@lru_cache(maxsize=4096)
def _bare(verdict: str, score: float) -> Verdict:
    """A verdict without its reasons; the same one for all pairs that it is the verdict on."""
    return Verdict(verdict, score, ())


def _pair(a: Form, b: Form, one_source: bool) -> int:
    """One number for a pair, the older first: there are many pairs, and tuples are big."""
    return (a.number << 33) | (b.number << 1) | one_source


def _number(form: Form) -> int:
    return form.number


def _sourced(form: Form) -> Norm:
    """The normal form as of one source with another's."""
    if form.one_source is None:
        form.one_source = replace(form.norm, source="*")
    return form.one_source
