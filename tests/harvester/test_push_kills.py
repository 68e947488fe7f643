"""Posts of SLiMS survive a power cut: what was written down is taken in once, whatever moment the process died."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from foundation import libraries
from foundation.failpoints import NAMES, VARIABLE
from harvester.context import Harvesting
from harvester.push import dialect, nodes, posts
from harvester.tables import harvest, push_post
from index.tables import record

POINTS = [name for name in NAMES if name.startswith("push.")]

pytestmark = pytest.mark.slow

CHILD = """
import sys, json
from datetime import UTC, datetime
from pathlib import Path
import broker.tables, foundation.tables
from foundation.db import Database
from foundation.fetch import Fetcher, FetchPolicy
from foundation.seal import seal_in
from harvester.push import dialect, posts
from harvester.settings import HarvestSettings
from harvester.wire import harvesting
url, data, source = sys.argv[1:]
ctx = harvesting(db=Database(url), data=Path(data), fetcher=Fetcher(FetchPolicy(user_agent="x")),
    clock=lambda: datetime.now(UTC), seal=seal_in(Path(data)), settings=HarvestSettings())
for n in range(1, 6):
    body = json.dumps({"node_info": {"id": "n"}, "node_data": {str(n): {"title": f"Judul {n}"}}}).encode()
    post = dialect.read(body)
    with ctx.db.begin() as c:
        number = posts.accept(c, source, post, body, ctx.clock())
    print(n, flush=True)
    posts.process_up_to(ctx, source, number)
"""


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("times", [1, 3])
def test_a_post_that_was_acknowledged_is_taken_in_once(
    sqlite_ctx: Harvesting, tmp_path: Path, point: str, times: int
) -> None:
    ctx = sqlite_ctx
    with ctx.db.begin() as c:
        own = libraries.add(c, ctx.clock(), code="AAA", symbol="ISIL:ID-AAA", name="AAA")
        node, _ = nodes.add(c, library_id=own.id, node="n", seal=ctx.seal, at=ctx.clock())
    url = ctx.db.engine.url.render_as_string(hide_password=False)
    done = subprocess.run(
        [sys.executable, "-c", CHILD, url, str(tmp_path / "data"), node.source_id],
        env={**os.environ, VARIABLE: f"{point}:{times}", "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    acknowledged = done.stdout.split()
    assert len(acknowledged) == times

    while posts.catch_up(ctx):
        pass

    with ctx.db.read() as c:
        names = list(c.execute(select(record.c.identifier).order_by(record.c.id)).scalars())
        waiting = c.execute(select(push_post.c.id).where(push_post.c.processed_at.is_(None))).all()
        (run,) = c.execute(select(harvest.c.state, harvest.c.records)).all()
    assert names == [name.decode() for name in acknowledged]
    assert (waiting, run.state, run.records) == ([], "complete", times)


def test_a_post_reads_as_itself_after_its_key_was_blotted_out() -> None:
    body = b'{"node_info": {"id": "n", "password": "0123456789abcdef"}, "node_data": {"1": {"title": "x"}}}'
    post = dialect.read(body)

    kept = dialect.without_key(body, post.key)

    assert b"0123456789abcdef" not in kept
    assert dialect.read(kept).titles == post.titles
