"""Contacts as JSON: the policy that all campaigns share, what customers chose, and erasing one of them."""

from catalog_app.contacts.api import choices, erasing, policy
from catalog_app.contacts.api.blueprint import bp

__all__ = ("bp", "choices", "erasing", "policy")
