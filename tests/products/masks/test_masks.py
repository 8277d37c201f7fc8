"""The compiled catalogue, held against the verdict on made-up catalogues and customers, over every dimension."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import eligibility
from catalog_app.products.masks.cards import COLUMNS, Entry, entry_of
from catalog_app.products.masks.codes import NO, UNKNOWN, YES
from catalog_app.products.masks.compiled import Compiled
from catalog_app.products.masks.related import Named, named_by
from catalog_app.products.models import Product
from catalog_app.products.outcome import Outcome
from catalog_app.products.owned import Owned, ProductKey
from catalog_app.products.reads import documents
from tests.products.factories import NOW, product

CODES = {Outcome.NO: NO, Outcome.UNKNOWN: UNKNOWN, Outcome.YES: YES}
SEGMENTS = ("vip", "new", "debt", "роум", "İstanbul", "vip ")
A_TICK = timedelta(microseconds=1)
# Products that relations name: three of the catalogue, one that was deleted, and one that nobody knows.
FORMS: dict[int, ProductKey] = {1: ("xiva", "PO-A"), 2: ("crm", "PO-B"), 3: ("xiva", "ПО-В"), 9: ("xiva", "gone")}
NAMED = (1, 2, 77, "PO-A", "ПО-В", "nowhere", ["crm", "PO-B"], ["crm", "PO-A"])

moments = st.none() | st.sampled_from([NOW - timedelta(days=1), NOW, NOW + A_TICK])
amounts = st.none() | st.sampled_from(["0", "0.0001", "99.9999", "100", "9999999999.9999"])
counts = st.none() | st.sampled_from([0, 1, 100])
keys = st.lists(st.sampled_from(SEGMENTS), max_size=2)
conditions = st.sampled_from(
    [
        {"attribute": "age", "operator": "gte", "value": 18},
        {"attribute": "age", "operator": "lt", "value": 60},
        {"attribute": "city", "operator": "in", "value": ["Riyadh", "Мекка"]},
        {"attribute": "segments", "operator": "contains", "value": "роум"},
        {"attribute": "customer_value", "operator": "lte", "value": 100},
        {"attribute": "city", "operator": "exists", "value": True},
    ]
)
rules = st.none() | st.builds(
    lambda group, parts: {group: parts},
    st.sampled_from(["all", "any", "not"]),
    st.lists(conditions, min_size=1, max_size=2),
)
relations = st.lists(
    st.fixed_dictionaries(
        {
            "relation": st.sampled_from(["requires", "excludes", "optional_for", "replaced_by"]),
            "product": st.sampled_from(NAMED),
        }
    ),
    max_size=3,
)


def mostly(value: object, *others: object) -> st.SearchStrategy[Any]:
    return st.sampled_from([value, value, value, *others])


def without_clashes(values: dict[str, Any]) -> dict[str, Any]:
    low, high = values["min_customer_value"], values["max_customer_value"]
    if low is not None and high is not None and Decimal(high) < Decimal(low):
        values["max_customer_value"] = None
    if values["valid_from"] and values["valid_to"] and values["valid_to"] <= values["valid_from"]:
        values["valid_to"] = None
    return values


catalogues = st.lists(
    st.fixed_dictionaries(
        {
            "lifecycle_status": mostly("launched", "suspended", "in_test"),
            "is_available": mostly(True, False),
            "valid_from": moments,
            "valid_to": moments,
            "missing_since": mostly(None, NOW),
            "deleted_at": mostly(None, NOW),
            "field_locks": st.sampled_from(
                [{}, {"lifecycle_status": {"by": "x"}}, {"lifecycle_status": {"theirs": None}}]
            ),
            "quota_left": counts,
            "channels": st.lists(st.sampled_from(["sms", "email", "app"]), max_size=2),
            "payment_mode": st.sampled_from(["any", "prepaid", "hybrid"]),
            "min_customer_value": amounts,
            "max_customer_value": amounts,
            "target_segments": keys,
            "exclude_segments": keys,
            "points_price": counts,
            "max_per_customer": st.sampled_from([None, 1, 2]),
            "cooldown_days": st.sampled_from([None, 0, 30]),
            "relations": relations,
            "eligibility_rule": rules,
        }
    ).map(without_clashes),
    min_size=1,
    max_size=6,
)
customers = st.builds(
    CustomerFeatures,
    customer_value=st.none()
    | st.sampled_from(
        [Decimal(value) for value in ("0", "0.00005", "0.00015", "99.99995", "100", "100.00001", "1E+30")]
    ),
    segments=st.none() | st.frozensets(st.sampled_from([*SEGMENTS, "'; --", "Vip"]), max_size=3),
    payment_mode=st.sampled_from([None, "prepaid", "postpaid", "hybrid"]),
    points=st.sampled_from([None, 0, 1, 99, 100, 10**15, 10**30]),
    owned=st.none()
    | st.builds(
        Owned,
        st.frozensets(st.sampled_from([1, 2, 3, 9, 77])),
        st.frozensets(st.sampled_from([("xiva", "PO-A"), ("crm", "PO-B"), ("xiva", "nowhere")])),
    ),
    times_taken=st.none() | st.dictionaries(st.integers(101, 106), st.integers(0, 2), max_size=3),
    last_offered=st.none()
    | st.dictionaries(
        st.integers(101, 106),
        st.sampled_from([NOW, NOW - timedelta(days=30), NOW - timedelta(days=30) + A_TICK, NOW + timedelta(days=1)]),
        max_size=3,
    ),
    facts=st.fixed_dictionaries(
        {},
        optional={
            "age": st.sampled_from([17, 18, 60.5, "old", "2026-01-01"]),
            "city": st.sampled_from(["Riyadh", "Мекка", None]),
        },
    ),
)
channels = st.sampled_from([None, "sms", "email", "ussd", "pigeon"])
times = st.sampled_from([NOW, NOW - A_TICK, NOW + A_TICK, NOW + timedelta(days=2), NOW - timedelta(days=2)])


@settings(max_examples=160, deadline=None)
@given(values=catalogues, asked=st.lists(st.tuples(customers, channels, times), min_size=1, max_size=3))
def test_the_masks_say_of_every_product_what_the_verdict_says(
    values: list[dict[str, Any]], asked: list[tuple[CustomerFeatures, str | None, datetime]]
) -> None:
    made = [_made(101 + place, one) for place, one in enumerate(values)]
    compiled = _compiled(made)
    for customer, channel, now in asked:
        codes = compiled.outcomes(customer, now, channel)
        told = _knowing_owned(customer)
        for one in made:
            expected = CODES[eligibility(one, told, now, channel).outcome]
            row = compiled.row_of.get(one.id)
            assert (NO if row is None else codes[row]) == expected


@settings(max_examples=80, deadline=None)
@given(values=catalogues, customer=customers, channel=channels)
def test_each_row_of_the_masks_is_one_check_of_the_verdict(
    values: list[dict[str, Any]], customer: CustomerFeatures, channel: str | None
) -> None:
    made = [_made(101 + place, one) for place, one in enumerate(values)]
    compiled = _compiled(made)
    rows = {
        "channel": compiled.channel(channel),
        "payment_mode": compiled.payment_mode(customer.payment_mode),
        "customer_value": compiled.customer_value(customer.customer_value),
        "segments": compiled.segments(customer.segments),
        "relations": compiled.relations(customer.owned),
        "points": compiled.points(customer.points),
        "limit": compiled.limit(customer.times_taken),
        "cooldown": compiled.cooldown(customer.last_offered, NOW),
        "rule": compiled.rule(customer.facts),
    }
    for card in compiled.cards:
        verdict = eligibility(card, _knowing_owned(customer), NOW, channel)
        found = {check.code: CODES[check.outcome] for check in verdict.checks if check.code in rows}
        assert {code: int(row[compiled.row_of[card.id]]) for code, row in rows.items()} == found


def _made(number: int, values: dict[str, Any]) -> Product:
    beyond_the_rules = ("target_segments", "exclude_segments", "relations")
    made = product(**{name: value for name, value in values.items() if name not in beyond_the_rules})
    for name in beyond_the_rules:
        setattr(made, name, values[name])
    made.id, made.version = number, 1
    return made


def _compiled(made: Sequence[Product]) -> Compiled:
    entries = [entry for one in made if one.deleted_at is None and (entry := _entry(one)).sale_to > 0]
    named = named_by(entry.card for entry in entries)
    return Compiled(1, entries, {one: _forms(one) for one in named})


def _entry(one: Product) -> Entry:
    row = dict(zip(documents.COLUMNS, documents.row_of(one), strict=True))
    return entry_of([row[name] for name in COLUMNS])


def _forms(named: Named) -> tuple[int, ProductKey] | None:
    return next(((number, key) for number, key in FORMS.items() if named in (number, key)), None)


def _knowing_owned(customer: CustomerFeatures) -> CustomerFeatures:
    """Return the customer as resolve_owned would complete them, from a catalogue that has FORMS."""
    owned = customer.owned
    if owned is None:
        return customer
    met = [(number, key) for number, key in FORMS.items() if number in owned.ids or key in owned.keys]
    ids, pairs = {number for number, _ in met}, {key for _, key in met}
    return replace(customer, owned=Owned(owned.ids | ids, owned.keys | pairs, is_resolved=True))
