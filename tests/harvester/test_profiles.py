"""Profiles: what they name exists, what they know is used, and an endpoint is recognised by its signs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from foundation.db import Database
from foundation.ids import uuid7
from foundation.seal import seal_in
from foundation.tables import library
from harvester import profiles, schedule, sources
from harvester.errors import BadSource
from harvester.pages import Header, Item, Token
from harvester.profiles import Evidence, slims_pages
from harvester.provider import Format, Identity, preferred
from harvester.sources import Source, SourceDraft
from harvester.tables import harvest, source
from harvester.transport import Quirks
from index.crosswalk import copies

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def item(identifier: str, content: bytes = b"") -> Item:
    return Item(
        number=1, offset=0, length=0, raw=b"", header=Header(identifier=identifier), content=content or None
    )


@pytest.mark.parametrize("profile", profiles.PROFILES.values(), ids=lambda one: one.code)
def test_a_profile_names_only_what_there_is(profile: profiles.Profile) -> None:
    assert set(profile.holdings) <= set(copies.NAMES)
    assert set(profile.quirks) <= set(Quirks.__dataclass_fields__)
    assert len(profile.code) <= 24  # the column
    assert set(profile.repairs) <= {"double_utf8", "not_escaped"}
    assert profile.prefixes == tuple(name.lower() for name in profile.prefixes)
    assert (profile.copies_by == "page") == (profile.connect is not profiles.GENERIC.connect)


def test_what_does_not_tell_of_deletions_is_swept_or_read_whole() -> None:
    for code in ("slims_oai2", "slims_oai", "slims_p2p", "inlislite_oai"):
        profile = profiles.of(code)
        assert profile.full_days <= 7
        assert profile.sweep_days == 1 or profile.full_days == 1


def test_a_name_that_is_not_known_any_more_is_read_as_any_provider() -> None:
    assert profiles.of("aleph") is profiles.GENERIC


@pytest.mark.parametrize(
    ("evidence", "code"),
    [
        (Evidence(url="https://a.example/slims/oai2.php"), "slims_oai2"),
        (Evidence(url="https://a.example/cari", items=(item("oai:a.example:slims-17"),)), "slims_oai2"),
        (Evidence(url="https://a.example/oai.php"), "generic"),  # many programs have such a script
        (
            Evidence(
                url="https://a.example/oai.php",
                items=(item("oai:slims/17"),),
                token=Token(text="oai_dc/100"),
            ),
            "slims_oai",
        ),
        (Evidence(url="https://a.example/slims/index.php"), "slims_p2p"),
        (Evidence(url="https://a.example/index.php?p=oai"), "generic"),
        (
            Evidence(
                url="https://a.example/oai", items=(item("x:1", b"<c tag='001'>INLIS000000000000017</c>"),)
            ),
            "inlislite_oai",
        ),
        (Evidence(url="https://a.example/oai-pmh", sets=("dewey:300",)), "inlislite_oai"),
        (Evidence(url="https://a.example/oai"), "generic"),
        (Evidence(url="https://a.example/cgi-bin/koha/oai.pl"), "koha"),
        (
            Evidence(url="https://a.example/oai", items=(item("1", b'<d tag="952"/><d tag="999"/>'),)),
            "koha",
        ),
        (
            Evidence(url="https://a.example/server/oai/request", items=(item("oai:a.example:123456789/12"),)),
            "dspace",
        ),
        (
            Evidence(
                url="https://a.example/oai",
                identity=Identity(name="Repositori"),
                formats=tuple(Format(prefix=name) for name in ("oai_dc", "dim", "xoai")),
            ),
            "dspace",
        ),
    ],
)
def test_an_endpoint_is_recognised_by_its_signs(evidence: Evidence, code: str) -> None:
    assert profiles.suggest(evidence).code == code


def test_the_format_is_the_first_wanted_that_is_offered_and_else_the_fullest() -> None:
    marc = Format(prefix="MARC21", namespace="http://www.loc.gov/MARC21/slim", reads_as="marc21")
    dublin = Format(prefix="oai_dc", reads_as="oai_dc")
    assert preferred((dublin, marc), ("oai_dc",)) == "oai_dc"
    assert preferred((dublin, marc), ("marcxml", "marc21")) == "MARC21"
    assert preferred((dublin, marc), ("mods",)) == "MARC21"
    assert preferred((), ("mods",)) == ""


@pytest.mark.parametrize(
    ("url", "catalogue"),
    [
        ("https://a.example/slims/oai2.php", "https://a.example/slims/index.php"),
        ("https://a.example/oai2.php?x=1#y", "https://a.example/index.php"),
        ("https://a.example:8080/index.php", "https://a.example:8080/index.php"),
        ("https://a.example", "https://a.example/index.php"),
    ],
)
def test_the_pages_of_a_slims_stand_beside_its_oai(url: str, catalogue: str) -> None:
    assert slims_pages.catalogue_of(url) == catalogue


# --- the reference page ----------------------------------------------------------------------------------

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "profiles.md"
_FINDS = {"changes": "changes", "additions": "additions only", "nothing": "nothing"}
_COPIES = {
    "": "–",
    "record": "in the record",
    "page": "on the page of each title",
}


def rows(profile: profiles.Profile) -> tuple[str, str]:
    """How the reference page tells of a profile, in its two tables."""

    def days(number: int) -> str:
        return "–" if not number else "daily" if number == 1 else f"every {number} days"

    copies = _COPIES[profile.copies_by]
    if profile.holdings:
        copies = f"{'' if copies == '–' else copies + ': '}{', '.join(profile.holdings)}"
    first = (
        f"`{profile.code}`",
        profile.system,
        f"`{profile.path}`" if profile.path else "–",
        ", ".join(profile.prefixes) or "by namespace",
        _FINDS[profile.selects],
        days(profile.full_days),
        days(profile.sweep_days),
        copies,
    )
    known = [f"`{name}`" + ("" if value is True else f": {value}") for name, value in profile.quirks.items()]
    known += [f"texts: {name}" for name in profile.repairs]
    second = (
        f"`{profile.code}`",
        ", ".join(known) or "–",
        f"{profile.pause_ms} ms" if profile.pause_ms else "–",
    )
    return f"| {' | '.join(first)} |", f"| {' | '.join(second)} |"


def test_the_reference_page_tells_of_each_profile_what_the_registry_says() -> None:
    told = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    both = [rows(profile) for profile in profiles.PROFILES.values()]
    assert told == [first for first, _ in both] + [second for _, second in both]


# --- stored with a source --------------------------------------------------------------------------------


@pytest.fixture
def add(sqlite_db: Database, tmp_path: object) -> object:
    assert isinstance(tmp_path, Path)
    seal = seal_in(tmp_path)

    def make(profile: str, **more: object) -> Source:
        with sqlite_db.begin() as c:
            library_id = uuid7()
            c.execute(
                library.insert().values(id=library_id, code="MLT", symbol="NPP:1", name="MLT", created_at=NOW)
            )
            draft = SourceDraft(
                code="mlt", library_id=library_id, name="MLT", url="https://a.example/oai", profile=profile
            )
            made = sources.add(c, draft, seal=seal, at=NOW)
            if more:
                c.execute(source.update().where(source.c.id == made.id).values(**more))
            return sources.get(c, made.id)

    return make


def kinds(db: Database, one: Source, past: list[tuple[str, int]]) -> str:
    """What is queued now after complete harvests of these kinds, so many days ago."""
    with db.begin() as c:
        for kind, days in past:
            at = NOW - timedelta(days=days)
            c.execute(
                harvest.insert().values(
                    id=uuid7(),
                    source_id=one.id,
                    kind=kind,
                    state="complete",
                    oddities=[],
                    queued_at=at,
                    started_at=at,
                    ended_at=at,
                )
            )
        schedule.queue_due(c, one, NOW)
        return str(c.execute(select(harvest.c.kind).where(harvest.c.state == "queued")).scalar_one())


def test_a_source_with_a_profile_that_nobody_knows_is_refused(add: object) -> None:
    assert callable(add)
    with pytest.raises(BadSource) as caught:
        add("aleph")
    assert (caught.value.field, caught.value.reason) == ("profile", "unknown")


@pytest.mark.parametrize(
    ("profile", "past", "kind"),
    [
        ("generic", [], "incremental"),
        ("generic", [("full", 30)], "incremental"),
        ("slims_oai2", [("full", 3)], "incremental"),
        ("slims_oai2", [("full", 8)], "full"),
        ("inlislite_oai", [("full", 8)], "full"),
        ("slims_oai", [], "full"),
        ("slims_oai", [("full", 1)], "full"),
        ("slims_p2p", [], "full"),
        ("slims_p2p", [("full", 3)], "sweep"),
        ("slims_p2p", [("full", 7)], "full"),
        ("koha", [("full", 29)], "incremental"),
        ("koha", [("full", 31)], "full"),
    ],
)
def test_a_schedule_asks_for_what_the_profile_needs(
    sqlite_db: Database, add: object, profile: str, past: list[tuple[str, int]], kind: str
) -> None:
    assert callable(add)
    assert kinds(sqlite_db, add(profile), past) == kind


def test_what_an_admin_says_wins_over_the_profile(sqlite_db: Database, add: object) -> None:
    assert callable(add)
    one = add("slims_oai2", full_days=2, sweep_days=0)
    assert (schedule.habits(one).full_days, schedule.habits(one).sweep_days) == (2, 0)
    assert kinds(sqlite_db, one, [("full", 3)]) == "full"
