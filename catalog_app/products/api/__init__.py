"""Products as JSON: lists, single products, many at once, and what a customer may be offered."""

from catalog_app.products.api import bulk, changes, export, items, lists, verdicts
from catalog_app.products.api.blueprint import bp

__all__ = ("bp", "bulk", "changes", "export", "items", "lists", "verdicts")
