"""20,000 MARC records from a provider on loopback to searchable: CPU of all processes, beside Whoosh's own writer.

The reference indexes the same records, already analysed, with the same schema, and does nothing else.
`python -m benchmarks.pipeline [records=20000]`
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.index_build import analysed, reference
from benchmarks.marc import cpu_of, provider, records
from benchmarks.measure import best, table
from index.document import document

CONFIG = """
data: store
fetch: {{allow: ["127.0.0.1/32"]}}
libraries: [{{code: BEN, name: Benchmark, symbol: "ISIL:XX-BEN"}}]
sources: [{{code: ben, library: BEN, url: "{url}"}}]
"""


#: What makes a harvest searchable: the worker's own duty, until nothing is left.
INDEX = """
import sys
from pathlib import Path
from web import duties
from web.settings import load
from web.wiring import build
parts = build(load(Path(sys.argv[1])), Path(sys.argv[1]).parent)
while duties.index(parts, "benchmark"):
    pass
parts.close()
"""


def silang(folder: Path, *words: str) -> float:
    """Run a command there; its CPU seconds, and those of all that it started."""
    return run("-m", "web.cli", "--config", str(folder / "config.yaml"), *words)


def run(*words: str) -> float:
    """Run Python; its CPU seconds, and those of all that it started."""
    before = os.times()
    subprocess.run(
        [sys.executable, *words],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def once(count: int) -> tuple[float, float, float, float]:
    """(CPU of the harvest to searchable, CPU of the provider, wall seconds, CPU of the worker's other duties)."""
    with provider(count) as (url, pid), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.yaml").write_text(CONFIG.format(url=url))
        silang(folder, "init")
        begun = time.monotonic()
        used = silang(folder, "harvest", "run", "ben") + run("-c", INDEX, str(folder / "config.yaml"))
        wall = time.monotonic() - begun
        later = silang(folder, "worker", "--once")
        subprocess.run(
            [
                sys.executable,
                "-c",
                f"from index.engines.whoosh_engine import WhooshEngine; from pathlib import Path;"
                f"n = WhooshEngine(Path({str(folder / 'store' / 'index')!r})).count(); assert n > {count} * 0.7, n",
            ],
            check=True,
        )
        return used, cpu_of(pid), wall, later


def main() -> None:
    """Print CPU seconds and the ratio."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    docs = [document(f"{n:08x}", [(r, "BEN", "")], n, n, 0) for n, r in enumerate(records(count), 1)]
    rows = analysed(docs)
    stock = best(3, lambda: reference(rows))
    runs = [once(count) for _ in range(3)]
    used, theirs, wall, later = min(runs)
    table(
        ("what", "CPU s", "ms a record", "ratio"),
        [
            ("stock Whoosh writer, tokens given", f"{stock:.1f}", f"{stock / count * 1000:.2f}", "1"),
            (
                "provider to searchable, all of ours",
                f"{used:.1f}",
                f"{used / count * 1000:.2f}",
                f"{used / stock:.2f}",
            ),
            (
                "the same with the provider's own",
                f"{used + theirs:.1f}",
                f"{(used + theirs) / count * 1000:.2f}",
                f"{(used + theirs) / stock:.2f}",
            ),
            (
                "afterwards: handing on (OAI-PMH), lists of faults",
                f"{later:.1f}",
                f"{later / count * 1000:.2f}",
                f"{later / stock:.2f}",
            ),
        ],
    )
    print(f"{count} records, {wall:.1f} s by the clock; must be at most 2.5")


if __name__ == "__main__":
    main()
