"""Products with the least that is valid; a test states only what matters to it."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from catalog_app.core.text import fold
from catalog_app.products.changes import search_text
from catalog_app.products.models import Product
from catalog_app.products.schema import FIELDS, ProductInput

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)

_numbers = count(1)


def product(**overrides: Any) -> Product:
    """Return a launched product that is offered to everyone, not saved; what people write goes through the rules."""
    number = next(_numbers)
    written = {"name": f"Product {number}", "product_type": "data", "lifecycle_status": "launched"}
    written |= {field: value for field, value in overrides.items() if field in FIELDS}
    values = {
        "external_system": "xiva",
        "external_product_id": f"PO-{number}",
        "sync_state": "in_sync",
        "field_locks": {},
        "created_at": NOW,
        "updated_at": NOW,
        "created_by": "tests",
        "updated_by": "tests",
        **ProductInput.check(written).values(),
        **{field: value for field, value in overrides.items() if field not in FIELDS},
    }
    made = Product(**values)
    made.search_text = search_text(made.name, made.external_product_id, made.description)
    made.category_folded = fold(made.category) if made.category else None
    return made


def saved(session: Session, **overrides: Any) -> Product:
    """Return the same, flushed in the session's transaction."""
    made = product(**overrides)
    session.add(made)
    session.flush()
    return made
