"""The pages of the catalogue: the list, a product, its form, and what can be done with it."""

from catalog_app.products.views import (
    actions,
    cells,
    display,
    editing,
    exporting,
    listing,
    ownership,
    picking,
    product,
    rule_preview,
    saved_views,
    verdict,
)
from catalog_app.products.views.blueprint import bp

__all__ = (
    "actions",
    "bp",
    "cells",
    "display",
    "editing",
    "exporting",
    "listing",
    "ownership",
    "picking",
    "product",
    "rule_preview",
    "saved_views",
    "verdict",
)
