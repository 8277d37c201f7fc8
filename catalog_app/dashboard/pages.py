"""What rooms that must not know each other ask about one another: pages, names, and which changes concern whom."""

from collections.abc import Sequence
from typing import Any, Final

from flask import current_app, url_for
from sqlalchemy import ColumnElement, and_, exists, or_

from catalog_app.accounts import i_may
from catalog_app.events.models import Revision
from catalog_app.products.labels import FIELD_LABELS
from catalog_app.products.models import Product
from catalog_app.products.systems import systems
from catalog_app.sync.links import PRODUCT_PAGE

PAGES: Final[dict[str, tuple[str, str]]] = {
    "product": (PRODUCT_PAGE, "product_id"),
    "sync_run": ("sync.run", "run_id"),
    "edit_plan": ("edits.show", "plan_id"),
    "campaign": ("campaigns.show", "campaign_id"),
    "delivery": ("campaigns.delivery", "delivery_id"),
    "model": ("recommendations.model", "version"),
}
_FOR_ADMINS: Final[dict[str, tuple[str, str]]] = {
    "user": ("accounts.user", "user_id"),
    "webhook": ("webhooks.show", "webhook_id"),
}
_WITHOUT_NUMBER: Final[dict[str, str]] = {
    "edit_plans": "edits.index",
    "contact_policy": "contacts.policy",
    "nbo_settings": "nbo_settings.settings",
}


def page_of_subject(subject_type: str, subject_id: int, name: str) -> str | None:
    """Return the page of a thing; a segment and a system are found by their names, everything else by its number."""
    if subject_type == "external_system":
        return url_for("systems.edit", key=name) if i_may("admin") else None
    if subject_type == "segment":
        return url_for("segments.edit", key=name)
    if endpoint := _WITHOUT_NUMBER.get(subject_type):
        return url_for(endpoint) if endpoint in current_app.view_functions else None
    if subject_type == "token":
        return url_for("accounts.tokens") if i_may("admin") else None
    known = {**PAGES, **_FOR_ADMINS} if i_may("admin") else PAGES
    if subject_type not in known or known[subject_type][0] not in current_app.view_functions:
        return None
    endpoint, argument = known[subject_type]
    values: dict[str, Any] = {argument: subject_id}
    return url_for(endpoint, **values)


def names_of_systems() -> dict[str, str]:
    """Return what people call the external systems."""
    return {key: facts.label for key, facts in systems().items()}


def changes_of_system(key: str) -> ColumnElement[bool]:
    """Return the condition of changes that concern a system: its products, and itself."""
    of_product = exists().where(Product.id == Revision.subject_id, Product.external_system == key)
    return or_(
        and_(Revision.subject_type == "product", of_product),
        and_(Revision.subject_type == "external_system", Revision.subject_name == key),
    )


def product_fields() -> Sequence[tuple[str, str]]:
    """Return the fields of products by the names that people know, in their order."""
    return [(name, str(label)) for name, label in FIELD_LABELS.items()]
