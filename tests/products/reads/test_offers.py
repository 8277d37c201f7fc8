"""What SQL decides of offers, held against the verdict on made-up catalogues and customers, page by page."""

from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.reader import Reader
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.filters import ProductFilters, parse_filters
from catalog_app.products.models import Product
from catalog_app.products.offers import Offer, offers_for
from catalog_app.products.reads.offer_rows import Question
from catalog_app.products.reads.offers import offer_page
from tests.products.factories import NOW, saved
from tests.products.reads.reading import reader_of
from tests.products.test_prefilter import channels, customers, products

BASE = "SAR"
worths = st.fixed_dictionaries(
    {
        "business_value": st.sampled_from([None, None, "0", "14", "99.5"]),
        "price": st.sampled_from([None, "0", "14", "99.5", "120.0001"]),
        "currency": st.sampled_from(["SAR", "SAR", "EUR"]),
    }
)
catalogues = st.lists(st.tuples(products, worths).map(lambda pair: pair[0] | pair[1]), min_size=1, max_size=8)


def asking(customer: CustomerFeatures, **more: Any) -> Question:
    asked = {"channel": None, "strict": False, "filters": ProductFilters(), "base_currency": BASE} | more
    return Question(customer, **asked)


def expected(session: Session, question: Question) -> list[Offer]:
    """Return what the verdict says of every product, in order."""
    statement = question.filters.narrow(select(Product).where(Product.deleted_at.is_(None)), NOW)
    offers = offers_for(session, statement, question.customer, now=NOW, channel=question.channel, base_currency=BASE)
    return [offer for offer in offers if offer.verdict.outcome == "yes" or not question.strict]


def listed(reader: Reader, question: Question, limit: int) -> tuple[list[dict[str, Any]], set[int | None]]:
    """Return what every page holds, in order, and what each says of the count."""
    found: list[dict[str, Any]] = []
    counts: set[int | None] = set()
    cursor = None
    while True:
        page = offer_page(reader, question, NOW, {}, limit=limit, cursor=cursor, count=True)
        found += map(orjson.loads, page.texts)
        counts.add(page.count)
        cursor = page.following
        if cursor is None:
            return found, counts
        assert len(page.texts) == limit


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    catalogue=catalogues,
    customer=customers,
    channel=channels,
    strict=st.booleans(),
    limit=st.sampled_from([1, 2, 50]),
    narrowed=st.sampled_from([{}, {}, {"product_type": ["data"], "available_now": ["true"]}, {"currency": ["EUR"]}]),
)
def test_offers_are_those_of_the_verdict_in_its_order_with_its_words(
    session: Session,
    catalogue: list[dict[str, Any]],
    customer: CustomerFeatures,
    channel: str | None,
    strict: bool,
    limit: int,
    narrowed: dict[str, list[str]],
) -> None:
    session.rollback()
    reader = reader_of(session)
    for values in catalogue:
        saved(session, **values)
    question = asking(customer, channel=channel, strict=strict, filters=parse_filters(narrowed))

    found, counts = listed(reader, question, limit)

    wanted = expected(session, question)
    assert [(each["id"], each["eligibility"], tuple(each["unchecked"])) for each in found] == [
        (offer.id, str(offer.verdict.outcome), offer.verdict.unchecked) for offer in wanted
    ]
    assert counts == {len(wanted)}
