"""From a search being carried out to the rows that are written of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from index.live.asking.aim import Aim
from index.live.keeping.packing import body, dump, facets, keys, portion, report
from index.live.keeping.writing import Changes
from index.live.link import Fetched
from index.live.merging import live
from index.live.results import Results
from index.live.run import Run
from index.live.snapshot import UNION, SearchState, TargetReport, TargetState
from index.live.union import union_hit


def union_report(hits: Sequence[Fetched]) -> TargetReport:
    """The union catalogue as one of the targets: it has always answered already."""
    return TargetReport(
        id=UNION,
        name="",
        url="",
        state=TargetState.OK,
        hits=len(hits),
        fetched=len(hits),
    )


def first_changes(
    results: Results, hits: Sequence[Fetched], aims: Iterable[Aim], *, with_union: bool
) -> Changes:
    """What is written before anybody has been asked: every target waits, and what our own catalogue has is there."""
    if hits:
        results.add_union([union_hit(one) for one in hits])
    waiting = [
        TargetReport(id=aim.id, name=aim.name, url=aim.url, state=TargetState.WAITING, library=aim.library)
        for aim in aims
    ]
    reports = [union_report(hits), *waiting] if with_union else waiting
    return _changes(results, SearchState.RUNNING, reports, [(UNION, 0, hits)] if hits else [], 0.0, None, 0)


def changes(run: Run, results: Results) -> Changes:
    """What has come since the last time."""
    return _changes(
        results,
        run.state,
        run.reports(),
        run.take_arrivals(),
        round(run.seconds, 4),
        run.first_seconds,
        run.portion,
    )


def _changes(
    results: Results,
    state: SearchState,
    reports: Sequence[TargetReport],
    arrived: Iterable[tuple[str, int, Sequence[Fetched]]],
    spent: float,
    first_seconds: float | None,
    arrivals: int,
) -> Changes:
    changed, gone = results.take()
    sample = any(
        one.state in (TargetState.WAITING, TargetState.SEARCHING) or (one.hits or 0) > one.fetched
        for one in reports
    )
    return Changes(
        state=state,
        targets=dump([report(one) for one in reports]),
        facets=dump(facets(results.facets(sample=sample))),
        ranked=results.ranked().tobytes(),
        arrivals=arrivals,
        spent=spent,
        first_seconds=None if first_seconds is None else round(first_seconds, 4),
        clusters=[(int(row.id), keys(row), body(live(row))) for row in changed],
        gone=gone,
        portions=[
            (target, records[0].position, number, *portion(records))
            for target, number, records in arrived
            if records
        ],
    )
