"""Xiva's stand-in, and the programs and people who look at what its sync would do to campaigns."""

import pytest
from flask import Flask

from tests.support.api import Program
from tests.support.clients import Browser
from tests.support.people import signed_in_as
from tests.sync.conftest import settings_overrides, sync, xiva

__all__ = ("settings_overrides", "sync", "xiva")


@pytest.fixture
def api(app: Flask) -> Program:
    return Program.with_scopes(
        app, "campaigns:read", "campaigns:write", "products:read", "products:write", "sync:run", "sync:approve"
    )


@pytest.fixture
def approver(app: Flask) -> Browser:
    return signed_in_as(app, "approver")
