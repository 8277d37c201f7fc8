"""The pages of the catalogue: the list, a product, its form, and what can be done with it."""

from catalog_app.products.views import actions, editing, listing, ownership, product
from catalog_app.products.views.blueprint import bp

__all__ = ("actions", "bp", "editing", "listing", "ownership", "product")
