"""Changes of products as the events of TMF620, for subscribers of the hub; pure."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from catalog_app.core.json_values import moment_text
from catalog_app.events.models import Revision
from catalog_app.products.changes import SUBJECT
from catalog_app.tmforum.addresses import Addresses
from catalog_app.tmforum.offering import ATTRIBUTE_OF, Around, offering

CREATED = "ProductOfferingCreateEvent"
CHANGED = "ProductOfferingAttributeValueChangeEvent"
STATE_CHANGED = "ProductOfferingStateChangeEvent"
DELETED = "ProductOfferingDeleteEvent"
EVENT_TYPES = (CREATED, CHANGED, STATE_CHANGED, DELETED)

SHAPE = "tmf620"

_ALWAYS = ("id", "href", "name", "lifecycleStatus", "lastUpdate", "@type")
_STATE = ("lifecycle_status", "status_reason")
_ATTRIBUTES = {"name": ("name",), "features": ("prodSpecCharValueUse",), "target_segments": ("marketSegment",)} | {
    "channels": ("channel",),
    "product_type": ("productSpecification", "bundledProductOffering", "isBundle"),
    **{field: (name,) for field, name in ATTRIBUTE_OF.items() if field != "product_type"},
}


def offering_events(
    revision: Revision, product: Mapping[str, Any], said: Mapping[str, Any], addresses: Addresses
) -> list[dict[str, Any]]:
    """Return what a revision of a product tells subscribers: nothing, one event, or two where its state changed too.

    `product` holds the columns' values after the revision, and `said` what is kept beside it.
    """
    if revision.subject_type != SUBJECT:
        return []
    document = offering({**product, "name": revision.subject_name, "updated_at": revision.at}, said, Around(addresses))
    events = _events(revision, document)
    return [_event(revision, number, *event) for number, event in enumerate(events, start=1)]


def _events(revision: Revision, document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any], str | None]]:
    """Yield the type of each event, what it says of the offering, and which attributes changed."""
    deletion = revision.changes.get("deleted_at")
    if deletion is not None and deletion[1] is not None:
        yield DELETED, {name: document[name] for name in _ALWAYS}, None
    elif revision.action == "created" or deletion is not None:
        # One that is brought back is new to who was told that it is gone.
        yield CREATED, dict(document), None
    else:
        yield from _changes(revision, document)


def _changes(revision: Revision, document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any], str | None]]:
    if "lifecycle_status" in revision.changes:
        yield STATE_CHANGED, _part(document, ("statusReason",)), None
    fields = [field for field in revision.changes if field not in _STATE and field in _ATTRIBUTES]
    names = tuple(dict.fromkeys(name for field in fields for name in _ATTRIBUTES[field]))
    if names:
        shown = [name for name in names if name in document]
        yield CHANGED, _part(document, names), ",".join(f"productOffering.{name}" for name in shown or names)


def _part(document: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name in _ALWAYS or name in names}


def _event(
    revision: Revision, number: int, event_type: str, told: dict[str, Any], field_path: str | None
) -> dict[str, Any]:
    path = {} if field_path is None else {"fieldPath": field_path}
    return {
        "eventId": f"{revision.id}-{number}",
        "eventTime": moment_text(revision.at),
        "eventType": event_type,
        **path,
        "event": {"productOffering": told},
    }
