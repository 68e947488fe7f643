"""A process that takes up one harvest, to be killed by tests: python -m tests.harvester.harvest_process DATA DB AHEAD."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from foundation.db import Database
from foundation.fetch import Fetcher, FetchPolicy
from foundation.seal import seal_in
from harvester.run import process_queue
from harvester.settings import HarvestSettings
from harvester.wire import harvesting


def main(data: str, url: str, ahead: str) -> None:
    """Take up what waits and say so; `ahead` seconds are added to the clock, so that a dead worker's run is stale."""
    ctx = harvesting(
        db=Database(url),
        data=Path(data),
        fetcher=Fetcher(FetchPolicy(any_address=True, user_agent="Silang/test")),
        clock=lambda: datetime.now(UTC) + timedelta(seconds=float(ahead)),
        seal=seal_in(Path(data)),
        settings=HarvestSettings(patience=20.0),
    )
    print("took", process_queue(ctx, "child"))


if __name__ == "__main__":
    main(*sys.argv[1:])
