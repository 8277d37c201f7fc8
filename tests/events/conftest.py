import pytest
from flask import Flask

from tests.support.clients import Browser
from tests.support.people import signed_in_as


@pytest.fixture
def viewer(app: Flask) -> Browser:
    return signed_in_as(app, "viewer")
