from collections.abc import Iterator
from typing import Any

import pytest

from catalog_app.demo.standin import Shape, XivaStandin
from tests.demo.xiva_client import XivaClient


def simple_products(count: int) -> list[dict[str, Any]]:
    return [{"id": f"P{number:03}", "name": f"Product {number}"} for number in range(count)]


@pytest.fixture
def xiva() -> Iterator[XivaStandin]:
    with XivaStandin(simple_products(120)) as standin:
        yield standin


@pytest.fixture
def xiva_with_links() -> Iterator[XivaStandin]:
    with XivaStandin(simple_products(120), shape=Shape.RESULTS) as standin:
        yield standin


def client_of(standin: XivaStandin) -> XivaClient:
    return XivaClient(standin.base_url, standin.username, standin.password)


@pytest.fixture
def client(xiva: XivaStandin) -> Iterator[XivaClient]:
    client = client_of(xiva)
    client.log_in()
    with client.http:
        yield client


@pytest.fixture
def link_client(xiva_with_links: XivaStandin) -> Iterator[XivaClient]:
    client = client_of(xiva_with_links)
    client.log_in()
    with client.http:
        yield client
