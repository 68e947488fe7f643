"""The page of the documentation that shows the loan's three tables: `python -m broker.pictures`."""

from __future__ import annotations

import sys
from typing import Any

from broker.states import MACHINES
from foundation.workflow import Machine, picture

_INTRODUCTION = """\
# How a loan moves

Made from the tables in `broker/` by `python -m broker.pictures`; a test compares this page with them.

A **request** is a reader's wish as the home library sees it. Each library that is asked for it is an attempt, seen
from two sides: the requesting side has the **leg**, the supplying side the **supply**. The two sides only know of
each other what messages say (`hears_…`). A message for which a state has no row is recorded and changes nothing;
a button without a row is not offered, and refused.
"""

_ABOUT = {
    "request": "What the reader and the borrowing desk see.",
    "leg": "One attempt, from the requesting side.",
    "supply": "The same attempt, from the supplying side: the lending desk.",
}


def page() -> str:
    """The whole page, as Markdown."""
    return "\n".join((_INTRODUCTION, *(_section(machine) for machine in MACHINES)))


def _section(machine: Machine[Any]) -> str:
    lines = [f"## {machine.name.capitalize()}", "", _ABOUT[machine.name], "", "```mermaid"]
    lines += [*picture(machine).splitlines(), "```", ""]
    lines += ["| in | action | by | to | must be filled in |", "|---|---|---|---|---|"]
    for row in machine.rows:
        guard = f" (if {row.guard})" if row.guard else ""
        cells = (
            ", ".join(row.states),
            row.action + guard,
            ", ".join(row.roles),
            row.next or "stays",
            ", ".join(row.needs),
        )
        lines.append("| " + " | ".join(cells) + " |")
    clocks = [
        f"| {state} | {one.action} | {one.days} {'working days' if one.working else 'days'} | {one.whose} |"
        for state, found in machine.deadlines.items()
        for one in found
    ]
    if clocks:
        lines += [
            "",
            "| a clock starts in | and then takes | after | by the calendar or date of |",
            "|---|---|---|---|",
        ]
        lines += clocks
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.stdout.write(page())
