"""Sorting the whole catalogue before one customer, held against the verdict on made-up catalogues and customers."""

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import eligibility
from catalog_app.products.outcome import Outcome
from catalog_app.products.owned import resolve_owned
from catalog_app.products.samples.offering import Offering
from tests.products.factories import NOW, saved
from tests.products.reads.reading import reader_of
from tests.products.reads.test_offers import catalogues
from tests.products.test_prefilter import channels, customers


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(catalogue=catalogues, customer=customers, channel=channels, few=st.sampled_from([0, 1000]))
def test_each_product_counts_once_by_the_first_check_that_decides_and_stands_on_that_list(
    session: Session, catalogue: list[dict[str, Any]], customer: CustomerFeatures, channel: str | None, few: int
) -> None:
    session.rollback()
    made = [one for one in (saved(session, **values) for values in catalogue) if one.deleted_at is None]
    if customer.owned is not None:
        customer = customer.owning(resolve_owned(session, customer.owned))
    offering = Offering(session, customer, channel, NOW, "SAR", is_now=False, few=few)
    wanted: dict[tuple[Outcome, str], set[int]] = {}
    for product in made:
        verdict = eligibility(product, customer, NOW, channel)
        first = next((check.code for check in verdict.checks if check.outcome is verdict.outcome), "")
        wanted.setdefault((verdict.outcome, "" if verdict.outcome is Outcome.YES else first), set()).add(product.id)

    assert Counter(offering.counts) == Counter({answer: len(numbers) for answer, numbers in wanted.items()})
    for (outcome, code), numbers in wanted.items():
        if outcome is Outcome.YES:
            found = offering._offered(reader_of(session), limit=100, cursor=None).items
        else:
            found = offering.others(outcome, code, limit=100, cursor=None).items
        assert {one.product.id for one in found} == numbers
    refused = offering.others(Outcome.NO, None, limit=2, cursor=None)
    assert len(refused.items) == min(2, sum(len(ids) for (said, _), ids in wanted.items() if said is Outcome.NO))
    assert all(one.verdict.outcome is Outcome.NO for one in refused.items)
