"""Pre-flight tries messages on the made-up customers that everybody shares."""

from flask import Flask

from catalog_app.campaigns.service import CampaignService
from catalog_app.products.samples import service as samples
from catalog_app.products.samples.service import SampleInput
from tests.campaigns.factories import OPERATOR, drafted, offered

HI = {"sms": {"en": {"body": "Hi {{ customer.first_name }}"}}}


def test_what_every_shared_sample_customer_has_may_be_counted_on(app: Flask) -> None:
    with app.app_context():
        campaign = drafted(offered(), messages=HI).id
        keep("Omar", {"first_name": "Omar"})
        known = codes(campaign)
        keep("Nobody's name is told", {"points": 3})
        unknown = codes(campaign)

    assert "customer_field" not in known
    assert "customer_field" in unknown


def keep(name: str, features: dict[str, object]) -> None:
    samples.keep(SampleInput.check(name, features, is_shared=True), owner=OPERATOR)


def codes(campaign: int) -> set[str]:
    return {finding.code for finding in CampaignService().preflight(campaign)}
