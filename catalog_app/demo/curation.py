"""What people of the demo have done to the synced products: so that ownership, targeting and history show something."""

from dataclasses import dataclass
from typing import Any

from catalog_app.core.errors import CatalogError
from catalog_app.products.models import Segment
from catalog_app.products.segments import SegmentInput, define_segment
from catalog_app.products.service import ProductCatalogService

ACTOR = "user:demo"


@dataclass(frozen=True)
class Edit:
    """A correction of one product, found by a part of its name."""

    name: str
    patch: dict[str, Any]
