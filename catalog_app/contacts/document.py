"""The policy and the choices as JSON shows them. No salt and no hash is ever in it."""

from collections.abc import Mapping
from typing import Any, Final

from catalog_app.contacts.models import ContactChoice, ContactPolicy
from catalog_app.core.json_values import as_json

WRITTEN: Final = ("caps", "quiet_from", "quiet_to", "time_zone", "consent_channels")
READ_ONLY: Final = ("version", "updated_at", "updated_by")
CHOICE: Final = ("channel", "choice", "source", "at", "actor")


def policy_document(row: ContactPolicy) -> dict[str, Any]:
    return {name: as_json(getattr(row, name)) for name in (*WRITTEN, *READ_ONLY)}


def choice_document(customer_id: str, row: ContactChoice) -> Mapping[str, Any]:
    """Return a choice; the id is the one that was asked for, since none is kept."""
    return {"customer_id": customer_id, **{name: as_json(getattr(row, name)) for name in CHOICE}}
