"""How history is said to people: who acted, on what kind of thing, and what they did. No name of a column is among it."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from flask_babel import gettext, lazy_gettext

from catalog_app.accounts.names import person_name
from catalog_app.core.wiring import providers

SUBJECTS: Final[Mapping[str, Any]] = {
    "product": lazy_gettext("Product"),
    "segment": lazy_gettext("Segment"),
    "external_system": lazy_gettext("External system"),
    "user": lazy_gettext("User"),
    "token": lazy_gettext("Token"),
    "webhook": lazy_gettext("Webhook"),
    "campaign": lazy_gettext("Campaign"),
    "delivery": lazy_gettext("Delivery"),
    "contact_policy": lazy_gettext("Contact policy"),
    "contact_choice": lazy_gettext("Contact choice"),
    "sample_customer": lazy_gettext("Sample customer"),
    "model": lazy_gettext("Model"),
    "nbo_settings": lazy_gettext("Settings of recommendations"),
    "nbo_batch": lazy_gettext("Batch of offers"),
    "category": lazy_gettext("Category"),
    "productSpecification": lazy_gettext("Specification"),
    "productOfferingPrice": lazy_gettext("Price of its own"),
    "specification": lazy_gettext("Specification"),
}

ACTIONS: Final[Mapping[str, Any]] = {
    "created": lazy_gettext("Created"),
    "updated": lazy_gettext("Updated"),
    "synced": lazy_gettext("Synced"),
    "withdrawn": lazy_gettext("Withdrawn"),
    "retired": lazy_gettext("Retired"),
    "deleted": lazy_gettext("Deleted"),
    "conflicted": lazy_gettext("In conflict"),
    "missing": lazy_gettext("Missing at source"),
    "returned": lazy_gettext("Back at source"),
    "restored": lazy_gettext("Restored"),
    "undone": lazy_gettext("Undone"),
    "locked": lazy_gettext("Field taken over"),
    "released": lazy_gettext("Field released"),
    "settled": lazy_gettext("Conflict settled"),
    "enabled": lazy_gettext("Switched on"),
    "disabled": lazy_gettext("Switched off"),
    "activated": lazy_gettext("Activated"),
    "begun": lazy_gettext("Begun"),
    "rolled back": lazy_gettext("Rolled back to"),
    "paused": lazy_gettext("Paused"),
    "resumed": lazy_gettext("Resumed"),
    "completed": lazy_gettext("Completed"),
    "ended": lazy_gettext("Ended"),
    "checked": lazy_gettext("Checked anew"),
    "revoked": lazy_gettext("Revoked"),
    "scored": lazy_gettext("Scored"),
    "replayed": lazy_gettext("Told again"),
    "resealed": lazy_gettext("Secret sealed anew"),
    "readdressed": lazy_gettext("Address changed"),
    "secret rotated": lazy_gettext("Secret changed"),
    "role changed": lazy_gettext("Role changed"),
    "password changed": lazy_gettext("Password changed"),
    "password reset": lazy_gettext("Password reset"),
    "unlocked": lazy_gettext("Let in again"),
    "signed out": lazy_gettext("Signed out everywhere"),
    "linked": lazy_gettext("Linked to single sign-on"),
    "unlinked": lazy_gettext("Has a password again"),
}

_ACTIONS_OF: Final[Mapping[tuple[str, str], Any]] = {
    ("campaign", "withdrawn"): lazy_gettext("Product withdrawn"),
    ("campaign", "returned"): lazy_gettext("Product back"),
}
"""What the same word means where it is about another kind of thing."""

_FIELDS: Final[Mapping[str, Any]] = {
    "role": lazy_gettext("Role"),
    "is_active": lazy_gettext("May sign in"),
    "scopes": lazy_gettext("May do"),
    "expires_at": lazy_gettext("Ends"),
    "event_types": lazy_gettext("Told of"),
    "shape": lazy_gettext("Form of the events"),
    "url": lazy_gettext("Address"),
    "position": lazy_gettext("Told up to change"),
    "disabled_because": lazy_gettext("Why it was switched off"),
    "label": lazy_gettext("Name"),
    "active_model": lazy_gettext("Model in use"),
    "is_undefined": lazy_gettext("Not defined yet"),
    "last_synced": lazy_gettext("Last synced"),
    "source_updated_at": lazy_gettext("Changed at the source"),
    "base_url": lazy_gettext("Address"),
    "preset": lazy_gettext("Kind of system"),
    "time_zone": lazy_gettext("Time zone"),
    "is_enabled": lazy_gettext("Switched on"),
    "use_propensity": lazy_gettext("Propensity counts"),
    "use_context": lazy_gettext("Context counts"),
    "use_value": lazy_gettext("Value counts"),
    "use_levers": lazy_gettext("Levers count"),
    "exploration": lazy_gettext("Exploration"),
    "exploration.on": lazy_gettext("Exploration"),
    "exploration.uniform": lazy_gettext("Customers whose offers chance chooses"),
    "exploration.silent": lazy_gettext("Customers without an offer"),
    "exploration.epsilon": lazy_gettext("Decisions that chance makes"),
    "exploration.temperature": lazy_gettext("Temperature of the exploration"),
    "contexts": lazy_gettext("Contexts"),
    "repeatable_types": lazy_gettext("Offered again to those who have them"),
    "attribution_days": lazy_gettext("Days in which an answer counts"),
    "decline_days": lazy_gettext("Days without an offer after a decline"),
    "window_days": lazy_gettext("Days that are learned from"),
    "train_nightly": lazy_gettext("Trained every night"),
    "train_at": lazy_gettext("Trained at"),
    "promote": lazy_gettext("A model that holds serves at once"),
    "stale_days": lazy_gettext("Days until a model is old"),
}


class SystemNames(Protocol):
    """Knows what people call the external systems, by their keys."""

    def __call__(self) -> Mapping[str, str]: ...


def system_names() -> dict[str, str]:
    """Return what people call the external systems; ask once for a page."""
    return {key: label for names in providers(SystemNames) for key, label in names().items()}


def actor_words(actor: str, systems: Mapping[str, str]) -> str:
    """Return who acted: the name of a person or of a token, the system whose sync it was."""
    kind, _, name = actor.partition(":")
    if kind == "cli":
        return str(gettext("Command line"))
    if kind == "system":
        return str(gettext("The service itself"))
    if kind == "sync":
        return str(gettext("Sync of %(system)s", system=systems.get(name, name)))
    if kind == "run":
        return str(gettext("Sync run %(number)s", number=name))
    if kind == "token":
        return str(gettext("Token %(name)s", name=name))
    return person_name(name) if kind == "user" and name else name or actor


def subject_words(subject_type: str) -> str:
    """Return what kind of thing it is."""
    return str(SUBJECTS.get(subject_type) or plain_words(subject_type))


def action_words(action: str, subject_type: str = "") -> str:
    """Return what was done, to this kind of thing."""
    known = _ACTIONS_OF.get((subject_type, action)) or ACTIONS.get(action)
    return str(known or plain_words(action))


def field_words(field: str) -> str | None:
    """Return what people call a field of accounts, webhooks and the other things that are no products."""
    known = _FIELDS.get(field)
    return None if known is None else str(known)


def plain_words(name: str) -> str:
    """Return a name that nobody has words for, such as `offer_rule`, as a word: "Offer rule"."""
    return name.replace("_", " ").capitalize()
