"""Deadlines count the days and hours on which somebody works, in the branch's own zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from foundation.calendars import DAY_MINUTES, OFFICE_HOURS, Calendar, NeverOpen, national

JAKARTA = ZoneInfo("Asia/Jakarta")
ZONES = (
    "Asia/Jakarta",
    "Asia/Makassar",
    "Asia/Jayapura",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
)


def at(text: str, zone: str = "Asia/Jakarta") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


OFFICE = Calendar(country="")
INDONESIA = Calendar()


# Thursday 24 December 2026; the 25th is Christmas, the 26th a Saturday.


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-23 10:00", 1, "2026-11-24 10:00"),
        ("2026-11-27 10:00", 1, "2026-11-30 10:00"),
        ("2026-11-23 10:00", 5, "2026-11-30 10:00"),
        ("2026-11-23 10:00", 0, "2026-11-23 10:00"),
        ("2026-11-23 06:00", 1, "2026-11-24 08:00"),  # before opening: from the opening
        ("2026-11-23 06:00", 0, "2026-11-23 08:00"),
        ("2026-11-23 18:00", 1, "2026-11-25 08:00"),  # after closing: from the next opening
        ("2026-11-28 12:00", 1, "2026-12-01 08:00"),  # Saturday: from Monday's opening
        ("2026-11-28 12:00", 0, "2026-11-30 08:00"),
        ("2026-08-14 10:00", 1, "2026-08-18 10:00"),  # Friday; Monday 17 August is Independence Day
        ("2026-12-31 10:00", 1, "2027-01-04 10:00"),  # New Year's Day is a Friday
    ],
)
def test_working_days_from_an_instant(start: str, days: int, end: str) -> None:
    assert INDONESIA.add_working_days(at(start), days) == at(end)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (date(2026, 11, 23), 1, date(2026, 11, 24)),
        (date(2026, 11, 28), 1, date(2026, 11, 30)),
        (date(2026, 11, 28), 0, date(2026, 11, 30)),
        (date(2026, 8, 14), 1, date(2026, 8, 18)),
    ],
)
def test_working_days_from_a_date(start: date, days: int, end: date) -> None:
    assert INDONESIA.add_working_days(start, days) == end


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-23 10:00", 4, "2026-11-23 14:00"),
        ("2026-11-23 10:00", 6, "2026-11-23 16:00"),
        ("2026-11-23 14:00", 4, "2026-11-24 10:00"),
        ("2026-11-27 15:30", 4, "2026-11-30 11:30"),
        ("2026-11-28 15:30", 0.5, "2026-11-30 08:30"),
        ("2026-11-23 20:00", 0, "2026-11-24 08:00"),
        ("2026-11-23 10:00", 40, "2026-11-30 10:00"),
    ],
)
def test_working_hours(start: str, hours: float, end: str) -> None:
    assert INDONESIA.add_working_hours(at(start), hours) == at(end)


def test_a_deadline_is_utc_and_a_day_begins_in_the_branch_s_own_zone() -> None:
    late_in_jayapura = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # Monday 8:30 there, still Sunday in UTC
    end = Calendar(zone="Asia/Jayapura").add_working_days(late_in_jayapura, 1)
    assert end == late_in_jayapura + timedelta(days=1)
    assert end.tzinfo is UTC
    assert Calendar(zone="Asia/Jakarta").add_working_days(late_in_jayapura, 1) == at("2026-11-24 08:00")


def test_closures_and_the_admin_s_holidays_count() -> None:
    monday = date(2026, 11, 23)
    calendar = Calendar(
        closures=((date(2026, 11, 24), date(2026, 11, 25)),),
        added=frozenset({date(2026, 11, 26)}),
        removed=frozenset({date(2026, 12, 25)}),
    )
    assert calendar.add_working_days(monday, 1) == date(2026, 11, 27)
    assert calendar.is_open_day(date(2026, 12, 25))
    assert not INDONESIA.is_open_day(date(2026, 12, 25))
    assert calendar.is_holiday(date(2026, 11, 26))
    assert not calendar.is_holiday(date(2026, 11, 24))
    assert not Calendar(added=frozenset({monday}), removed=frozenset({monday})).is_open_day(monday)


def test_national_holidays_have_names_and_joint_leave_is_among_them() -> None:
    names = national("ID", 2026)
    assert "Independence" in names[date(2026, 8, 17)] or "Kemerdekaan" in names[date(2026, 8, 17)]
    assert date(2026, 12, 24) in names  # cuti bersama
    assert not Calendar(country="").is_holiday(date(2026, 8, 17))
    with pytest.raises(ValueError, match="'XX'"):
        Calendar(country="XX").is_open_day(date(2026, 11, 23))


def test_rows_become_a_calendar() -> None:
    rows = [(0, "13:00", "16:30"), (0, "08:00", "12:00"), (4, "08:00", "24:00")]
    calendar = Calendar.of("Asia/Makassar", rows, [(date(2026, 1, 2), date(2026, 1, 3))], country="")
    assert calendar.hours[0] == ((480, 720), (780, 990))
    assert calendar.hours[4] == ((480, DAY_MINUTES),)
    assert calendar.hours[1] == ()
    assert calendar.add_working_hours(at("2026-11-23 11:00", "Asia/Makassar"), 2) == at(
        "2026-11-23 14:00", "Asia/Makassar"
    )
    assert calendar.is_open(at("2026-11-27 23:59", "Asia/Makassar"))
    assert not calendar.is_open(at("2026-11-23 12:30", "Asia/Makassar"))
    assert Calendar.of("Asia/Jakarta").hours == OFFICE_HOURS


@pytest.mark.parametrize(
    "rows", [[(7, "08:00", "09:00")], [(0, "09:00", "08:00")], [(0, "08:00", "12:00"), (0, "11:00", "13:00")],
             [(0, "8", "9")], [(0, "08:60", "09:00")], [(0, "08:00", "24:01")], [(0, "", "")]]
)  # fmt: skip
def test_impossible_hours_are_refused(rows: list[tuple[int, str, str]]) -> None:
    with pytest.raises(ValueError):
        Calendar.of("Asia/Jakarta", rows)


def test_impossible_calendars_are_refused() -> None:
    for values in ({"zone": "Asia/Atlantis"}, {"zone": ""}, {"zone": "../etc/passwd"}, {"hours": ((),) * 6},
                   {"closures": ((date(2026, 2, 2), date(2026, 2, 1)),)}):  # fmt: skip
        with pytest.raises(ValueError):
            Calendar(**values)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize(
    "calendar",
    [
        Calendar(hours=((),) * 7),
        Calendar(closures=((date(2000, 1, 1), date(2100, 1, 1)),)),
        Calendar(
            hours=((),) * 6 + (((480, 960),),),
            added=frozenset(date(2026, 1, 4) + timedelta(weeks=n) for n in range(200)),
        ),
    ],
)
def test_a_calendar_that_never_opens_says_so(calendar: Calendar) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for run in (
        lambda: calendar.next_open_day(start.date()),
        lambda: calendar.add_working_days(start, 1),
        lambda: calendar.add_working_days(start.date(), 1),
        lambda: calendar.add_working_hours(start, 1),
        lambda: calendar.add_working_days(start, 0),
    ):
        with pytest.raises(NeverOpen):
            run()


def test_the_end_of_all_calendars_is_an_error_of_its_own() -> None:
    with pytest.raises(NeverOpen):
        OFFICE.add_working_days(date.max, 1)
    with pytest.raises(NeverOpen):
        OFFICE.add_working_hours(datetime(9999, 12, 31, 12, tzinfo=UTC), 100)


@pytest.mark.parametrize("number", [-1, 100_001, float("nan"), float("inf")])
def test_numbers_that_are_no_deadline_are_refused(number: float) -> None:
    with pytest.raises(ValueError):
        OFFICE.add_working_hours(datetime(2026, 1, 1, tzinfo=UTC), number)
    with pytest.raises(ValueError):
        OFFICE.add_working_days(date(2026, 1, 1), number)  # type: ignore[call-overload]  # wrong on purpose


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        OFFICE.add_working_days(datetime(2026, 1, 1), 1)
    with pytest.raises(ValueError, match="no time zone"):
        OFFICE.add_working_hours(datetime(2026, 1, 1), 1)


def test_a_working_day_keeps_its_clock_time_over_a_change_of_time() -> None:
    berlin = Calendar(zone="Europe/Berlin", country="")
    # Sunday 29 March 2026: the clocks go forward.
    friday = at("2026-03-27 10:00", "Europe/Berlin")
    monday = berlin.add_working_days(friday, 1)
    assert monday == at("2026-03-30 10:00", "Europe/Berlin")
    assert monday - friday == timedelta(hours=71)


def test_a_night_watch_works_an_hour_less_or_more_when_the_clocks_change() -> None:
    always = Calendar(zone="Europe/Berlin", country="", hours=(((0, DAY_MINUTES),),) * 7)
    for day, length in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)):
        ((opens, closes),) = always.open_hours(day)
        assert closes - opens == timedelta(hours=length)
        assert always.add_working_hours(opens, length) == closes


# ---------------------------------------------------------------- for all calendars

spans = st.lists(st.integers(5 * 12, 23 * 12), min_size=2, max_size=4, unique=True).map(
    lambda marks: tuple(
        (sorted(marks)[n] * 5, sorted(marks)[n + 1] * 5) for n in range(0, len(marks) // 2 * 2, 2)
    )
)
a_day = st.dates(date(2019, 1, 1), date(2032, 12, 31))
closures = st.lists(st.tuples(a_day, st.integers(0, 40)), max_size=4).map(
    lambda found: tuple((first, first + timedelta(days=length)) for first, length in found)
)
calendars = st.builds(
    Calendar,
    zone=st.sampled_from(ZONES),
    hours=st.tuples(*[st.one_of(st.just(()), spans)] * 7).filter(any),
    closures=closures,
    country=st.sampled_from(["", "ID", "DE"]),
    added=st.frozensets(a_day, max_size=5),
    removed=st.frozensets(a_day, max_size=5),
)
instants = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
few = st.integers(0, 30)


@given(calendars, a_day, few)
def test_the_nth_open_day_has_n_open_days_before_it(calendar: Calendar, start: date, days: int) -> None:
    end = calendar.add_working_days(start, days)
    assert calendar.is_open_day(end)
    if days:
        assert calendar.working_days_between(start, end) == days
        assert calendar.working_days_between(end, start) == -days
        assert calendar.working_days_between(start, end - timedelta(days=1)) == days - 1


@given(calendars, instants, few)
def test_a_deadline_is_on_an_open_day_and_not_before_its_start(
    calendar: Calendar, start: datetime, days: int
) -> None:
    end = calendar.add_working_days(start, days)
    assert end >= start
    assert calendar.is_open_day(end.astimezone(ZoneInfo(calendar.zone)).date())


@given(calendars, instants, st.timedeltas(timedelta(0), timedelta(days=20)), few)
def test_a_later_start_never_gives_an_earlier_deadline(
    calendar: Calendar, start: datetime, later: timedelta, days: int
) -> None:
    assert calendar.add_working_days(start, days) <= calendar.add_working_days(start + later, days)
    assert calendar.add_working_hours(start, days) <= calendar.add_working_hours(start + later, days)


@given(calendars, instants, few, st.integers(1, 30))
def test_days_add_up(calendar: Calendar, start: datetime, first: int, second: int) -> None:
    day = start.date()
    halfway = calendar.add_working_days(day, first)
    assume(first > 0 or calendar.is_open_day(day))
    assert calendar.add_working_days(halfway, second) == calendar.add_working_days(day, first + second)


@given(calendars, instants, st.integers(0, 400), st.integers(1, 400))
def test_minutes_add_up(calendar: Calendar, start: datetime, first: int, second: int) -> None:
    halfway = calendar.add_working_hours(start, first / 64)
    assert calendar.add_working_hours(halfway, second / 64) == calendar.add_working_hours(
        start, (first + second) / 64
    )


@given(calendars, instants, st.integers(1, 3000))
@settings(max_examples=60)
def test_working_hours_are_hours_in_which_somebody_was_there(
    calendar: Calendar, start: datetime, units: int
) -> None:
    end = calendar.add_working_hours(start, units / 64)
    zone = ZoneInfo(calendar.zone)
    day, worked = start.astimezone(zone).date(), timedelta(0)
    while day <= end.astimezone(zone).date():
        for opens, closes in calendar.open_hours(day):
            worked += max(timedelta(0), min(closes, end) - max(opens, start))
        day += timedelta(days=1)
    assert worked == timedelta(hours=units / 64)


@given(calendars, a_day)
def test_open_hours_are_what_the_clock_on_the_wall_says(calendar: Calendar, day: date) -> None:
    zone = ZoneInfo(calendar.zone)
    found = calendar.open_hours(day)
    assert bool(found) == calendar.is_open_day(day)
    for (opens, closes), (first, last) in zip(found, calendar.hours[day.weekday()], strict=False):
        assert opens.astimezone(zone).time() == time(first // 60, first % 60)
        assert closes.astimezone(zone).time() == time(last // 60, last % 60)
        assert calendar.is_open(opens)
        assert not calendar.is_open(opens - timedelta(minutes=1)) or any(opens == other for _, other in found)
