"""Campaigns over JSON."""

from catalog_app.campaigns.api import checks, deliveries, items, moves, outbox, results, triggers
from catalog_app.campaigns.api.blueprint import bp

__all__ = ("bp", "checks", "deliveries", "items", "moves", "outbox", "results", "triggers")
