"""Both embedded engines over the same catalogue, each beside its library asked the same without us; and their memory.

`python -m benchmarks.engines [documents=100000] [folder]`: with a folder, the indexes are built there once and kept.
tantivy must cost at most 1.5 times bare tantivy, Whoosh at most 25 ms for a word, a library and four facets.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.bare_tantivy import Bare
from benchmarks.corpus import Corpus
from benchmarks.measure import quantile, table
from benchmarks.search_latency import FACETS, Reference, questions
from index.engines.tantivy_engine import TantivyEngine
from index.engines.whoosh_engine import WhooshEngine
from index.parse import parse
from index.search import Engine, SearchRequest

MAKERS: dict[str, Callable[[Path], Engine]] = {"whoosh": WhooshEngine, "tantivy": TantivyEngine}

Row = tuple[str, ...]

#: Times our answer may cost what bare tantivy's costs, and CPU milliseconds of Whoosh for a word, a library, facets.
MOST_TIMES = 1.5
MOST_MS = 25.0

#: Rounds after the first; their median is what counts.
AGAIN = 4

#: Queries whose answers stock Whoosh groups are so slow that fewer are asked.
FEW = 12


@dataclass(frozen=True, slots=True)
class Kind:
    """Queries of one class, as they are typed and as requests."""

    name: str
    texts: Sequence[str]
    requests: Sequence[SearchRequest]


def kinds(count: int) -> list[Kind]:
    """The classes: words, phrases, beginnings; filtered, counted, sorted."""
    asked = questions(count)
    words, common = asked["one word"], asked["common word + 4 facets"]

    def of(name: str, texts: Sequence[str], **more: object) -> Kind:
        asks = [replace(SearchRequest(query=parse(text)), **more) for text in texts]  # type: ignore[arg-type]  # fields by name
        return Kind(name, texts, asks)

    library = {"library": ("P01",)}
    return [
        of("one word (kw1)", words),
        of("common word (kw_common)", common * 3),
        of("two words (and23)", asked["two words"]),
        of("six words of a title (title6)", asked["six words of a title"]),
        of("phrase", asked["phrase"]),
        of("beginning (prefix)", asked["beginning"]),
        of("word + library", words, filters=library),
        of("word + library + 4 facets", words, filters=library, facets=FACETS),
        of("word + 4 facets", words, facets=FACETS),
        of("common word + 4 facets", common * 3, facets=FACETS),
        *(of(f"common word by {order}", common * 3, sort=order) for order in ("title", "year", "author")),
    ]


def milliseconds(runs: Sequence[Callable[[Any], object]], asked: Sequence[Any]) -> list[list[list[float]]]:
    """CPU milliseconds a request for each of the runs, asked for the first time and then `AGAIN` times more.

    The runs take turns, also at being the first: whoever comes second finds the processor's caches warm.
    """
    taken: list[list[list[float]]] = [[[], []] for _ in runs]
    turns = list(enumerate(runs))
    for again in range(1 + AGAIN):
        for number, request in enumerate(asked):
            for which, run in turns if (number + again) % 2 else turns[::-1]:
                start = time.process_time()
                run(request)
                taken[which][min(again, 1)].append((time.process_time() - start) * 1000)
    return taken


def shown(values: Sequence[float]) -> tuple[str, str]:
    """Median and 95 %."""
    return f"{quantile(values, 0.5):.2f}", f"{quantile(values, 0.95):.2f}"


def ready(root: Path, count: int) -> dict[str, Engine]:
    """Both engines over `count` documents, built where they are not."""
    engines = {name: make(root / name) for name, make in MAKERS.items()}
    for engine in engines.values():
        if engine.count() != count:
            engine.rebuild(Corpus().documents(count), count)
    return engines


def private() -> float:
    """Megabytes that this process has for itself."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def reader(name: str, folder: Path, count: int) -> None:
    """In a process of its own: print megabytes before the index was opened, and after all queries."""
    classes = kinds(count)
    before = private()
    engine = MAKERS[name](folder)
    for kind in classes:
        for request in kind.requests:
            engine.search(request)
    print(f"{before:.0f} {private():.0f}")


def memory(name: str, folder: Path, count: int) -> tuple[str, str]:
    """What `reader` printed."""
    command = [sys.executable, "-m", "benchmarks.engines", "--reader", name, str(folder), str(count)]
    before, after = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return before, after


def tantivy_rows(engine: Engine, bare: Bare, classes: Sequence[Kind]) -> tuple[list[Row], bool]:
    """A line for each class, and whether all keep the bound. Answers must be the same as those of the reference."""
    rows: list[Row] = []
    kept = True
    for kind in classes:
        (first, ours_ms), (_, bare_ms) = milliseconds((engine.search, bare.search), kind.requests)
        for request in kind.requests[:10]:
            ours, theirs = engine.search(request), bare.search(request)
            if (ours.total, dict(ours.facets)) != theirs:
                sys.exit(f"{kind.name}: {ours.total} and {theirs[0]} hits, or other counts")
        ratio = quantile(ours_ms, 0.5) / quantile(bare_ms, 0.5)
        kept &= ratio <= MOST_TIMES
        rows.append((kind.name, shown(first)[0], *shown(ours_ms), *shown(bare_ms), f"{ratio:.2f}"))
    return rows, kept


def whoosh_rows(engine: Engine, stock: Reference, classes: Sequence[Kind]) -> tuple[list[Row], bool]:
    """A line for each class, and whether the bound is kept; stock Whoosh answers where it can be asked in words."""
    rows: list[Row] = []
    kept = True
    for kind in classes:
        ((first, ours_ms),) = milliseconds((engine.search,), kind.requests)
        if "library + 4 facets" in kind.name:
            kept = quantile(ours_ms, 0.5) <= MOST_MS
        theirs, ratio = ("-", "-"), "-"
        if " by " not in kind.name and "word" in kind.name:
            facets, library = "facets" in kind.name, "P01" if "library" in kind.name else ""

            def theirs_of(text: str, facets: bool = facets, library: str = library) -> int:
                return stock.words(text.split(), facets, library)

            ((_, stock_ms),) = milliseconds((theirs_of,), kind.texts[: FEW if facets else 50])
            theirs = shown(stock_ms)
            ratio = f"{quantile(ours_ms, 0.5) / quantile(stock_ms, 0.5):.3f}"
        rows.append((kind.name, shown(first)[0], *shown(ours_ms), *theirs, ratio))
    return rows, kept


def main() -> None:
    """Print both tables and the memory; ends with 1 when a bound is not kept."""
    if sys.argv[1:2] == ["--reader"]:
        reader(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory(prefix="silang-bench-") as made:
        root = Path(sys.argv[2] if len(sys.argv) > 2 else made)
        engines = ready(root, count)
        classes = kinds(count)
        print(f"{count:,} documents, CPU milliseconds")
        head = ("first p50", "p50", "p95", "p50", "p95", "ratio")
        rows, fast = tantivy_rows(engines["tantivy"], Bare(root / "tantivy"), classes)
        table((f"tantivy | bare tantivy (at most {MOST_TIMES})", *head), rows)
        print()
        rows, bearable = whoosh_rows(engines["whoosh"], Reference(root / "whoosh"), classes)
        table((f"Whoosh | stock Whoosh (at most {MOST_MS:.0f} ms)", *head), rows)
        print()
        sizes = [(name, *memory(name, root / name, count)) for name in MAKERS]
        table(("private MB of one reader", "before it opened", "after the queries"), sizes)
    if not (fast and bearable):
        sys.exit("a bound is not kept")


if __name__ == "__main__":
    main()
