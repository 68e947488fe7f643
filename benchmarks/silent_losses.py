"""Silent losses over the 95 faults of a provider: ours, and sickle 0.7.0 unmodified beside it on the same server.

Run it: python -m benchmarks.silent_losses [--json]. A loss is silent when a run says that all went well and records
that could be had are missing. Each fault may have several variants (tests/peers/faulty/cases.py); damage to texts
is not counted. Cases that need more than one run are tests of their own, and are not run here.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
from collections import Counter
from itertools import islice
from typing import Any

from sickle import Sickle

from benchmarks.measure import table
from foundation.clock import system_clock
from foundation.fetch import Fetcher, FetchPolicy
from harvester import scratch
from harvester.datestamps import read
from tests.peers.fault_server import FaultServer
from tests.peers.faulty.cases import CASES, ELSEWHERE, Case

#: For sickle, which has no bounds of its own: seconds, and records.
SECONDS, RECORDS = 12.0, 4000


def by_sickle(case: Case, server: FaultServer) -> tuple[str, int]:
    """(success, error or endless; distinct records) of a plain loop over ListRecords."""
    asked = {"since": "from", "until": "until", "set_spec": "set"}
    dates = {asked[name]: value for name, value in case.asks.items() if name in asked}
    prefix = case.asks.get("prefix", server.prefix)
    names: set[str] = set()
    ends = ["endless"]

    def run() -> None:
        sickle = Sickle(server.url, max_retries=2, default_retry_after=1, timeout=5)
        count = 0
        try:
            for record in islice(sickle.ListRecords(metadataPrefix=prefix, **dates), RECORDS):
                names.add(str(record.header.identifier))
                count += 1
            ends[0] = "success" if count < RECORDS else "endless"
        except Exception as error:
            ends[0] = f"error: {type(error).__name__}"

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(SECONDS)
    return ends[0], len(names)


def by_us(case: Case, server: FaultServer) -> tuple[str, int]:
    """(state, distinct records, deleted and rejected ones among them) as `silang harvest try` has it."""
    options: dict[str, Any] = {"patience": 4.0} | dict(case.asks)
    since, until = options.pop("since", ""), options.pop("until", "")
    fetcher = Fetcher(FetchPolicy(any_address=True, user_agent="Silang/benchmark"))
    try:
        slip = scratch.try_out(
            fetcher, server.url, clock=system_clock, from_at=read(since), until_at=read(until), **options
        )
    finally:
        fetcher.close()
    return slip.state, slip.records + slip.deleted + len(slip.rejected)


def one_case(case: Case) -> dict[str, Any]:
    """What both make of a case, each with a server of its own."""
    found: dict[str, Any] = {"case": case.id, "number": case.number}
    #: what can be had: all that the provider has, where the case is not to end complete
    there = case.got if case.state == "complete" else len(FaultServer(**case.server).entries)
    for name, run, good in (("ours", by_us, "complete"), ("sickle", by_sickle, "success")):
        with FaultServer(*case.faults, **case.server) as server:
            next(one for one in server.entries if one.number == 8).deleted = True
            end, got = run(case, server)
        found[name] = {"end": end, "got": got, "silent": end == good and got < there}
    return found


def main() -> None:
    """Print the losses; ends with 1 when one of ours is silent or a case ends otherwise than it must."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    found = [one_case(case) for case in CASES]
    ours_wrong = [
        one["case"] for one, case in zip(found, CASES, strict=True) if one["ours"]["end"] != case.state
    ]
    silent = {
        name: sorted({one["number"] for one in found if one[name]["silent"]}) for name in ("ours", "sickle")
    }
    ends: dict[int, set[str]] = {}
    for one in found:
        ends.setdefault(one["number"], set()).add(one["ours"]["end"])
    summary = {
        "faults": len(ends.keys() | ELSEWHERE.keys()),
        "run_here": len(ends),
        "variants": len(found),
        "complete": sum("complete" in states for states in ends.values()),
        "silent": {name: len(numbers) for name, numbers in silent.items()},
        "silent_numbers": silent,
        "endless": {name: sum(one[name]["end"] == "endless" for one in found) for name in ("ours", "sickle")},
        "wrong": ours_wrong,
    }
    if as_json:
        print(json.dumps({**summary, "cases": found}))
    else:
        print(
            f"{summary['run_here']} of {summary['faults']} faults in {summary['variants']} variants; "
            f"{summary['complete']} faults end complete"
        )
        rows = []
        for name, good in (("ours", "complete"), ("sickle", "success")):
            ends_of = Counter(one[name]["end"].partition(":")[0] for one in found)
            bad = sum(one[name]["silent"] for one in found)
            rows.append([name, ends_of[good], bad, len(silent[name]), ends_of["endless"], silent[name]])
        head = ["", "says all is well", "silently lost (variants)", "(faults)", "endless", "which faults"]
        table(head, rows)
    if silent["ours"] or ours_wrong:
        sys.exit(f"silent: {silent['ours']}; otherwise than they must: {ours_wrong}")


if __name__ == "__main__":
    main()
