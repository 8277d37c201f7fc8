"""Which deliveries are tests: they are sent for real, and count for nothing."""

from typing import Any, Final

from sqlalchemy import ColumnElement, func

from catalog_app.campaigns.models import Delivery

TEST_PREFIX: Final = "test:"
"""How the key of a test begins. A trigger with such a key is refused: only `send_test` makes one."""


def is_test(key: str) -> bool:
    return key.startswith(TEST_PREFIX)


def customer_of(actor: str) -> str:
    """Return the customer of a test that names none: nobody but the person who sends it."""
    return f"{TEST_PREFIX}{actor}"


def tester(customer_id: str | None) -> str | None:
    """Return who sent a test that names no customer."""
    return customer_id.removeprefix(TEST_PREFIX) if customer_id and customer_id.startswith(TEST_PREFIX) else None


def is_counted() -> ColumnElement[bool]:
    """Return the condition of deliveries that are no tests. LIKE would not do: on SQLite it takes capitals for small."""
    beginning: ColumnElement[Any] = func.substr(Delivery.key, 1, len(TEST_PREFIX))
    return beginning != TEST_PREFIX
