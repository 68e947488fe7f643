"""How well records of one edition find each other: pairs and B³ on labelled records, and how fast.

`python -m benchmarks.clusters [tuned|held]`; `--wrong tuned` lists the pairs that were judged wrongly.
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations

from benchmarks.cluster_records import HALVES, Labelled, labelled
from benchmarks.measure import table
from index.cluster import compare
from index.crosswalk import marc21
from index.matching.alone import Clustered, cluster_all
from index.normal import Norm, normal_form

_SEEDS = (1, 2, 3)


def norms_of(records: Sequence[Labelled]) -> list[Norm]:
    """Normal forms, each record as from a source of its own."""
    return [normal_form(marc21.read(r.element), "", r.id) for r in records]


def pairs_of(groups: Sequence[Sequence[int]]) -> set[tuple[int, int]]:
    """All pairs within groups, the smaller place first."""
    return {pair for group in groups for pair in combinations(sorted(group), 2)}


def true_pairs(records: Sequence[Labelled]) -> set[tuple[int, int]]:
    """The pairs that belong together."""
    editions: dict[str, list[int]] = defaultdict(list)
    for place, record in enumerate(records):
        editions[record.edition].append(place)
    return pairs_of(list(editions.values()))


def b_cubed(records: Sequence[Labelled], groups: Sequence[Sequence[int]]) -> tuple[float, float]:
    """Precision and recall per record (Bagga and Baldwin 1998), averaged over records."""
    sizes = Counter(r.edition for r in records)
    precision = recall = 0.0
    for group in groups:
        inside = Counter(records[place].edition for place in group)
        precision += sum(n * n for n in inside.values()) / len(group)
        recall += sum(n * n / sizes[edition] for edition, n in inside.items())
    return precision / len(records), recall / len(records)


def figures(half: str) -> list[object]:
    """One line of the table: the sums over a few seeds of the generator."""
    right = found = wanted = candidates = records_ = vetoed = 0
    cubed: list[tuple[float, float]] = []
    sizes: Counter[int] = Counter()
    taken = 0.0
    for seed in _SEEDS:
        records = labelled(half, seed)
        start = time.process_time()
        norms = norms_of(records)
        made = cluster_all(norms)
        taken += time.process_time() - start
        mine, truth = pairs_of(made.groups), true_pairs(records)
        right, found, wanted = right + len(mine & truth), found + len(mine), wanted + len(truth)
        candidates += len(truth & made.compared)
        vetoed += sum(compare(norms[a], norms[b]).verdict == "veto" for a, b in mine)
        cubed.append(b_cubed(records, made.groups))
        sizes.update(len(g) for g in made.groups)
        records_ += len(records)
    precision, recall = right / max(found, 1), right / wanted
    bp, br = (sum(values) / len(_SEEDS) for values in zip(*cubed, strict=True))
    return [
        half,
        records_ // len(_SEEDS),
        wanted // len(_SEEDS),
        f"{precision:.3f}",
        f"{recall:.3f}",
        f"{2 * precision * recall / (precision + recall):.3f}",
        f"{2 * bp * br / (bp + br):.3f}",
        f"{candidates / wanted:.3f}",
        vetoed,
        " ".join(f"{size}:{count}" for size, count in sorted(sizes.items())),
        f"{records_ / taken:,.0f}",
    ]


def wrong(half: str) -> None:
    """Say which pairs of the first seed were judged wrongly, and why."""
    records = labelled(half)
    norms = norms_of(records)
    made = cluster_all(norms)
    mine, truth = pairs_of(made.groups), true_pairs(records)
    for word, pairs in (("JOINED", mine - truth), ("MISSED", truth - mine)):
        for a, b in sorted(pairs, key=lambda p: records[p[0]].edition):
            verdict = compare(norms[a], norms[b])
            print(
                word,
                records[a].edition,
                records[b].edition,
                _where(made, (a, b)),
                verdict.score,
                verdict.reasons,
            )
            for place in (a, b):
                n = norms[place]
                print("    ", n.kind, n.media, repr(n.full), n.parts, n.surnames, n.year, n.years, n.pages, n.volumes,
                      n.edition, n.publishers, n.towns, n.languages, n.isbns, n.series)  # fmt: skip


def _where(made: Clustered, pair: tuple[int, int]) -> str:
    return "" if pair in made.compared else "(no key)"


def main() -> None:
    """Print the table for the halves that are named, or both."""
    words = sys.argv[1:]
    if words[:1] == ["--wrong"]:
        wrong(words[1])
        return
    head = ("half", "records", "pairs", "P", "R", "F1", "B3", "blocking", "vetoed", "sizes", "records/s")
    table(head, [figures(half) for half in words or HALVES])


if __name__ == "__main__":
    main()
