"""The figures of a campaign, counted from its deliveries on both databases."""

from datetime import date

import pytest

from catalog_app.campaigns.results.reading import results_of
from catalog_app.core.db import db
from catalog_app.core.proportions import Arm
from tests.campaigns.results.rows import NOW, campaign, delivery, keep


@pytest.mark.usefixtures("app")
def test_a_campaign_without_deliveries_has_results_of_nothing() -> None:
    found = results_of(db.session(), campaign())

    assert (found.triggered, found.sent, found.begins) == (0, 0, None)
    assert found.comparison.target == found.comparison.control == Arm(0, 0)


@pytest.mark.usefixtures("app")
def test_a_customer_counts_once_however_many_messages_there_were_and_accepts_once() -> None:
    mine, other = campaign(), campaign("Another")
    keep(
        delivery(mine, "sara", key="a"),
        delivery(mine, "sara", key="b", accepted_at=NOW),
        delivery(mine, "sara", key="c", accepted_at=NOW),
        delivery(mine, "omar", key="a"),
        delivery(mine, "lina", key="a", status="control", accepted_at=NOW),
        delivery(other, "huda", key="a", accepted_at=NOW),
    )
    found = results_of(db.session(), mine)

    assert found.comparison.target == Arm(2, 1)
    assert found.comparison.control == Arm(1, 1)
    assert (found.sent, found.answers["accepted"]) == (4, 2)


@pytest.mark.usefixtures("app")
def test_only_whom_a_message_reached_is_target() -> None:
    mine = campaign()
    keep(*(delivery(mine, status, status=status) for status in ("refused", "held", "waiting", "leased", "dead", "cancelled", "sent")))  # fmt: skip
    assert results_of(db.session(), mine).comparison.target == Arm(1, 0)

    # The engine tells of the click before it acknowledges its lease: the message has arrived.
    keep(delivery(mine, "quick", status="leased", clicked_at=NOW))
    assert results_of(db.session(), mine).comparison.target == Arm(2, 0)


@pytest.mark.usefixtures("app")
def test_who_was_on_both_sides_is_on_none() -> None:
    mine = campaign()
    keep(
        delivery(mine, "sara", key="a", status="control"),
        delivery(mine, "sara", key="b", accepted_at=NOW),
        delivery(mine, "omar", key="a"),
        delivery(mine, "lina", key="a", status="control"),
    )
    found = results_of(db.session(), mine)

    assert (found.comparison.target, found.comparison.control, found.moved) == (Arm(1, 0), Arm(1, 0), 1)


@pytest.mark.usefixtures("app")
def test_tests_count_for_nothing_and_a_key_that_only_looks_like_one_counts() -> None:
    mine = campaign()
    keep(
        delivery(mine, "lina", key="test:1", accepted_at=NOW),
        delivery(mine, "omar", key="TEST:1"),
        delivery(mine, "sara", key="testing"),
    )
    found = results_of(db.session(), mine)

    assert (found.triggered, found.sent, found.comparison.target, found.tests) == (2, 2, Arm(2, 0), 1)


@pytest.mark.usefixtures("app")
def test_what_was_refused_and_taken_back_is_counted_by_the_first_reason() -> None:
    mine = campaign()
    keep(
        *(delivery(mine, f"a{n}", status="refused", reasons=_because("contact_cap", "segments")) for n in range(3)),
        delivery(mine, "b", status="refused", reasons=_because("segments", "contact_cap")),
        delivery(mine, "c", status="refused", reasons=[]),
        delivery(mine, "d", status="cancelled", reasons=_because("withdrawn")),
    )
    found = results_of(db.session(), mine)

    assert next(iter(found.refused.items())) == ("contact_cap", 3)
    assert found.refused == {"contact_cap": 3, "segments": 1, "unknown": 1}
    assert found.cancelled == {"withdrawn": 1}


@pytest.mark.usefixtures("app")
def test_messages_are_told_apart_by_channel_and_language_and_by_day() -> None:
    mine = campaign()
    keep(
        delivery(mine, "a", delivered_at=NOW, accepted_at=NOW),
        delivery(mine, "b"),
        delivery(mine, "c", language="ar", channel="email", declined_at=NOW, created_at=NOW),
        delivery(mine, "d", status="refused", created_at=NOW),
    )
    found = results_of(db.session(), mine)

    assert [(one.channel, one.language, one.sent, one.answers["accepted"]) for one in found.reaches] == [
        ("sms", "en", 2, 1),
        ("email", "ar", 1, 0),
    ]
    assert found.sent_by_day == {date(2026, 11, 22): 2, date(2026, 11, 23): 1}
    assert found.accepted_by_day == {date(2026, 11, 22): 1}
    assert found.begins == date(2026, 11, 22)


def _because(*codes: str) -> list[dict[str, str]]:
    return [{"code": code, "rule": code, "message": "as told"} for code in codes]
