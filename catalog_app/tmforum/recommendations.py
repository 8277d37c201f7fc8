"""TMF680: what a customer is recommended, asked in TM Forum's words."""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from catalog_app.contacts.schema import CustomerId
from catalog_app.core.errors import RuleError
from catalog_app.core.text import clean_json
from catalog_app.core.wording import errors_by_field
from catalog_app.products.terms import CHANNELS
from catalog_app.tmforum.addresses import Addresses
from catalog_app.tmforum.attributes import MAX_ENTRIES
from catalog_app.tmforum.recommending import Recommended, recommended

DEFAULT_LIMIT = 10
MAX_LIMIT = 100
MAX_OFFSET = 1000

TOLD = (
    "name", "description", "recommendationType", "relatedParty", "characteristic", "characteristics", "channel", "owned",
    "instantSyncRecommendation",
)  # fmt: skip
"""What a question may hold. The last says that the answer is wanted at once, which is how it comes anyway."""

_ID: Final[TypeAdapter[str]] = TypeAdapter(CustomerId)
_ECHOED = ("name", "description", "recommendationType", "relatedParty", "channel")


def recommendation(
    body: Mapping[str, Any], addresses: Addresses, *, offset: int, limit: int, actor: str
) -> dict[str, Any]:
    """Return the question with its answer: the offerings for the customer it describes, best first. Raises RuleError."""
    if unknown := [name for name in body if name not in TOLD]:
        raise RuleError({unknown[0][:50]: f"There is no such attribute. There are {', '.join(TOLD)}."})
    found = recommended(
        _features(body),
        customer_id=_customer_id(body),
        channel=_channel(body.get("channel")),
        offset=offset,
        limit=limit,
        actor=actor,
    )
    items = [_item(product, place, addresses) for place, product in enumerate(found, start=offset + 1)]
    return {
        "id": uuid.uuid4().hex,
        **_echo(body),
        "instantSyncRecommendation": True,
        "state": "done",
        "recommendationItem": items,
        "@type": "QueryProductRecommendation",
    }


def _echo(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a question stands in its answer too."""
    try:
        return {name: clean_json(body[name]) for name in _ECHOED if name in body}
    except ValueError as fault:
        raise RuleError({"relatedParty": str(fault)}) from None


def _item(product: Recommended, place: int, addresses: Addresses) -> dict[str, Any]:
    offering_id = str(product.product_id)
    href = addresses.of("productOffering", offering_id)
    offering = {"id": offering_id, "href": href, "name": product.name}
    # The specification asks for a product, which would come of the offering.
    return {"id": str(place), "priority": place, "productOffering": offering, "product": {"productOffering": offering}}


def _customer_id(body: Mapping[str, Any]) -> str | None:
    """Return the id of the party that the question is about; of several nobody can tell which."""
    parties = list(_entries(body.get("relatedParty"), "relatedParty"))
    if len(parties) != 1 or parties[0].get("id") in (None, ""):
        return None
    try:
        return _ID.validate_python(parties[0]["id"], strict=True)
    except ValidationError as error:
        raise RuleError({"relatedParty.id": errors_by_field(error)["form"]}) from None


def _features(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the customer's features: what the party says of itself, then what the question says of it."""
    features: dict[str, Any] = {}
    for party in _entries(body.get("relatedParty"), "relatedParty"):
        features |= _characteristics(party)
    features |= _characteristics(body)
    if body.get("owned") is not None:
        features["owned"] = body["owned"]
    try:
        cleaned: dict[str, Any] = clean_json(features)
    except ValueError as fault:
        raise RuleError({"characteristic": str(fault)}) from None
    return cleaned


def _characteristics(holder: Mapping[str, Any]) -> dict[str, Any]:
    features: dict[str, Any] = {}
    for name in ("characteristic", "characteristics"):
        for entry in _entries(holder.get(name), name):
            if "name" in entry:
                features[_name(entry["name"])] = entry.get("value")
            else:
                features |= entry
    return features


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise RuleError({"characteristic": "Give each characteristic a name and a value."})
    return name


def _entries(value: Any, name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a list; the specification has some of them alone where others have a list."""
    entries = value if isinstance(value, list) else [] if value is None else [value]
    if len(entries) > MAX_ENTRIES or not all(isinstance(entry, Mapping) for entry in entries):
        raise RuleError({name: f"Write this as an object, or as a list of at most {MAX_ENTRIES} objects."})
    yield from entries


def _channel(value: Any) -> str | None:
    named = [entry.get("id", entry.get("name")) for entry in _entries(value, "channel")]
    if not named:
        return None
    if len(named) > 1 or named[0] not in CHANNELS:
        raise RuleError({"channel": f"Name one of: {', '.join(CHANNELS)}."})
    return str(named[0])
