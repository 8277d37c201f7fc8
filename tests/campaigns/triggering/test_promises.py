"""What must be true of promises whatever was triggered, changed, sent and taken back, in any order."""

from datetime import timedelta

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from catalog_app.campaigns.models import Campaign, Delivery
from catalog_app.campaigns.triggering.refreshing import refresh
from catalog_app.campaigns.triggering.results import counts_of
from catalog_app.contacts.models import Contact
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.products.counters import recount
from catalog_app.products.models import Product
from catalog_app.products.reads.models import ProductDocument
from catalog_app.products.service import ProductCatalogService
from tests.campaigns.factories import offered, running
from tests.campaigns.triggering.calls import item, trigger

CUSTOMERS = st.lists(st.tuples(st.integers(1, 40), st.sampled_from(["a", "b"]), st.integers(0, 200)), max_size=30)
STEPS = st.lists(st.one_of(CUSTOMERS, st.sampled_from(["raise", "send", "suspend", "launch"])), max_size=8)


@given(quota=st.integers(0, 40), limit=st.one_of(st.none(), st.integers(1, 40)), steps=STEPS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_left_of_a_quota_is_its_total_less_what_is_promised(
    app: Flask, quota: int, limit: int | None, steps: list[list[tuple[int, str, int]] | str]
) -> None:
    product = offered(quota_total=quota, max_customer_value="150")
    campaign = running(product, limit_total=limit, control_group_percent="10", limit_per_customer=2)
    for step in steps:
        if isinstance(step, list):
            sent = [
                item(who, key=f"{key}{who}", customer_features={"customer_value": value}) for who, key, value in step
            ]
            results = trigger(campaign.id, *sent) if sent else []
            counts = counts_of(results)
            assert sum(counts.values()) - counts["repeated"] == len(sent)
        else:
            quota += _change(product, step, quota)
        _check(product.id, campaign.id, quota)


def _change(product: Product, step: str, quota: int) -> int:
    """Do it, and return by how much the quota grew."""
    if step == "send":
        with writing() as session:
            waiting = session.scalars(select(Delivery).where(Delivery.status == "waiting").limit(5)).all()
            for delivery in refresh(session, waiting, utcnow() + timedelta(seconds=1)):
                delivery.status = "sent"
        return 0
    changes: dict[str, dict[str, object]] = {
        "raise": {"quota_total": quota + 5},
        "suspend": {"lifecycle_status": "suspended"},
        "launch": {"lifecycle_status": "launched"},
    }
    values = changes[step]
    ProductCatalogService().patch(product.id, values, expected_version=None, actor="tests")
    return 5 if step == "raise" else 0


def _check(product_id: int, campaign_id: int, quota: int) -> None:
    session = db.session()
    session.rollback()
    product = session.get_one(Product, product_id, populate_existing=True)
    campaign = session.get_one(Campaign, campaign_id, populate_existing=True)
    of_campaign = Delivery.campaign_id == campaign_id
    promised = select(func.count()).where(of_campaign, Delivery.status.in_(("waiting", "sent")))
    contacts = select(func.count()).where(Contact.campaign_id == campaign_id)
    assert campaign.promised == session.scalar(promised) == session.scalar(contacts)
    assert campaign.limit_total is None or campaign.promised <= campaign.limit_total
    assert product.quota_left == quota - campaign.promised >= 0
    assert session.get_one(ProductDocument, product_id, populate_existing=True).quota_left == product.quota_left
    assert list(recount.faults(session.connection())) == []
