"""The dialect of a profile as the translator of queries reads it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from index.rpn import dialect as reading
from index.rpn.dialect import BadDialect, Dialect
from index.targets.attributes import Combination
from index.targets.profile import Profile


def of(profile: Profile) -> Dialect:
    """What the shipped table says, with the profile's access points and shapes in their places, and its own lines last.

    Fall-backs follow the use attributes of an access point's combinations.
    """
    said = profile.dialect
    shipped, shapes = reading.shipped(), said.shapes
    table = dict(shipped.table) | {
        "structure.word": shapes.word,
        "structure.phrase": shapes.phrase,
        "truncation.right": shapes.prefix,
        "relation.le": shapes.below,
        "relation.ge": shapes.above,
    }
    if shapes.always:
        table["always"] = shapes.always
    access = {name: every[0] for name, every in said.access.items() if every}
    if "year" in access:
        access["year"] = beside(access["year"], shapes.year)
    fallbacks = dict(shipped.fallbacks)
    for every in said.access.values():
        uses = tuple(dict.fromkeys(use for one in every if (use := _use(one)) is not None))
        if uses:
            fallbacks[uses[0]] = uses
    found = replace(
        shipped,
        table=table,
        access=access,
        cql={name: (every[0], "") for name, every in said.indexes.items() if every},
        fallbacks=fallbacks,
        charset="" if said.charset == "utf-8" else said.charset,
        plain=said.strip,
        operators=frozenset((*said.operators, "prox")),
    )
    return _with_lines(found, said.table) if said.table else found


def beside(combination: Combination, more: Combination) -> Combination:
    """The attributes of both; of one type the first's own."""
    types = {one.type for one in combination}
    return combination + tuple(one for one in more if one.type not in types)


def _use(combination: Combination) -> int | str | None:
    return next((one.value for one in combination if one.type == 1), None)


@lru_cache(maxsize=200)
def lines(text: str) -> Dialect:
    """What lines of a table say by themselves; they may use the shipped context sets. Raises BadDialect."""
    sets = [f"set.{short} = {uri}" for short, uri in reading.shipped().sets.items()]
    try:
        return reading.read("\n".join([*sets, text]))
    except BadDialect as bad:
        raise BadDialect(tuple((line - len(sets), why) for line, why in bad.faults)) from bad


def _with_lines(base: Dialect, text: str) -> Dialect:
    own = lines(text)
    return replace(
        base,
        sets=dict(base.sets) | dict(own.sets),
        default_set=own.default_set or base.default_set,
        table=dict(base.table) | dict(own.table),
        access=dict(base.access) | dict(own.access),
        cql=dict(base.cql) | dict(own.cql),
        fallbacks=dict(base.fallbacks) | dict(own.fallbacks),
        charset=own.charset or base.charset,
        plain=own.plain or base.plain,
        operators=base.operators & own.operators,
        depth=min(base.depth, own.depth),
    )
