"""The page on which a demo breaks its stand-ins: over the real control door, for admins, in a demo only."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from catalog_app.demo import views
from catalog_app.demo.standin import XivaStandin
from catalog_app.demo.standin.faults import Fault
from tests.demo.conftest import simple_products
from tests.support.people import signed_in_as

SECRET = "the secret of the control door"


@pytest.fixture
def xiva() -> Iterator[XivaStandin]:
    with XivaStandin(simple_products(20), control_secret=SECRET) as standin:
        yield standin


@pytest.fixture
def settings_overrides(xiva: XivaStandin) -> dict[str, Any]:
    return {"demo_secret": SECRET, "xiva": {"base_url": xiva.base_url}}


@pytest.fixture
def demo_app(app: Flask) -> Flask:
    views.init_app(app)
    return app


def test_an_admin_breaks_a_stand_in_and_mends_it(demo_app: Flask, xiva: XivaStandin) -> None:
    admin = signed_in_as(demo_app, "admin")
    page = admin.get("/admin/demo/").text
    assert "What it sells: 20 products" in page

    admin.send("/admin/demo/xiva", fault="EMPTY_LISTING")
    assert xiva.fault is Fault.EMPTY_LISTING
    assert "Xiva misbehaves now" in admin.get("/admin/demo/").text

    admin.send("/admin/demo/xiva", fault="")
    assert xiva.fault is None
