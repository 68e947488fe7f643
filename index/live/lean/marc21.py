"""MARC 21 in memory → lean record: what `index.crosswalk.marc21` says of the same fields, without its long texts."""

from __future__ import annotations

from collections.abc import Sequence

from index.crosswalk import copies as ways
from index.crosswalk import marc21 as careful
from index.crosswalk.marcevidence import evidence
from index.crosswalk.marcfields import non_filing
from index.crosswalk.marcform import Marc
from index.crosswalk.marckind import carrier, format_of, level
from index.crosswalk.marcnames import names
from index.crosswalk.marcnumbers import identifiers
from index.crosswalk.text import distinct, unstop
from index.live.lean.record import Lean


def lean_marc21(marc: Marc, copies: Sequence[str] = ()) -> Lean:
    """The lean record. Raises BadRecord."""
    title = careful._title(marc)
    fixed = marc.control.get("008", "")
    languages = careful._languages(marc, fixed)
    lies_on = carrier(marc)
    authors, contributors, analytic = names(marc)
    publisher, place, printed = careful._imprint(marc)
    call_numbers, classes = careful._shelf(marc, "generic")
    notes = careful._notes(marc)
    extra = evidence(marc)
    if lies_on == "micro":
        extra["carrier"] = "micro"
    number = careful.control_number(marc)
    if number:
        extra["control_number"] = number
    other = careful._other_script(marc)
    if other["names"]:
        extra["script_names"] = "; ".join(other["names"])
    online = lies_on == "online"
    main = title["title"]
    return Lean(
        title=main,
        subtitle=title["subtitle"],
        part_number=title["part_number"],
        part_name=title["part_name"],
        non_filing=non_filing(main, title["skip"], languages[0] if languages else ""),
        alternates=distinct(careful._alternates(marc, title["parallel"]) + analytic, 40),
        scripts=distinct(other["titles"], 10),
        responsibility=title["responsibility"],
        authors=authors,
        contributors=contributors,
        subjects=distinct(careful._subjects(marc) + other["subjects"], 100),
        identifiers=identifiers(marc),
        publisher=publisher,
        place=place,
        year=careful._year(fixed, printed),
        year_text=unstop(printed),
        languages=languages,
        format=format_of(marc, lies_on),
        online=online,
        level=level(marc),
        edition=careful._edition(marc),
        extent=careful._extent(marc),
        series=careful._series(marc),
        notes=notes,
        call_numbers=call_numbers,
        classes=classes,
        links=careful._links(marc, online),
        host=careful._host(marc),
        holdings=ways.of_marc(marc, copies, "generic"),
        extra=extra,
    )
