"""People at the overview and the settings."""

import pytest
from flask import Flask

from tests.support.clients import Browser
from tests.support.people import signed_in_as


@pytest.fixture
def viewer(app: Flask) -> Browser:
    return signed_in_as(app, "viewer")


@pytest.fixture
def editor(app: Flask) -> Browser:
    return signed_in_as(app, "editor")


@pytest.fixture
def admin(app: Flask) -> Browser:
    return signed_in_as(app, "admin")
