"""Printing as background work: the job, where its file lies, and which files are kept."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from web.jobs import Running
from web.printed.book import Wish, write
from web.wiring import Parts

KIND = "print_catalogue"

#: Printed catalogues that are kept; the oldest go.
KEPT = 20


def folder(parts: Parts) -> Path:
    """Where the files lie."""
    return parts.data / "printed"


def file_of(parts: Parts, job_id: str) -> Path:
    """The file of a job; it is there when the job is done and the file not yet among the oldest."""
    return folder(parts) / f"{job_id}.pdf"


def print_catalogue(parts: Parts, running: Running) -> Mapping[str, Any]:
    """Write the PDF beside its place and put it there when it is whole; returns titles, pages and bytes."""
    told = running.payload
    wish = Wish(
        title=str(told["title"]),
        order=str(told["order"]),
        library_id=str(told["library_id"]),
        dewey=str(told["dewey"]),
        language=str(told["language"]),
    )
    folder(parts).mkdir(mode=0o700, exist_ok=True)
    target = file_of(parts, running.id)
    fresh = target.with_suffix(".part")
    try:
        with fresh.open("wb") as out:
            made = write(parts.db, wish, out, now=parts.clock(), report=running.report)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
    _tidy(parts)
    return {**made, "bytes": os.path.getsize(target)}


def _tidy(parts: Parts) -> None:
    files = sorted(folder(parts).glob("*.pdf"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in files[KEPT:]:
        old.unlink(missing_ok=True)
