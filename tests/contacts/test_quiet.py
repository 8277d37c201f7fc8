"""Quiet hours follow the clock on the customer's wall, also on the days on which it is changed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from catalog_app.contacts.quiet import checked_hours, not_before

ZONES = (
    "UTC", "Asia/Riyadh", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe",
    "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Apia", "America/Havana", "Antarctica/Troll",
)  # fmt: skip
MINUTE = timedelta(minutes=1)
minutes = st.integers(0, 24 * 60 - 1)
moments = st.datetimes(datetime(2011, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # Hypothesis wants it so


def written(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def is_quiet(start: int, end: int, zone: str, at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    return (minute - start) % 1440 < (end - start) % 1440


def first_open(start: int, end: int, zone: str, now: datetime) -> datetime:
    at = now.replace(second=0, microsecond=0)
    while at <= now or is_quiet(start, end, zone, at):
        at += MINUTE
    return at


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@settings(deadline=None, max_examples=250)
@given(minutes, st.integers(1, 22 * 60), st.sampled_from(ZONES), moments)
# Spring forward over the end, and into the hours; the hour that comes twice; a day that Samoa left out.
@example(90, 60, "America/New_York", at("2026-03-08T06:45+00:00"))
@example(21 * 60, 12 * 60, "Europe/Berlin", at("2026-03-28T23:30+00:00"))
@example(0, 90, "America/New_York", at("2026-11-01T06:10+00:00"))
@example(21 * 60, 12 * 60, "Pacific/Apia", at("2011-12-30T09:00+00:00"))
@example(60, 22 * 60, "Antarctica/Troll", at("2026-10-25T00:30+00:00"))
def test_a_message_waits_for_the_first_minute_outside_them_and_never_more_than_a_day(
    start: int, length: int, zone: str, now: datetime
) -> None:
    end = (start + length) % 1440

    found = not_before(written(start), written(end), zone, now)

    if not is_quiet(start, end, zone, now):
        assert found is None
        return
    assert found == first_open(start, end, zone, now)
    assert not is_quiet(start, end, zone, found)
    assert now < found <= now + timedelta(days=1)


def test_the_end_is_open_and_the_beginning_is_not() -> None:
    assert not_before("21:00", "09:00", "Asia/Riyadh", at("2026-06-01T21:00+03:00")) == at("2026-06-02T09:00+03:00")
    assert not_before("21:00", "09:00", "Asia/Riyadh", at("2026-06-02T08:59:59+03:00")) == at("2026-06-02T09:00+03:00")
    assert not_before("21:00", "09:00", "Asia/Riyadh", at("2026-06-02T09:00+03:00")) is None


def test_without_quiet_hours_nothing_waits() -> None:
    assert not_before(None, None, "UTC", at("2026-06-01T03:00+00:00")) is None


@pytest.mark.parametrize(("start", "end"), [("21:00", None), (None, "09:00"), ("09:00", "09:00"), ("09:00", "08:00")])
def test_hours_that_leave_no_time_to_send_are_refused(start: str | None, end: str | None) -> None:
    with pytest.raises(ValueError, match=r"both ends|two hours"):
        checked_hours(start, end)
