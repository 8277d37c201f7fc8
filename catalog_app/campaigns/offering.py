"""Whether a product can be offered at all, whoever asks: what a campaign calls withdrawn, and what it was before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from catalog_app.core.json_values import as_json
from catalog_app.products.checks import EligibleProduct
from catalog_app.products.document import FIELDS
from catalog_app.products.models import Product
from catalog_app.products.stored_values import stored_value

DELETED: Final = "deleted"
MISSING: Final = "missing"
CONFLICT: Final = "conflict"
SWITCHED_OFF: Final = "switched_off"
SOLD_OUT_OF_TIME: Final = "ended"
NO_CANDIDATE: Final = "no_candidate"
NOT_SOLD: Final = ("in_design", "in_test", "suspended", "retired", "obsolete", "rejected")
BECAUSE: Final = (DELETED, MISSING, CONFLICT, *NOT_SOLD, SWITCHED_OFF, SOLD_OUT_OF_TIME, NO_CANDIDATE)
"""What `withdrawn_because` may say: stable codes, for which pages have words."""


@dataclass(frozen=True)
class Withdrawal:
    """That a product cannot be offered for what it is, and why: one of `BECAUSE`."""

    because: str
    product_id: int | None


def withdrawal_of(product: EligibleProduct, now: datetime) -> Withdrawal | None:
    """Return why nobody can be offered this product now; None where it can, or will be once its window opens.

    A used-up quota is no withdrawal: it refuses, and may be raised at any time.
    """
    because = _because(product, now)
    return None if because is None else Withdrawal(because, product.id)


def _because(product: EligibleProduct, now: datetime) -> str | None:
    if product.deleted_at is not None:
        return DELETED
    if product.missing_since is not None:
        return MISSING
    if "theirs" in product.field_locks.get("lifecycle_status", {}):
        return CONFLICT
    if product.lifecycle_status != "launched":
        return product.lifecycle_status
    if not product.is_available:
        return SWITCHED_OFF
    return SOLD_OUT_OF_TIME if product.valid_to is not None and now >= product.valid_to else None


_KEPT: Final = tuple(field for field in FIELDS if field != "is_active")
_ON_SALE: Final[Mapping[str, Any]] = {
    "lifecycle_status": "launched",
    "is_available": True,
    "valid_from": None,
    "valid_to": None,
    "missing_since": None,
    "quota_left": None,
    "field_locks": {},
}
"""What stands in the way of an offer now did not when the product was kept."""


def kept(product: Product) -> dict[str, Any]:
    """Return a product as JSON values, to be promised from once it is gone (`Campaign.last_snapshot`)."""
    return {field: as_json(getattr(product, field)) for field in _KEPT}


def as_product(snapshot: Mapping[str, Any]) -> Product:
    """Return the product that `kept` kept, on sale as it was then: no row of the catalogue, and in no session.

    Whether it is there at all was answered when it was kept; whom it is for is asked of it as of any other.
    """
    values = {field: _stored(field, value) for field, value in snapshot.items() if field in _KEPT}
    return Product(**{**values, **_ON_SALE})


def _stored(field: str, value: Any) -> Any:
    is_noted = field in ("created_at", "updated_at") and value is not None
    return datetime.fromisoformat(value) if is_noted else stored_value(field, value)
