"""Writes cases.tsv anew: what libyaz makes of each query by our own table (query as JSON, PQF or number)."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from index.rpn import dialect
from tests.index.rpn.judge import Judge


def for_yaz() -> str:
    """Our own table, without the lines that YAZ does not have, in a file of its own."""
    lines = (dialect.SHIPPED / "bib1.txt").read_text(encoding="utf-8").splitlines()
    ours = ("access.", "cql.", "fallback.", "boolean.", "query.")
    with tempfile.NamedTemporaryFile("w", suffix=".properties", delete=False) as file:
        file.write("\n".join(line for line in lines if not line.startswith(ours)))
    return file.name


def main() -> None:
    judge = Judge(for_yaz())
    queries = dict.fromkeys(line for line in sys.stdin.read().splitlines() if line)
    rows = [f"{json.dumps(query, ensure_ascii=False)}\t{judge.transformed(query)}" for query in queries]
    Path(__file__).with_name("cases.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
