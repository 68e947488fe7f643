"""All figures, one after the other: `python -m benchmarks [name…]`. SILANG_DATA may name a folder of real rows."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time

#: Each with its arguments; {folder} is one index for both that search.
ALL = {
    "list_records": (),
    "silent_losses": (),
    "slims_windows": (),
    "reprocess": (),
    "index_build": ("20000",),
    "pipeline": ("20000",),
    "search_latency": ("100000", "{folder}"),
    "engines": ("100000", "{folder}/engines"),
    "engine_threads": ("60", "100000", "{folder}/engines"),
    "known_items": ("20000",),
    "search_page": ("100000", "{folder}"),
    "transition": (),
    "clusters": (),
    "cluster_growth": ("60000",),
    "lean": (),
    "live": (),
    "z3950": (),
    "z3950_target": ("100000", "{folder}/z3950"),
}


def main() -> None:
    """Run those that are named, or all; ends with 1 when one of them failed."""
    names = sys.argv[1:] or list(ALL)
    if unknown := [name for name in names if name not in ALL]:
        sys.exit(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(ALL)}")
    failed = []
    with tempfile.TemporaryDirectory(prefix="silang-bench-") as folder:
        for name in names:
            print(f"\n== {name} ==", flush=True)
            start = time.monotonic()
            arguments = [word.format(folder=folder) for word in ALL[name]]
            if subprocess.run(
                [sys.executable, "-m", f"benchmarks.{name}", *arguments], check=False
            ).returncode:
                failed.append(name)
            print(f"({time.monotonic() - start:.0f} s)", flush=True)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
