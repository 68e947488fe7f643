"""How long searches take: our engine, beside Whoosh's own searcher on the same index; and what hostile queries cost.

`python -m benchmarks.search_latency [documents=100000] [folder]`: with a folder, the index is built there once and kept.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

from whoosh import query, scoring, sorting
from whoosh.filedb.filestore import FileStorage

from benchmarks.corpus import Corpus
from benchmarks.measure import quantile, table
from index.engines.generations import current
from index.engines.layout import NAME
from index.engines.whoosh_engine import WhooshEngine
from index.parse import parse
from index.query import BadQuery
from index.search import SearchRequest

FACETS = {"library": 20, "format": 20, "language": 20, "year": 20}
HOSTILE = {
    "*a*": "*a*", "b*": "b*", "200,000 letters": "x" * 200_000, "200,000 words": "a " * 100_000,
    "20,000 brackets": "(" * 20_000, "10 brackets": "(" * 10 + "a", "quotes": '"a ' * 66, "nothing but -": "-" * 200,
    "32 beginnings": " OR ".join(f"{a}{b}a*" for a in "bcdfkmst" for b in "aiu")[:199],
    "32 common words": " OR ".join(["of", "the", "and", "di", "in", "to", "on", "dan", "for", "by", "history"] * 3)[:199],
    "long phrase": '"of the united states of the united states of the united states"', "star": "*",
}  # fmt: skip


class Reference:
    """Whoosh as it is, over the files of our index."""

    def __init__(self, folder: Path) -> None:
        generation = current(folder)
        self.searcher = FileStorage(str(generation)).open_index(NAME).searcher(weighting=scoring.TF_IDF())

    def words(self, words: Iterable[str], facets: bool, library: str = "") -> int:
        """All the words, 20 hits, and the counts of three facets (a year of ours is a column, not a term)."""
        asked = query.And([query.Term("any", word) for word in words])
        only = query.Term("library", library) if library else None
        groups = None
        if facets:
            groups = [
                sorting.FieldFacet(name, allow_overlap=True) for name in ("library", "format", "language")
            ]
        found = self.searcher.search(asked, limit=20, groupedby=groups, filter=only)
        for name in found.facet_names() if facets else ():
            found.groups(name)
        return len(found)


def timed(run: Callable[[str], object], texts: Iterable[str]) -> tuple[str, str]:
    """Milliseconds of this process's CPU at the median and at 95 %, as text."""
    taken = []
    for text in texts:
        start = time.process_time()
        run(text)
        taken.append((time.process_time() - start) * 1000)
    return f"{quantile(taken, 0.5):.2f}", f"{quantile(taken, 0.95):.2f}"


def questions(count: int) -> dict[str, list[str]]:
    """Queries of several kinds, from words of the corpus."""
    random = Random(7)
    titles = [doc.title for doc in Corpus().documents(min(count, 3000))]
    words = [[w for w in title if len(w) > 3] for title in titles]
    usable = [w for w in words if len(w) >= 3]
    pairs = [" ".join(random.sample(w, 2)) for w in random.sample(usable, min(150, len(usable)))]
    common = [
        "united",
        "states",
        "history",
        "report",
        "committee",
        "hearing",
        "public",
        "water",
        "national",
        "sejarah",
    ]
    return {
        "one word": [random.choice(w) for w in random.sample(usable, min(150, len(usable)))],
        "two words": pairs,
        "two words + 4 facets": pairs,
        "common word + 4 facets": common,
        "six words of a title": [" ".join(t[:6]) for t in random.sample(titles, min(100, len(titles)))],
        "phrase": [f'"{" ".join(t[:3])}"' for t in random.sample(titles, min(100, len(titles)))],
        "beginning": [random.choice(w)[:4] + "*" for w in random.sample(usable, min(60, len(usable)))],
        "by title (common word)": common,
        "everything + 4 facets": ["*"] * 10,
    }


def main() -> None:
    """Print a table of latencies, the worst hostile query last."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    folder = Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp(prefix="silang-bench-"))
    engine = WhooshEngine(folder)
    if engine.count() != count:
        engine.rebuild(Corpus().documents(count), count)
    stock = Reference(folder)
    rows = []
    for name, texts in questions(count).items():
        sort = "title" if name.startswith("by title") else "relevance"
        facets = FACETS if "facets" in name else {}

        def ours(text: str, sort: str = sort, facets: dict[str, int] = facets) -> object:
            return engine.search(SearchRequest(query=parse(text), facets=facets, sort=sort))

        cold, warm = timed(ours, texts), timed(ours, texts)
        reference = ("-", "-")
        if "word" in name and "title" not in name:
            shown = texts if len(texts) < 20 or not facets else texts[:20]
            reference = timed(lambda text, f=bool(facets): stock.words(text.split(), f), shown)
        ratio = f"{float(warm[0]) / float(reference[0]):.3f}" if reference[0] != "-" else "-"
        rows.append((name, *cold, *warm, *reference, ratio))
    worst: list[tuple[float, str]] = []
    for name, text in HOSTILE.items():
        start = time.process_time()
        answer = "answered"
        try:
            engine.search(SearchRequest(query=parse(text), facets=FACETS))
        except BadQuery as refused:
            answer = refused.code
        worst.append(((time.process_time() - start) * 1000, f"{name} ({answer})"))
    rows += [
        (f"hostile: {name}", f"{taken:.2f}", *["-"] * 6) for taken, name in sorted(worst, reverse=True)[:4]
    ]
    head = ("milliseconds", "cold p50", "p95", "warm p50", "p95", "Whoosh p50", "p95", "ratio")
    print(f"{count:,} documents")
    table(head, rows)


if __name__ == "__main__":
    main()
