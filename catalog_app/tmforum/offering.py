"""A product as an offering of TMF620, and what a client wrote of one as a product: pure, both ways."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog_app.core.errors import RuleError
from catalog_app.core.json_values import as_json
from catalog_app.products.terms import PRODUCT_TYPES
from catalog_app.tmforum.addresses import Addresses
from catalog_app.tmforum.categories import levels, name_of, path_id
from catalog_app.tmforum.prices import Kept, price_fields, prices_of, valid_for
from catalog_app.tmforum.words import status_of, word_of

FIELDS = (
    "id", "external_system", "name", "description", "product_type", "category", "price", "currency", "recurring",
    "billing_cycle", "tax_included", "tax_rate", "prices", "features", "members", "lifecycle_status", "status_reason",
    "is_available", "valid_from", "valid_to", "target_segments", "channels", "updated_at",
)  # fmt: skip
"""What of a product an offering is made of."""

BESIDE = (
    "version", "@type", "@baseType", "@schemaLocation", "agreement", "attachment", "channel", "marketSegment", "place",
    "prodSpecCharValueUse", "productOfferingRelationship", "productOfferingTerm", "resourceCandidate",
    "serviceCandidate", "serviceLevelAgreement",
)  # fmt: skip
"""What a product has no place for, or not in these words: it is kept as it was written."""

ATTRIBUTE_OF = {
    "description": "description",
    "lifecycle_status": "lifecycleStatus",
    "status_reason": "statusReason",
    "is_available": "isSellable",
    "product_type": "productSpecification",
    "category": "category",
    "members": "bundledProductOffering",
    "valid_from": "validFor",
    "valid_to": "validFor",
    **dict.fromkeys(
        ("price", "currency", "recurring", "billing_cycle", "tax_included", "tax_rate", "prices"),
        "productOfferingPrice",
    ),
}
"""Which attribute shows a field of a product."""

_UNITS = {"data_mb": "MB", "voice_minutes": "min", "speed_mbps": "Mbit/s", "validity_days": "days"}

ProductKey = int | tuple[str, str]


@dataclass(frozen=True)
class Around:
    """What an offering names beside itself: other offerings, and the ids of categories and specifications."""

    addresses: Addresses
    products: Mapping[ProductKey, tuple[int, str]] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    specifications: Mapping[str, str] = field(default_factory=dict)


def offering(product: Mapping[str, Any], said: Mapping[str, Any], around: Around) -> dict[str, Any]:
    """Return a product (its columns' values) as an offering; `said` is what is kept beside it."""
    offering_id = str(product["id"])
    document = {
        "id": offering_id,
        "href": around.addresses.of("productOffering", offering_id),
        "name": product["name"],
        "description": product["description"],
        "lifecycleStatus": status_word(product["lifecycle_status"], said),
        "statusReason": product["status_reason"],
        "isBundle": product["product_type"] == "bundle",
        "isSellable": product["is_available"],
        "lastUpdate": as_json(product["updated_at"]),
        **valid_for(product["valid_from"], product["valid_to"]),
        "category": [_category(path, around) for path in levels(product["category"])],
        "channel": [{"id": channel, "name": channel} for channel in product["channels"]],
        "marketSegment": [{"id": segment, "name": segment} for segment in product["target_segments"]],
        "prodSpecCharValueUse": [_characteristic(*feature) for feature in product["features"].items()],
        "productOfferingPrice": [price.embedded(around.addresses) for price in prices_of(product)],
        **_made_of(product, said, around),
        "@type": "ProductOffering",
    }
    beside = {name: said[name] for name in BESIDE if name in said}
    return {name: value for name, value in {**document, **beside}.items() if value not in (None, [])} | (
        {"bundledProductOffering": []} if document["isBundle"] and not product["members"] else {}
    )


def status_word(status: str, said: Mapping[str, Any]) -> str:
    """Return the word for a state: the one that a client wrote, as long as it still stands for it."""
    word = said.get("lifecycleStatus")
    return word if word and status_of(word) == status else word_of(status)


def reference(member: Mapping[str, Any], system: str) -> ProductKey:
    """Return which product a member names: by our number, or by the id that a source knows it by."""
    named = member["product"]
    if isinstance(named, int):
        return named
    return (system, named) if isinstance(named, str) else (named[0], named[1])


def _made_of(product: Mapping[str, Any], said: Mapping[str, Any], around: Around) -> dict[str, Any]:
    """Return the specification of an offering; a bundle has none, but the offerings in it."""
    if product["product_type"] == "bundle":
        system = product["external_system"]
        return {"bundledProductOffering": [_member(member, system, around) for member in product["members"]]}
    made = str(said.get("productSpecification", {}).get("id", ""))
    name = around.specifications.get(made)
    spec_id = product["product_type"] if name is None else made
    href = around.addresses.of("productSpecification", spec_id)
    return {"productSpecification": {"id": spec_id, "href": href, "name": name or spec_id.capitalize()}}


def _member(member: Mapping[str, Any], system: str, around: Around) -> dict[str, Any]:
    key = reference(member, system)
    known = around.products.get(key)
    option = {
        "numberRelOfferLowerLimit": member["min"],
        "numberRelOfferDefault": member["default"],
        "numberRelOfferUpperLimit": member["max"],
    }
    told = {name: number for name, number in option.items() if number is not None}
    if known is None:
        # A source may name an offering that it never sent; its own id is all that is known of it.
        return {"id": str(key if isinstance(key, int) else key[1]), "bundledProductOfferingOption": told}
    product_id, name = str(known[0]), known[1]
    href = around.addresses.of("productOffering", product_id)
    return {"id": product_id, "href": href, "name": name, "bundledProductOfferingOption": told}


def _category(path: str, around: Around) -> dict[str, Any]:
    category_id = around.categories.get(path) or path_id(path)
    return {"id": category_id, "href": around.addresses.of("category", category_id), "name": name_of(path)}


def _characteristic(name: str, value: Any) -> dict[str, Any]:
    values = value if isinstance(value, list) else [value]
    unit = {"unitOfMeasure": _UNITS[name]} if name in _UNITS else {}
    return {"name": name, "productSpecCharacteristicValue": [{"value": one, **unit} for one in values]}


def product_fields(
    written: Mapping[str, Any], *, product_type: str | None, kept_price: Kept, category: str | None
) -> dict[str, Any]:
    """Return what a client wrote as fields of a product; None gives a field its default.

    `product_type` is the type that the product has now, and `category` the path that the written categories name.
    """
    fields: dict[str, Any] = {}
    plain = {
        "name": "name",
        "description": "description",
        "isSellable": "is_available",
        "statusReason": "status_reason",
    }
    fields |= {ours: written[theirs] for theirs, ours in plain.items() if theirs in written}
    if "lifecycleStatus" in written:
        fields["lifecycle_status"] = written["lifecycleStatus"] and status_of(written["lifecycleStatus"])
    if "validFor" in written:
        fields |= _window(written["validFor"])
    if "category" in written:
        fields["category"] = category
    if "bundledProductOffering" in written:
        fields["members"] = [_as_member(entry) for entry in written["bundledProductOffering"] or ()]
    if "productOfferingPrice" in written:
        fields |= price_fields(written["productOfferingPrice"], kept_price)
    kind = _type(written, product_type)
    return fields if kind == product_type else fields | {"product_type": kind}


def _type(written: Mapping[str, Any], now: str | None) -> str:
    """Return the type of product that follows from what was written; a service where nothing tells."""
    if written.get("isBundle"):
        return "bundle"
    named = (written.get("productSpecification") or {}).get("id")
    if named in PRODUCT_TYPES:
        return str(named)
    leaves_bundle = now == "bundle" and written.get("isBundle") is False
    return "service" if now is None or leaves_bundle else now


def _window(period: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the ends of a period; one that is not named stays as it is, unless the whole period goes."""
    ends = {"startDateTime": "valid_from", "endDateTime": "valid_to"}
    if period is None:
        return dict.fromkeys(ends.values())
    return {ours: period[theirs] for theirs, ours in ends.items() if theirs in period}


def _as_member(entry: Mapping[str, Any]) -> dict[str, Any]:
    named = entry.get("id")
    if not isinstance(named, str):
        raise RuleError({"bundledProductOffering": "Name each offering by its id."})
    option = entry.get("bundledProductOfferingOption") or {}
    if not isinstance(option, Mapping):
        raise RuleError({"bundledProductOffering": "Write bundledProductOfferingOption as an object."})
    least = option.get("numberRelOfferLowerLimit", 0)
    usual = option.get("numberRelOfferDefault", max(least, 1) if isinstance(least, int) else 1)
    most = option.get("numberRelOfferUpperLimit", max(usual, 1) if isinstance(usual, int) else 1)
    product = int(named) if named.isascii() and named.isdecimal() else named
    return {"product": product, "min": least, "default": usual, "max": most}


def said_beside(written: Mapping[str, Any], specifications: Collection[str]) -> dict[str, Any]:
    """Return what of the written attributes is kept beside the product; null takes one away.

    `specifications` are the ids of those that clients made; any other is a type of product, which the product knows.
    """
    said = {name: written[name] for name in (*BESIDE, "lifecycleStatus") if name in written}
    if "productSpecification" in written:
        spec_id = (written["productSpecification"] or {}).get("id")
        said["productSpecification"] = {"id": spec_id} if str(spec_id) in specifications else None
    return said
