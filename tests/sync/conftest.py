"""A source with real HTTP, and an application that is configured for it by settings alone."""

from collections.abc import Iterator
from typing import Any

import pytest

from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.sync.service import ProductSyncService
from tests.sync.offerings import offering

PASSWORD = "the stand-in's own password"


@pytest.fixture
def xiva() -> Iterator[XivaStandin]:
    with XivaStandin([offering(number) for number in range(120)], password=PASSWORD) as standin:
        yield standin


@pytest.fixture
def settings_overrides(xiva: XivaStandin) -> dict[str, Any]:
    return {"xiva": {"base_url": xiva.base_url, "username": xiva.username, "password": PASSWORD}}


@pytest.fixture
def sync() -> ProductSyncService:
    return ProductSyncService()
