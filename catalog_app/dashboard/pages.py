"""Where things that history tells of have their pages, for rooms that must not know each other."""

from typing import Any, Final

from flask import url_for

from catalog_app.accounts import i_may
from catalog_app.sync.links import PRODUCT_PAGE

PAGES: Final[dict[str, tuple[str, str]]] = {
    "product": (PRODUCT_PAGE, "product_id"),
    "sync_run": ("sync.run", "run_id"),
    "user": ("accounts.user", "user_id"),
}


def page_of_subject(subject_type: str, subject_id: int, name: str) -> str | None:
    """Return the page of a thing; a segment and a system are found by their names, everything else by its number."""
    if subject_type == "external_system":
        return url_for("systems.edit", key=name) if i_may("admin") else None
    if subject_type == "segment":
        return url_for("segments.edit", key=name)
    if subject_type not in PAGES:
        return None
    endpoint, argument = PAGES[subject_type]
    values: dict[str, Any] = {argument: subject_id}
    return url_for(endpoint, **values)
