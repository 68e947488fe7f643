"""How long the rendered search page takes, served over HTTP: one reader, and twenty beside a harvest.

`python -m benchmarks.search_page [documents=100000] [folder]`: with a folder, the index is built there once and kept.
"""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from random import Random
from urllib.parse import urlencode

from benchmarks.corpus import LIBRARIES, Corpus
from benchmarks.marc import provider
from benchmarks.measure import quantile, table
from benchmarks.search_latency import questions
from index.engines.whoosh_engine import WhooshEngine

CONFIG = """
data: store
fetch: {{allow: ["127.0.0.1/32"]}}
web: {{port: {port}}}
log: {{level: error}}
libraries:
  - {{code: BEN, name: Benchmark, symbol: "ISIL:XX-BEN"}}
{libraries}
sources: [{{code: ben, library: BEN, url: "{url}"}}]
"""

#: The position at which the writer begins.
FIRST = 10**6

#: Stands in for the worker that feeds the index: at the pace at which a harvest brings records, and as politely.
WRITER = """
import sys, time
from itertools import islice
from pathlib import Path
from benchmarks.corpus import Corpus
from index.engines.whoosh_engine import WhooshEngine
from web.cli import step_back
step_back()
engine, position, due = WhooshEngine(Path(sys.argv[1])), int(sys.argv[2]), time.monotonic()
docs = Corpus(2).documents(10**7)
while True:
    position += 1000
    due += 1000 / 750  # records a second of benchmarks.pipeline on two cores
    engine.write(islice(docs, 1000), [], position)
    time.sleep(max(0, due - time.monotonic()))
"""


class Server:
    """`silang serve` over an index, in a folder of its own."""

    def __init__(self, folder: Path, index: Path, provider_url: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        names = "\n".join(
            f'  - {{code: {code}, name: Library {code}, symbol: "ISIL:XX-{code}"}}' for code in LIBRARIES
        )
        self.folder = folder
        (folder / "config.yaml").write_text(CONFIG.format(port=self.port, libraries=names, url=provider_url))
        self.run("init").wait(60)
        shutil.rmtree(folder / "store" / "index", ignore_errors=True)
        shutil.copytree(index, folder / "store" / "index")
        self.process = self.run("serve")
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                self.get("/health/live", http.client.HTTPConnection("127.0.0.1", self.port))
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("the server does not answer")

    def run(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command of silang there."""
        command = [sys.executable, "-m", "web.cli", "--config", str(self.folder / "config.yaml"), *words]
        return subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def get(self, path: str, connection: http.client.HTTPConnection) -> int:
        """The status of a page that was read whole."""
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def load(self, paths: list[str], readers: int, each: int) -> tuple[list[float], Counter[int]]:
        """Milliseconds of `each` pages for each of so many readers at once, and the statuses."""
        taken: list[float] = []
        statuses: Counter[int] = Counter()

        def read(seed: int) -> None:
            random = Random(seed)
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            for _ in range(each):
                path = random.choice(paths)
                start = time.perf_counter()
                status = self.get(path, connection)
                taken.append((time.perf_counter() - start) * 1000)
                statuses[status] += 1
            connection.close()

        threads = [threading.Thread(target=read, args=(seed,)) for seed in range(readers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return taken, statuses


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that we started, and what it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def first_commit(index: Path) -> int:
    """Wait until the writer is at work; returns its position."""
    engine = WhooshEngine(index)
    until = time.monotonic() + 60
    while engine.position() <= FIRST:
        if time.monotonic() > until:
            raise RuntimeError("the writer writes nothing")
        time.sleep(0.1)
    return engine.position()


def main() -> None:
    """Print medians and 95 % of the page with and without a search."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped then too
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    kept = Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp(prefix="silang-bench-"))
    engine = WhooshEngine(kept)
    if engine.count() != count:
        engine.rebuild(Corpus().documents(count), count)
    engine.close()
    searches = [f"/search?{urlencode({'q': text})}" for text in questions(count)["two words + 4 facets"]]
    nothing = [f"/search?{urlencode({'q': '*a*'})}"]  # refused: the same page without a search
    rows = []
    with tempfile.TemporaryDirectory() as name, provider(20_000) as (url, _):
        server = Server(Path(name), kept, url)
        running = [server.process]
        try:
            server.load(searches, 2, 30)
            for what, readers, each in (("one reader", 1, 150), ("20 readers beside a harvest", 20, 150)):
                if readers > 1:
                    index = str(Path(name) / "store" / "index")
                    writer = [sys.executable, "-c", WRITER, index, str(FIRST)]
                    running += [
                        server.run("harvest", "run", "ben"),
                        subprocess.Popen(writer, start_new_session=True),
                    ]
                    first = first_commit(Path(index))
                for page, paths in (("without a search", nothing), ("two words + facets", searches)):
                    taken, statuses = server.load(paths, readers, each)
                    rows.append(
                        (
                            page,
                            what,
                            f"{quantile(taken, 0.5):.1f}",
                            f"{quantile(taken, 0.95):.1f}",
                            dict(statuses),
                        )
                    )
            written = WhooshEngine(Path(name) / "store" / "index").position() - first
        finally:
            for process in running:
                stop(process)
    table((f"page, {count:,} documents", "load", "p50 ms", "p95 ms", "statuses"), rows)
    print(f"{written:,} documents were written anew meanwhile")


if __name__ == "__main__":
    main()
