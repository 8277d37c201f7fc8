"""Addresses in answers, where the service is reached by another name than its own."""

from collections.abc import Callable

import pytest

from catalog_app.products.models import Product
from tests.support.api import Program


@pytest.fixture
def settings_overrides() -> dict[str, object]:
    return {"public_base_url": "https://catalogue.operator.example/"}


def test_addresses_begin_with_the_public_one_whatever_host_was_asked(
    api: Program, stored: Callable[..., Product]
) -> None:
    stored()
    made = api.post("/products/", {"name": "A", "product_type": "data"}, headers={"Host": "evil.example"})
    listed = api.get("/products/?limit=1", headers={"Host": "evil.example"})

    public = "https://catalogue.operator.example/api/loyalty/v1/products/"
    assert made.headers["Location"] == f"{public}{made.json['id']}/"
    assert listed.json["next"].startswith(f"{public}?limit=1&cursor=")
