"""Events and decisions become impressions: one offer with what came of it, and what was known when it was made."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.recommendations.feedback.history import History, read_history, window_of
from catalog_app.recommendations.feedback.impressions import Event, past_of
from tests.recommendations.feedback.told import at, decided, event, products, tell

DAY = 86_400.0
A, B = 1, 2


def happened(day: float, kind: str, product: int = A, **fields: Any) -> Event:
    plain: dict[str, Any] = {"features": None, "owned": None, "decision_id": None}
    return Event(day * DAY, kind, fields.pop("event_id", f"{day}{kind}"), product, **{**plain, **fields})


def outcomes(*events: Event) -> list[tuple[float, int, bool]]:
    return [(one.at / DAY, one.product_id, one.accepted) for one in past_of(events, 14 * DAY).impressions]


def history(until: datetime | None = None) -> History:
    db.session.remove()
    session = db.session()
    window = window_of(session, until=until, days=365)
    assert window is not None
    return read_history(session.connection(), window, within=timedelta(days=14))


def test_an_answer_closes_the_newest_open_offer_of_its_product() -> None:
    assert outcomes(happened(1, "shown"), happened(2, "shown"), happened(2, "accepted")) == [
        (1, A, False),
        (2, A, True),
    ]
    assert outcomes(happened(1, "shown"), happened(3, "declined")) == [(1, A, False)]
    assert outcomes(happened(1, "shown"), happened(3, "accepted", B)) == [(1, A, False), (3, B, True)]
    assert outcomes(happened(1, "shown"), happened(16, "accepted")) == [(1, A, False), (16, A, True)]
    assert outcomes(happened(1, "clicked"), happened(2, "clicked"), happened(3, "accepted")) == [(1, A, True)]
    assert outcomes(happened(1, "accepted"), happened(2, "accepted")) == [(1, A, True), (2, A, True)]
    assert outcomes(happened(1, "held")) == []


def test_a_customer_of_very_many_offers_is_read_as_fast_as_many_customers() -> None:
    # Callers who do not know their customers tell all of one.
    events = [happened(day / 1_000, "shown", event_id=f"{day:05}") for day in range(20_000)]
    began = time.process_time()

    assert len(past_of(events, 14 * DAY).impressions) == len(events)
    assert time.process_time() - began < 2  # looking through all of them for each took 13 seconds


def test_what_is_told_of_one_decision_is_one_offer_whatever_came_between() -> None:
    events = (
        happened(1, "shown", decision_id=7),
        happened(1.1, "shown", decision_id=7),
        happened(2, "shown", decision_id=8),
        happened(3, "accepted", decision_id=7),
        happened(4, "declined", decision_id=7),
    )

    assert outcomes(*events) == [(1, A, False), (2, A, False)]
    assert outcomes(*events[:-1]) == [(1, A, True), (2, A, False)]


def test_an_impression_knows_what_was_told_before_it_and_not_what_the_answer_brought() -> None:
    told = past_of(
        [
            happened(1, "held", B, features={"age": 30}),
            happened(2, "shown"),
            happened(3, "accepted", features={"age": 31, "happy": True}, owned=[A, B, 9]),
            happened(4, "shown", 9),
        ],
        14 * DAY,
    )

    first, second = told.impressions
    assert (first.features, first.owned) == ({"age": 30}, (B,))
    assert (second.features, second.owned) == ({"age": 31, "happy": True}, (A, B))
    assert told.known(2.5 * DAY) == ({"age": 30}, (B,))
    assert told.known(DAY) is None


def test_features_come_from_the_decision_where_the_event_tells_none_and_in_a_form_that_models_take(app: Flask) -> None:
    first, second = products(2)
    moment = utcnow() - timedelta(days=1)
    asked = {
        "segments": ["b", "a"],
        "usage": {"data_mb": 3.5, "by": {"day": 2}},
        "customer_value": "120.50",
        "owned": [5],
    }
    number = decided(None, [first, second], moment, features=asked, owned=[second])

    tell(event(1, first, decision_id=number), event(2, first, "accepted", decision_id=number))

    (impression,) = history().impressions
    assert impression.accepted
    assert impression.owned == (second,)
    assert impression.features == {
        "segments": ["a", "b"],
        "usage.data_mb": 3.5,
        "usage.by.day": 2,
        "customer_value": 120.5,
    }


def test_the_order_is_that_of_time_and_of_the_callers_own_ids(app: Flask) -> None:
    first, second = products(2)
    tell(
        event("z", first, customer_id="C-9", occurred_at=at(2)),
        event("a", second, customer_id="C-8", occurred_at=at(2)),
        event("c", first, customer_id="C-7", occurred_at=at(2)),
        event("m", second, customer_id="C-6", occurred_at=at(1)),
    )

    found = history()

    assert [one.event_id for one in found.impressions] == ["em", "ec", "ez", "ea"]
    assert [past.began[1] for past in found.pasts] == ["em", "ea", "ec", "ez"]
    assert list(found.customers) == [0, 2, 3, 1]


def test_the_window_ends_with_the_newest_event_and_goes_back_as_far_as_it_takes(app: Flask) -> None:
    (product,) = products(1)
    tell(*(event(day, product, occurred_at=at(day), customer_id=f"C-{day}") for day in (0, 700, 800)))

    assert len(history().impressions) == 3
    assert len(history(datetime.fromisoformat(at(750))).impressions) == 2
    assert window_of(db.session(), until=datetime(2020, 1, 1, tzinfo=UTC), days=365) is None


def test_what_was_held_before_the_window_is_held_in_it(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = products(2)
    monkeypatch.setattr("catalog_app.recommendations.feedback.history.ENOUGH_EVENTS", 1)
    tell(
        event(1, first, "held", occurred_at=at(0)),
        event(2, second, "accepted", occurred_at=at(1)),
        event(3, second, occurred_at=at(800)),
    )

    (impression,) = history().impressions

    assert impression.owned == (first,)


def test_offers_too_new_for_their_answer_are_left_out_where_enough_others_are_closed(app: Flask) -> None:
    (product,) = products(1)
    shown = [event(f"s{n}", product, customer_id=f"C-{n}", occurred_at=at(n)) for n in range(40)]
    taken = [event(f"a{n}", product, "accepted", customer_id=f"C-{n}", occurred_at=at(n + 2)) for n in range(0, 38, 2)]
    tell(*shown, *taken)

    found = history()

    assert (len(found.impressions), found.left_out, found.acceptances) == (38, 2, 19)
