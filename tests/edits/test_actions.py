"""Each bulk action: what it does, where it changes nothing, and what it refuses with a reason."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import update

from catalog_app.core.db import writing
from catalog_app.products.models import Product
from tests.edits.conftest import applied, changes_of, planned, product, shelf

pytestmark = pytest.mark.usefixtures("app")

Sent = Mapping[str, Any]
RAISE_5: Sent = {"direction": "raise", "percent": "5"}

AN_ACTION: list[tuple[str, Sent, Sent, Sent, Sent | None, Sent | None, object]] = [
    # action, what is chosen, a product that it changes and to what, one that is so already, one that it refuses and why
    (
        "price_set", {"currency": "SAR", "amount": "12.5"}, {}, {"price": "12.50"}, {"price": "12.50"},
        {"currency": "USD"}, ("currency", "Its price is in USD."),
    ),
    (
        "price_percent", RAISE_5, {"price": "10.10"}, {"price": "10.61"}, {"price": "0.00"},
        {"price": None, "currency": None}, ("price", "It has no price."),
    ),
    (
        "price_add", {"currency": "SAR", "amount": "-4"}, {}, {"price": "6.00"}, None,
        {"price": "3.99"}, ("price", "It would fall below zero, to -0.01."),
    ),
    (
        "status", {"status": "suspended", "reason": "stock"}, {},
        {"lifecycle_status": "suspended", "status_reason": "stock"}, {"lifecycle_status": "suspended"},
        {"lifecycle_status": "obsolete"},
        ("lifecycle_status", "A product that is obsolete may become nothing, not suspended."),
    ),
    (
        "suspend", {}, {}, {"lifecycle_status": "suspended"}, {"lifecycle_status": "suspended"},
        {"lifecycle_status": "in_test"},
        ("lifecycle_status", "A product that is in_test may become launched, in_design, rejected, not suspended."),
    ),
    (
        "retire", {"reason": ""}, {}, {"lifecycle_status": "retired"}, {"lifecycle_status": "retired"},
        {"lifecycle_status": "in_design"},
        ("lifecycle_status", "A product that is in_design may become in_test, launched, rejected, not retired."),
    ),
    (
        "segments", {"side": "target_segments", "add": ["youth"], "remove": ["family"]},
        {"target_segments": ["family", "expat"]}, {"target_segments": ["expat", "youth"]},
        {"target_segments": ["youth"]}, {"exclude_segments": ["youth"]},
        ("exclude_segments", "A segment cannot be both targeted and excluded: youth."),
    ),
    (
        "category", {"category": "Roaming"}, {"category": "Data"}, {"category": "Roaming"}, {"category": "Roaming"},
        None, None,
    ),
    ("availability", {"state": "off"}, {}, {"is_available": False}, {"is_available": False}, None, None),
    (
        "validity", {"valid_to": "2026-12-31T23:59Z"}, {}, {"valid_to": "2026-12-31T23:59:00Z"},
        {"valid_to": "2026-12-31T23:59:00Z"}, {"valid_from": "2027-01-01T00:00:00Z"},
        ("valid_to", "The end is not after the start."),
    ),
]  # fmt: skip


def test_each_action_changes_what_fits_counts_what_is_so_already_and_sets_aside_what_a_rule_forbids() -> None:
    for action, sent, fits, after, same, refused, fault in AN_ACTION:
        numbers = [number for values in (fits, same, refused) if values is not None for number in shelf(1, **values)]

        plan = planned(action, sent, ids=numbers)

        counts = plan.updated, plan.unchanged, plan.rejected
        assert counts == (1, int(same is not None), int(refused is not None)), action
        assert [(row.field, row.reason) for row in changes_of(plan, "rejected")] == ([fault] if fault else []), action
        (change,) = changes_of(plan)
        became = change.after or {}
        assert (change.product_id, (change.before or {}).keys()) == (numbers[0], became.keys()), action
        assert {name: became[name] for name in after} == after, action
        applied(plan)
        assert [product(number).version for number in numbers] == [2, *[1] * (len(numbers) - 1)], action


def test_fields_are_locked_as_they_stand_and_released_to_what_their_source_says() -> None:
    synced, other = shelf(1, system="xiva") + shelf(1)
    with writing() as session:
        session.execute(update(Product).where(Product.id == synced).values(source_values={"name": "At Xiva"}))

    locked = planned("locks", {"owner": "lock", "fields": ["name", "price"]})
    applied(locked)

    assert (locked.updated, locked.rejected) == (1, 1)
    assert changes_of(locked, "rejected")[0].reason == "It was made here, so there is no source that could change it."
    assert (set(product(synced).field_locks), product(synced).sync_state) == ({"name", "price"}, "local_edit")
    again = planned("locks", {"owner": "lock", "fields": ["name"]}, ids=[synced])
    assert (again.updated, again.unchanged) == (0, 1)

    applied(planned("locks", {"owner": "release", "fields": ["name"]}, ids=[synced]))

    assert (product(synced).name, set(product(synced).field_locks)) == ("At Xiva", {"price"})
    assert product(other).version == 1


def test_a_share_is_rounded_half_up_to_the_smallest_coin_of_each_price() -> None:
    for price, currency, direction, percent, after in (
        ("10.10", "SAR", "raise", "5", "10.61"),  # 10.605
        ("10.10", "SAR", "lower", "5", "9.60"),  # 9.595
        ("1.25", "KWD", "raise", "10", "1.375"),  # the dinar has a thousand fils
        ("150.00", "JPY", "raise", "1", "152.00"),  # 151.5, and the yen has no smaller coin
        ("9.99", "USD", "lower", "100", "0.00"),
    ):
        numbers = shelf(1, price=price, currency=currency)

        plan = planned("price_percent", {"direction": direction, "percent": percent}, ids=numbers)

        assert changes_of(plan)[0].after == {"price": after}


def test_a_product_becomes_free_only_where_that_was_said() -> None:
    numbers = shelf(1, price="0.04", currency="SAR")

    plan = planned("price_percent", {"direction": "lower", "percent": "90"}, ids=numbers)

    assert (plan.updated, plan.rejected) == (0, 1)
    assert changes_of(plan, "rejected")[0].reason == "It would be rounded to zero, from 0.004, and be free."


def test_a_product_never_loses_its_last_segment_because_it_would_be_for_everyone() -> None:
    shelf(1, target_segments=["family"])

    plan = planned("segments", {"side": "target_segments", "remove": ["family"]})

    assert (plan.updated, plan.rejected) == (0, 1)
    assert "for everyone" in (changes_of(plan, "rejected")[0].reason or "")
