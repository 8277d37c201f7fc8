"""The pages of campaigns: the list, the editor with its preview, the moves, and the history."""

from catalog_app.campaigns.views import (
    deliveries,
    editor,
    history,
    listing,
    moves,
    of_product,
    results,
    secret,
    testing,
)
from catalog_app.campaigns.views.blueprint import bp

__all__ = ("bp", "deliveries", "editor", "history", "listing", "moves", "of_product", "results", "secret", "testing")
