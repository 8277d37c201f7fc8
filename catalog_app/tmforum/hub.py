"""The hub: other systems ask to be told of what changes; the webhooks of the events room do the telling."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy import select

from catalog_app.core.db import db
from catalog_app.core.errors import NotFoundError, RuleError
from catalog_app.core.wiring import settings
from catalog_app.events.models import Revision
from catalog_app.events.webhooks.shapes import Event, Shape
from catalog_app.products.changes import SUBJECT
from catalog_app.products.models import Product
from catalog_app.products.past import past_product
from catalog_app.tmforum.addresses import Addresses
from catalog_app.tmforum.events import EVENT_TYPES, SHAPE, offering_events
from catalog_app.tmforum.kept import row_id
from catalog_app.tmforum.models import TmfResource
from catalog_app.tmforum.offering import FIELDS

MAX_URL = 2000
_SEVERAL = re.compile(r"\s*,\s*")


def _webhooks() -> Any:
    # What delivers brings a client for HTTP along; only a worker that takes a subscription needs it.
    from catalog_app.events.webhooks import service  # noqa: PLC0415

    return service


def subscribe(body: Mapping[str, Any], *, actor: str) -> dict[str, Any]:
    """Subscribe an address and return the subscription as TMF620 shows it. Raises RuleError."""
    if unknown := [name for name in body if name not in ("callback", "query", "id")]:
        raise RuleError({unknown[0][:50]: "There is no such attribute; a subscription has callback and query."})
    callback, query = body.get("callback"), body.get("query")
    if not isinstance(callback, str) or not 0 < len(callback) <= MAX_URL:
        raise RuleError({"callback": "Say which address is to be told."})
    if not isinstance(query, str | None):
        raise RuleError({"query": "Write this as text, such as eventType=ProductOfferingCreateEvent."})
    wanted = _event_types(query or "")
    try:
        made = _webhooks().subscribe(url=callback, shape=SHAPE, event_types=wanted, actor=actor)
    except RuleError as error:
        names = {"url": "callback", "event_types": "query"}
        raise RuleError({names.get(name, name): text for name, text in error.errors.items()}) from None
    return {"id": str(made.id), "callback": callback, **({"query": query} if query else {})}


def unsubscribe(resource_id: str, *, actor: str) -> None:
    """End a subscription that was made here; raise NotFoundError for any other."""
    number = row_id(resource_id)
    if number is None:
        raise NotFoundError(f"There is no subscription {resource_id[:50]}.")
    _webhooks().unsubscribe(number, actor=actor, shape=SHAPE)


def event_shape() -> Shape:
    """Return how the webhooks write an event for who subscribed here."""
    return Shape(SHAPE, SUBJECT, EVENT_TYPES, _events_of)


def _events_of(revision: Revision) -> Sequence[Event]:
    session = db.session()
    try:
        product: Product | None = past_product(session, revision.subject_id, revision.at)
    except NotFoundError:
        product = session.get(Product, revision.subject_id)
    if product is None:
        return []
    said = session.scalar(select(TmfResource.body).where(TmfResource.product_id == revision.subject_id)) or {}
    values = {field: getattr(product, field) for field in FIELDS}
    addresses = Addresses((settings().public_base_url or "").rstrip("/"))
    told = offering_events(revision, values, said, addresses)
    return [Event(event["eventId"], event["eventType"], event) for event in told]


def _event_types(query: str) -> tuple[str, ...]:
    """Return the types of event that `eventType=A,B` asks for; nothing asks for all."""
    pairs = parse_qsl(query, keep_blank_values=True)
    if (query and not pairs) or any(name.strip() != "eventType" for name, _ in pairs):
        raise RuleError({"query": "Ask for eventType alone, such as eventType=ProductOfferingCreateEvent."})
    wanted = tuple(dict.fromkeys(part for _, value in pairs for part in _SEVERAL.split(value.strip()) if part))
    if unknown := [name for name in wanted if name not in EVENT_TYPES]:
        raise RuleError({"query": f"There is no event {unknown[0][:60]!r}. There are {', '.join(EVENT_TYPES)}."})
    return wanted
