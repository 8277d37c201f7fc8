"""Eligibility of many customers at once, held against the verdict on each of them alone."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog_app.contacts.history import History
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import eligibility
from catalog_app.products.outcome import Outcome
from catalog_app.recommendations.batches.checking import checked
from catalog_app.recommendations.batches.columns import Block, column_of
from catalog_app.recommendations.scoring.eligible import Eligible
from tests.products.factories import NOW
from tests.products.masks import test_masks as masks

values = st.sampled_from([0, 0.00005, 0.0001, 0.00015, 99.9999, 99.99995, 100, 100.00001, "100", "99.9999", 9999999999])
owned = st.lists(
    st.sampled_from([1, 2, 3, 9, 77, "xiva:PO-A", "crm:PO-B", "xiva:nowhere", "2", ["xiva", "PO-A"]]), max_size=3
)
told = st.fixed_dictionaries(
    {},
    optional={
        "customer_value": st.none() | values,
        "lifetime_value": values,
        "total_revenue": values,
        "segments": st.lists(st.sampled_from([*masks.SEGMENTS, "'; --", "Vip"]), max_size=3) | st.just("vip"),
        "payment_mode": st.sampled_from(["prepaid", "postpaid", "hybrid", "", None]),
        "points": st.sampled_from([None, 0, 1, 99, 100, 10**15]),
        "owned": owned | st.sampled_from([1, "crm:PO-B"]),
        "age": st.sampled_from([17, 18, 60, 60.5, "old", "2026-01-01", True, None]),
        "city": st.sampled_from(["Riyadh", "Мекка", None, 5]),
    },
)
moments = st.sampled_from([NOW, NOW - timedelta(days=30), NOW - timedelta(days=29), NOW + timedelta(days=1)])
pasts = st.builds(
    History,
    times_taken=st.dictionaries(st.integers(101, 106), st.integers(0, 2), max_size=2),
    last_offered=st.dictionaries(st.integers(101, 106), moments, max_size=2),
)


def _either(name: str, strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return strategy.map(lambda value: {name: value})


bounds = st.sampled_from(["0.0001", "99.9999", "100"])
keys = st.lists(st.sampled_from(masks.SEGMENTS), min_size=1, max_size=2)
restrictions = st.one_of(
    _either("min_customer_value", bounds),
    _either("max_customer_value", bounds),
    _either("target_segments", keys),
    _either("exclude_segments", keys),
    _either("payment_mode", st.sampled_from(["prepaid", "hybrid"])),
    _either("points_price", st.sampled_from([1, 100])),
    _either("relations", masks.relations),
    _either("eligibility_rule", masks.rules),
    _either("channels", st.just(["sms"])),
    _either("max_per_customer", st.just(1)),
    _either("cooldown_days", st.just(30)),
)
# A product that is restricted in everything is offered to nobody, and would tell nothing apart.
catalogues = st.lists(
    st.lists(restrictions, max_size=2).map(
        lambda some: {**_plain(), **{name: one[name] for one in some for name in one}}
    ),
    min_size=1,
    max_size=6,
).map(lambda products: [_possible(product) for product in products])


def _plain() -> dict[str, Any]:
    return {"target_segments": [], "exclude_segments": [], "relations": []}


def _possible(product: dict[str, Any]) -> dict[str, Any]:
    if {"min_customer_value", "max_customer_value"} <= product.keys():
        del product["max_customer_value"]
    return product


@settings(max_examples=80, deadline=None)
@given(
    catalogue=catalogues,
    customers=st.lists(st.tuples(told, st.just(History()) | pasts), min_size=4, max_size=12),
    channel=st.sampled_from(["sms", "sms", "email", None]),
)
def test_many_customers_may_have_exactly_what_the_verdict_allows_each_of_them(
    catalogue: list[dict[str, Any]], customers: list[tuple[dict[str, Any], History]], channel: str | None
) -> None:
    compiled = masks._compiled([masks._made(101 + place, one) for place, one in enumerate(catalogue)])
    block = checked(_block([features for features, _ in customers]))
    assert not block.rejected
    eligible = Eligible(compiled, channel, compiled.on_sale(NOW))
    found = eligible.of(block.columns, len(block), [history for _, history in customers], NOW)
    for row, (features, history) in enumerate(customers):
        customer = masks._knowing_owned(history.applied_to(CustomerFeatures.of(features)))
        allowed = [
            card.id for card in compiled.cards if eligibility(card, customer, NOW, channel).outcome is Outcome.YES
        ]
        assert compiled.ids[eligible.products[found[row]]].tolist() == allowed


def test_only_candidates_are_looked_at() -> None:
    compiled = masks._compiled([masks._made(number, _plain()) for number in (101, 102, 103)])
    eligible = Eligible(compiled, None, compiled.on_sale(NOW), frozenset({103, 101, 9}))
    assert compiled.ids[eligible.products].tolist() == [101, 103]


def _block(rows: Sequence[Mapping[str, Any]]) -> Block:
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: column_of([row.get(name) for row in rows]) for name in names}
    return Block(np.arange(1, len(rows) + 1), [f"c{row}" for row in range(len(rows))], columns)
