"""Products as JSON: lists, single products, and what a customer may be offered."""

from catalog_app.products.api import items, lists
from catalog_app.products.api.blueprint import bp

__all__ = ("bp", "items", "lists")
