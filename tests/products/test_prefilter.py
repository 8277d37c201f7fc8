"""The SQL side of eligibility, held against the verdict on made-up catalogues and customers."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import available_now, eligibility
from catalog_app.products.models import Product
from catalog_app.products.outcome import Outcome
from catalog_app.products.prefilter import available_now_condition, not_refused_condition
from tests.products.factories import NOW, saved

LEFT_TO_THE_VERDICT = {"relations", "limit", "cooldown", "rule"}
SEGMENTS = ("vip", "new", "debt")

moments = st.none() | st.sampled_from([NOW - timedelta(days=1), NOW, NOW + timedelta(microseconds=1)])
amounts = st.none() | st.sampled_from(["0", "0.0001", "99.9999", "100"])
counts = st.none() | st.sampled_from([0, 1, 100])
locks = st.sampled_from([{}, {"lifecycle_status": {"by": "x"}}, {"lifecycle_status": {"by": "x", "theirs": None}}])
targets = st.lists(st.sampled_from(SEGMENTS), max_size=2)
relations = st.lists(
    st.fixed_dictionaries(
        {"relation": st.sampled_from(["requires", "excludes"]), "product": st.sampled_from([1, 2, "PO-1"])}
    ),
    max_size=2,
)
rules = st.none() | st.just({"all": [{"attribute": "age", "operator": "gte", "value": 18}]})


def mostly(value: object, *others: object) -> st.SearchStrategy[Any]:
    """Return the value three times out of four, so that most products get past a check to the next one."""
    return st.sampled_from([value, value, value, *others])


def without_clashes(values: dict[str, Any]) -> dict[str, Any]:
    """Return what a person could have saved: bounds and windows in order, no segment both wanted and not."""
    low, high = values["min_customer_value"], values["max_customer_value"]
    if low is not None and high is not None and Decimal(high) < Decimal(low):
        values["max_customer_value"] = None
    if values["valid_from"] and values["valid_to"] and values["valid_to"] <= values["valid_from"]:
        values["valid_to"] = None
    values["exclude_segments"] = [key for key in values["exclude_segments"] if key not in values["target_segments"]]
    return values


products = st.fixed_dictionaries(
    {
        "lifecycle_status": mostly("launched", "suspended"),
        "is_available": mostly(True, False),
        "valid_from": moments,
        "valid_to": moments,
        "missing_since": mostly(None, NOW),
        "deleted_at": mostly(None, NOW),
        "field_locks": locks,
        "quota_left": counts,
        "channels": st.lists(st.sampled_from(["sms", "email", "app"]), max_size=2),
        "payment_mode": st.sampled_from(["any", "prepaid", "hybrid"]),
        "min_customer_value": amounts,
        "max_customer_value": amounts,
        "target_segments": targets,
        "exclude_segments": targets,
        "points_price": counts,
        "max_per_customer": mostly(None, 1),
        "cooldown_days": mostly(None, 30),
        "relations": relations,
        "eligibility_rule": rules,
    }
).map(without_clashes)
customers = st.fixed_dictionaries(
    {},
    optional={
        "customer_value": st.sampled_from([0, "0.00005", "0.00015", "99.99995", 100, "9999999999.99999"]),
        "segments": st.lists(st.sampled_from([*SEGMENTS, "'; --", "роум"]), max_size=2),
        "payment_mode": st.sampled_from(["prepaid", "postpaid", "hybrid"]),
        "points": st.sampled_from([0, 1, 99, 100, 10**15]),
        "owned": st.lists(st.sampled_from([1, 2, "xiva:PO-1"]), max_size=2),
        "times_taken": st.just({}),
        "last_offered": st.just({}),
        "age": st.sampled_from([17, 18]),
    },
).map(CustomerFeatures.of)
channels = st.none() | st.sampled_from(["sms", "email", "ussd"])
shared = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@shared
@given(
    catalogue=st.lists(products, min_size=1, max_size=6),
    now=st.sampled_from([NOW, NOW + timedelta(days=1), NOW - timedelta(days=2)]),
)
def test_available_now_says_the_same_in_sql(session: Session, catalogue: list[dict[str, Any]], now: datetime) -> None:
    session.rollback()
    made = [saved(session, **values) for values in catalogue]
    expected = {product.id for product in made if available_now(product, now)}
    assert set(session.scalars(select(Product.id).where(available_now_condition(now)))) == expected


@shared
@given(catalogue=st.lists(products, min_size=1, max_size=6), customer=customers, channel=channels)
def test_the_prefilter_keeps_every_product_that_is_not_refused_and_no_product_it_can_decide(
    session: Session, catalogue: list[dict[str, Any]], customer: CustomerFeatures, channel: str | None
) -> None:
    session.rollback()
    made = [saved(session, **values) for values in catalogue]
    kept = set(session.scalars(select(Product.id).where(not_refused_condition(customer, NOW, channel))))
    for product in made:
        refusals = {
            check.code for check in eligibility(product, customer, NOW, channel).checks if check.outcome is Outcome.NO
        }
        assert product.id in kept or refusals
        assert product.id not in kept or refusals <= LEFT_TO_THE_VERDICT
