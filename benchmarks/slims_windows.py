"""A selective harvest of 2,000 from a member with the habits of SLiMS: ours, and plain paging by tokens beside it.

Run it: python -m benchmarks.slims_windows [--json]. The reference is sickle 0.7.0, unmodified.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from typing import Any

from sickle import Sickle
from sickle.oaiexceptions import NoRecordsMatch

from benchmarks.measure import table
from benchmarks.slims_like import Slims, moments, serving
from foundation.clock import system_clock
from foundation.fetch import Fetcher, FetchPolicy
from harvester import scratch
from harvester.datestamps import write

BEGIN = datetime(2025, 1, 6, tzinfo=UTC)
OLDER, WANTED, FEW = 500, 2000, 510


def by_tokens(url: str, **dates: str) -> int:
    """Distinct records by paging with sickle; noRecordsMatch is taken for the end, as the protocol has it."""
    names: set[str] = set()
    try:
        for record in Sickle(url).ListRecords(metadataPrefix="oai_dc", **dates):
            names.add(record.header.identifier)
    except NoRecordsMatch:
        pass
    return len(names)


def ours(url: str, since: datetime, until: datetime | None = None) -> dict[str, Any]:
    """The receipt of `silang harvest try`."""
    fetcher = Fetcher(FetchPolicy(any_address=True, user_agent="Silang/benchmark"))
    try:
        return scratch.try_out(fetcher, url, clock=system_clock, from_at=since, until_at=until).value()
    finally:
        fetcher.close()


def main() -> None:
    """Print what each way brings; ends with 1 when a record is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    entered = moments(OLDER + WANTED, BEGIN)
    slims = Slims(entered=entered)
    since = entered[OLDER]
    wanted = sum(at >= since for at in entered)
    first, last = entered[1000], entered[1000 + FEW - 1]
    window = sum(first <= at <= last for at in entered)
    with serving(slims) as folder:
        rows = []
        url = f"{folder}/oai2.php"
        slip = ours(url, since)
        plain = by_tokens(url, **{"from": write(since, "seconds")})
        rows.append(["oai2.php, from", wanted, plain, slip["records"], slip["outside"], slip])
        url = f"{folder}/oai.php"
        slip = ours(url, first, last)
        plain = by_tokens(url, **{"from": write(first, "seconds"), "until": write(last, "seconds")})
        rows.append(["oai.php, from and until", window, plain, slip["records"], slip["outside"], slip])
    values = [
        {
            "member": name, "wanted": want, "by_tokens": tokens, "records": got, "outside": outside,
            "state": one["state"], "requests": one["requests"], "remembered": one["remembered"],
        }
        for name, want, tokens, got, outside, one in rows
    ]  # fmt: skip
    if as_json:
        print(json.dumps(values))
    else:
        head = ["member", "wanted", "by tokens", "ours", "state", "requests"]
        keys = ["member", "wanted", "by_tokens", "records", "state", "requests"]
        table(head, [[str(one[key]) for key in keys] for one in values])
    if any(one["state"] != "complete" or one["records"] < one["wanted"] for one in values):
        sys.exit("records are missing")


if __name__ == "__main__":
    main()
