"""People in front of the pages of campaigns, and one campaign for them to look at."""

from collections.abc import Callable

import pytest
from flask import Flask

from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.service import CampaignService
from catalog_app.core.db import db
from tests.support.clients import Browser
from tests.support.people import signed_in_as

Stored = Callable[[int], Campaign]


@pytest.fixture
def editor(app: Flask) -> Browser:
    return signed_in_as(app, "editor")


@pytest.fixture
def approver(app: Flask) -> Browser:
    return signed_in_as(app, "approver")


@pytest.fixture
def viewer(app: Flask) -> Browser:
    return signed_in_as(app, "viewer")


@pytest.fixture
def stored(app: Flask) -> Stored:
    """Return a campaign as it is in the database now."""

    def stored(campaign_id: int) -> Campaign:
        with app.app_context():
            db.session.remove()
            return CampaignService().get(campaign_id)

    return stored
