"""People in front of the pages of recommendations, and a small history of offers for them to look at."""

import pytest
from flask import Flask

from catalog_app.core.db import db
from scripts.story_models import Models, recommend
from tests.campaigns.factories import offered
from tests.support.clients import Browser
from tests.support.people import signed_in_as

PRICES = ("199.00", "20.00", "120.00", "35.00")


@pytest.fixture
def viewer(app: Flask) -> Browser:
    return signed_in_as(app, "viewer")


@pytest.fixture
def editor(app: Flask) -> Browser:
    return signed_in_as(app, "editor")


@pytest.fixture
def approver(app: Flask) -> Browser:
    return signed_in_as(app, "approver")


@pytest.fixture
def admin(app: Flask) -> Browser:
    return signed_in_as(app, "admin")


@pytest.fixture
def told(app: Flask) -> Models:
    """Return the numbers of a history of offers among four products, and of the two models that were learned of it."""
    for number, price in enumerate(PRICES):
        offered(name=f"Plan {number}", price=price, external_product_id=f"P-{number}")
    found = recommend(actor="user:lina@operator.example")
    db.session.remove()
    return found
