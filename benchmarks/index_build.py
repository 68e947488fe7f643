"""How much CPU it takes to index documents: our engine, beside Whoosh's own writer with the same schema and tokens.

`python -m benchmarks.index_build [documents=20000]`
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from whoosh.index import create_in

from benchmarks.corpus import Corpus
from benchmarks.measure import best, table
from index.engines.segment_writer import COLUMNS, INDEXED, SCHEMA, column_values
from index.engines.whoosh_engine import WhooshEngine
from index.plan import doc_tokens
from index.search import IndexDoc

Analysed = list[dict[str, object]]


def analysed(docs: Sequence[IndexDoc]) -> Analysed:
    """The documents as Whoosh's writer takes them: lists of tokens, which it indexes as they are, and column values."""
    return [
        {name: found for name in INDEXED if (found := list(doc_tokens(doc, name)))}
        | dict(zip(COLUMNS, column_values(doc), strict=True))
        for doc in docs
    ]


def reference(rows: Analysed) -> None:
    """Whoosh as it is."""
    with tempfile.TemporaryDirectory() as folder:
        writer = create_in(folder, SCHEMA).writer(limitmb=256)
        for row in rows:
            writer.add_document(**row)
        writer.commit()


def ours(docs: Sequence[IndexDoc], batch: int) -> None:
    """The engine, in commits of `batch` documents (0: one rebuild)."""
    with tempfile.TemporaryDirectory() as folder:
        engine = WhooshEngine(Path(folder))
        if not batch:
            engine.rebuild(docs, len(docs))
        for start in range(0, len(docs), batch) if batch else ():
            engine.write(docs[start : start + batch], (), start + batch)
        engine.close()


def main() -> None:
    """Print documents per CPU second and the ratio to the reference."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    docs = list(Corpus().documents(count))
    rows = analysed(docs)
    times = 3 if count <= 20_000 else 1
    stock = best(times, lambda: reference(rows))
    lines = [("Whoosh's own writer", f"{stock:.1f}", f"{count / stock:,.0f}", "1.00")]
    for name, batch in (("rebuild", 0), ("commits of 5,000", 5000), ("commits of 200", 200)):
        taken = best(times, lambda batch=batch: ours(docs, batch))  # type: ignore[misc]  # a lambda with a default
        lines.append((name, f"{taken:.1f}", f"{count / taken:,.0f}", f"{taken / stock:.2f}"))
    table(("index " + f"{count:,} documents", "CPU s", "documents/s", "ratio"), lines)


if __name__ == "__main__":
    main()
