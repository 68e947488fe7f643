"""Clustering over five catalogues that describe the same works each in its own words and format."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from lxml import etree

from index import crosswalk
from index.matching.alone import cluster_all
from index.normal import Norm, normal_form
from web.demo import marcxml, mods, oai_dc
from web.demo.catalogue import catalogue
from web.demo.libraries import BY_CODE

pytestmark = pytest.mark.slow

_FORMS: dict[str, tuple[str, Any]] = {
    "oai_dc": ("oai_dc", oai_dc.write),
    "marc21": ("marc21", marcxml.write),
    "marcxml": ("marc21", marcxml.write),
    "mods": ("mods", mods.write),
}


@pytest.fixture(scope="module")
def judged() -> tuple[list[Norm], list[Any], set[tuple[int, int]], set[tuple[int, int]]]:
    """Normal forms, the works they describe, pairs put together, candidate pairs."""
    norms: list[Norm] = []
    works: list[Any] = []
    for code, entries in catalogue().items():
        schema, write = _FORMS[BY_CODE[code].prefix]
        for entry in entries:
            if not entry.deleted:
                element = etree.fromstring(etree.tostring(write(entry)))
                norms.append(normal_form(crosswalk.read(schema, element), code, code))
                works.append(entry.work)
    made = cluster_all(norms)
    together = {(a, b) for part in made.groups for a in part for b in part if a < b}
    pairs = made.compared
    return norms, works, together, pairs


@pytest.mark.slow
def test_nothing_is_joined_that_is_not_one_work(judged: Any) -> None:
    _, works, together, _ = judged

    assert [(works[a], works[b]) for a, b in together if works[a] != works[b]] == []


def test_nearly_all_that_is_one_edition_is_found(judged: Any) -> None:
    norms, works, together, pairs = judged
    by_work: dict[Any, list[int]] = defaultdict(list)
    for number, work in enumerate(works):
        by_work[work].append(number)
    # A file beside the printed book is another edition on purpose.
    wanted = {
        (a, b)
        for found in by_work.values()
        for a in found
        for b in found
        if a < b and norms[a].kind == norms[b].kind
    }

    assert len(wanted) > 1000
    assert len(wanted & pairs) / len(wanted) > 0.99
    assert len(wanted & together) / len(wanted) > 0.98
