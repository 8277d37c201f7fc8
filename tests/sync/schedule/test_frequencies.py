"""When something is due, on the wall clocks of many zones and through the two odd nights of their years."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from catalog_app.core.errors import RuleError
from catalog_app.sync.schedule.frequencies import check_frequency, interval, next_due, words

ZONES = (
    "UTC",
    "Asia/Riyadh",  # never changes
    "Asia/Kathmandu",  # a quarter off the hour
    "Europe/Berlin",  # 02:00
    "America/New_York",
    "America/Sao_Paulo",
    "Africa/Cairo",  # at midnight
    "Asia/Beirut",  # at midnight
    "America/Havana",
    "Africa/Casablanca",  # twice around Ramadan
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Apia",  # lost a whole day in 2011
    "Antarctica/Troll",  # by two hours
)
NIGHTS = [
    ("Europe/Berlin", "30 2 * * *", "2026-03-28T12:00Z", ["2026-03-29T01:30Z", "2026-03-30T00:30Z"]),
    ("Europe/Berlin", "30 2 * * *", "2026-10-24T12:00Z", ["2026-10-25T00:30Z", "2026-10-26T01:30Z"]),
    ("America/New_York", "15 1 * * *", "2026-10-31T12:00Z", ["2026-11-01T05:15Z", "2026-11-02T06:15Z"]),
    ("Africa/Cairo", "0 0 * * *", "2026-04-23T12:00Z", ["2026-04-23T22:00Z", "2026-04-24T21:00Z"]),
    ("Australia/Lord_Howe", "15 2 * * *", "2026-10-03T12:00Z", ["2026-10-03T15:45Z", "2026-10-04T15:15Z"]),
]


def dues(frequency: str, zone: str, after: datetime, *, key: str = "") -> Iterator[datetime]:
    while (due := next_due(frequency, zone, after, key)) is not None:
        yield due
        after = due


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(("zone", "frequency", "after", "expected"), NIGHTS)
def test_a_time_that_the_clocks_leave_out_or_show_twice_is_due_once(
    zone: str, frequency: str, after: str, expected: list[str]
) -> None:
    assert list(islice(dues(frequency, zone, moment(after)), 2)) == [moment(text) for text in expected]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("frequency", ["daily", "30 2 * * *", "0 0 * * *", "59 23 * * *"])
def test_no_day_of_two_years_is_skipped_or_doubled(zone: str, frequency: str) -> None:
    found = list(islice(dues(frequency, zone, datetime(2025, 12, 31, 12, tzinfo=UTC)), 730))

    days = [due.astimezone(ZoneInfo(zone)).date() for due in found]
    assert {later - earlier for earlier, later in pairwise(days)} == {timedelta(days=1)}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("frequency", "minutes"), [("hourly", 60), ("*/15 * * * *", 15), ("realtime", 1)])
def test_what_runs_through_the_hours_keeps_its_distance_also_when_the_clocks_change(
    zone: str, frequency: str, minutes: int
) -> None:
    for year, month in ((2026, 3), (2026, 4), (2026, 10)):
        start = datetime(year, month, 1, tzinfo=UTC)
        count = 5 * 24 * 60 // minutes if minutes > 1 else 300
        found = list(islice(dues(frequency, zone, start + timedelta(days=23 if minutes > 1 else 28)), count))
        gaps = {later - earlier for earlier, later in pairwise(found)}
        # Half an hour is what Lord Howe's clocks are set by, which moves the full hour.
        assert gaps <= {timedelta(minutes=minutes), timedelta(minutes=30), timedelta(minutes=90)}
        if zone != "Australia/Lord_Howe":
            assert gaps == {timedelta(minutes=minutes)}


@given(
    st.sampled_from(ZONES),
    st.sampled_from(["realtime", "hourly", "daily", "weekly", "*/20 * * * *", "30 2 * * *", "0 0 1 * *", "0 2 * * 0"]),
    st.datetimes(datetime(2011, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # made aware
    st.integers(0, 200_000),
)
def test_looking_later_never_finds_an_earlier_due_time(
    zone: str, frequency: str, after: datetime, seconds: int
) -> None:
    first, later = (next_due(frequency, zone, at, "crm") for at in (after, after + timedelta(seconds=seconds)))

    assert first is not None
    assert later is not None
    assert after < first <= later
    # Whoever asked before the due time, however long before, finds this very one.
    assert next_due(frequency, zone, first - timedelta(microseconds=1), "crm") == first


def test_a_node_whose_clock_is_half_a_minute_ahead_finds_the_same_due_times() -> None:
    now = datetime(2026, 11, 23, 2, 59, 45, tzinfo=UTC)
    due = next_due("daily", "UTC", now - timedelta(days=1), "")
    assert due is not None

    ahead = next_due("daily", "UTC", due + timedelta(seconds=30), "")

    assert ahead == next_due("daily", "UTC", due, "") == due + timedelta(days=1)


@pytest.mark.parametrize(
    ("frequency", "most"),
    [("realtime", 6), ("hourly", 300), ("daily", 300), ("weekly", 300), ("0 4 * * *", 10)],
)
def test_systems_are_spread_by_their_key_and_each_keeps_its_place(frequency: str, most: int) -> None:
    now = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
    sharp = next_due(frequency, "UTC", now - timedelta(seconds=1), "")
    assert sharp is not None

    late = {
        key: (next_due(frequency, "UTC", sharp - timedelta(microseconds=1), key), key) for key in map(str, range(50))
    }

    lateness = [(due - sharp).total_seconds() for due, _ in late.values() if due]
    assert max(lateness) <= most
    assert len(set(lateness)) > 10
    assert min(lateness) >= 0


def test_frequencies_of_one_system_that_fall_together_are_late_alike() -> None:
    night = datetime(2026, 11, 23, 2, 59, tzinfo=UTC)

    assert len({next_due(frequency, "UTC", night, "xiva") for frequency in ("hourly", "daily", "weekly")}) == 1


def test_manual_is_never_due() -> None:
    check_frequency("manual", "UTC")

    assert next_due("manual", "UTC", datetime(2026, 11, 23, tzinfo=UTC), "xiva") is None


@pytest.mark.parametrize(
    ("expression", "days"),
    [
        ("0 5 * * 0", ["Sunday"]),
        ("0 5 * * 7", ["Sunday"]),
        ("0 5 * * 1-3", ["Monday", "Tuesday", "Wednesday"]),
        ("0 5 * * 5-7", ["Friday", "Saturday", "Sunday"]),
        ("0 5 * * fri-sun", ["Friday", "Saturday", "Sunday"]),
        ("0 5 * * SUN,wed", ["Sunday", "Wednesday"]),
        ("0 5 * * */3", ["Sunday", "Wednesday", "Saturday"]),
        ("0 5 * * 4/2", ["Thursday", "Saturday"]),
    ],
)
def test_weekdays_are_counted_as_everywhere_but_in_apscheduler(expression: str, days: list[str]) -> None:
    check_frequency(expression, "UTC")

    found = {f"{due:%A}" for due in islice(dues(expression, "UTC", datetime(2026, 11, 23, tzinfo=UTC)), 10)}

    assert found == set(days)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Choose realtime"),
        ("sometimes", "Choose realtime"),
        ("* * * *", "five fields"),
        ("* * * * * *", "five fields"),
        ("60 * * * *", "The minute '60' cannot be read; it goes from 0 to 59."),
        ("0 24 * * *", "The hour '24'"),
        ("0 0 0 * *", "The day of the month '0'"),
        ("0 0 * 13 *", "The month '13'"),
        ("0 0 * * 8", "The weekday '8'"),
        ("*/0 * * * *", "The minute '*/0'"),
        ("30-10 * * * *", "The minute '30-10'"),
        ("1,,2 * * * *", "The minute ''"),
        ("٣ * * * *", "The minute"),
        ("0 0 last * *", "The day of the month 'last'"),
        ("0 0 1 * 1", "not both"),
        ("0 0 31 2 *", "No date ever fits"),
        ("0 0 * * " + "1," * 60 + "1", "Choose realtime"),
    ],
)
def test_what_cannot_be_a_frequency_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(RuleError) as caught:
        check_frequency(text, "UTC")

    assert said in caught.value.errors["sync_frequency"]


@pytest.mark.parametrize("name", ["", "Mars/Base", "../../etc/passwd", "America", "UTC+3", "/etc/localtime", "\0"])
def test_a_time_zone_that_there_is_not_is_refused_in_words(name: str) -> None:
    with pytest.raises(RuleError) as caught:
        check_frequency("daily", name)

    assert "There is no time zone" in caught.value.errors["time_zone"]


def test_a_time_that_has_run_out_of_years_is_not_due_any_more() -> None:
    assert next_due("0 0 29 2 *", "UTC", datetime(9996, 3, 1, tzinfo=UTC), "") is None


def test_the_distance_between_two_due_times_is_known_for_every_frequency() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)

    assert interval("realtime", "UTC", now) == timedelta(minutes=1)
    assert interval("weekly", "UTC", now) == timedelta(days=7)
    assert interval("0 */6 * * *", "Asia/Riyadh", now) == timedelta(hours=6)


@pytest.mark.parametrize(
    ("frequency", "zone", "said"),
    [
        ("manual", "UTC", "only when asked for"),
        ("realtime", "UTC", "every minute"),
        ("hourly", "UTC", "hourly"),
        ("daily", "UTC", "daily at 03:00 UTC"),
        ("0 3 * * *", "Asia/Riyadh", "daily at 03:00 Riyadh time"),
        ("weekly", "America/New_York", "Mon at 03:00 New York time"),
        ("5 14 * * 0,4", "Asia/Riyadh", "Sun, Thu at 14:05 Riyadh time"),
        ("*/7 2-5 * * *", "Asia/Riyadh", "by */7 2-5 * * *, Riyadh time"),
        ("0 3 1 * *", "UTC", "by 0 3 1 * *, UTC"),
    ],
)
def test_a_frequency_is_told_in_words(app: Flask, frequency: str, zone: str, said: str) -> None:
    assert words(frequency, zone) == said


def test_every_zone_of_the_list_is_known_here() -> None:
    assert all(ZoneInfo(zone) for zone in ZONES)
