"""Expands a row of the demo's catalogue to a TMF620 v5 product offering."""

from datetime import UTC, datetime, time, timedelta
from zlib import crc32

from catalog_app.demo.catalogue_characteristics import write_characteristics
from catalog_app.demo.catalogue_charges import write_charges, write_period
from catalog_app.demo.catalogue_notation import Json, Member
from catalog_app.demo.catalogue_rows import Relation, Row

SEGMENT_LABELS = {
    "high-value": "High value",
    "family": "Family",
    "youth": "Youth",
    "expat": "Expat",
    "business": "Business",
    "senior": "Senior",
    "traveller": "Traveller",
    "visitor": "Visitor",
}

_OFFERINGS = "/productCatalogManagement/v5/productOffering"
_FIRST_UPDATE = datetime(2026, 1, 4, 5, 0, tzinfo=UTC)
_LAST_UPDATE = datetime(2026, 11, 19, 21, 0, tzinfo=UTC)


def write_offering(row: Row) -> Json:
    """Return the row as the source sends it. The product type is left out, as TMF620 has none."""
    offering: Json = {
        "id": row.id,
        "href": f"{_OFFERINGS}/{row.id}",
        "name": row.name,
        "description": row.description,
        "version": f"1.{crc32(row.id.encode()) % 7}",
        "lastUpdate": _instant(last_update(row)),
        "lifecycleStatus": row.status,
        "isBundle": row.kind == "bundle",
        "isSellable": row.sellable,
        "category": [_named("CAT", row.category, "Category")],
        "productSpecification": _named("PS", row.specification, "ProductSpecification"),
        "channel": [_named("CH", name, "SalesChannel", "ChannelRef") for name in row.channels],
        "marketSegment": [_segment(key) for key in row.segments],
        "productOfferingPrice": write_charges(row),
        "productOfferingRelationship": [_relation(relation) for relation in row.relations],
        "bundledProductOffering": [_member(member) for member in row.members],
        "@type": row.offering_type,
    }
    if row.offering_type != "ProductOffering":
        offering["@baseType"] = "ProductOffering"
    if row.status_reason:
        offering["statusReason"] = row.status_reason
    if row.starts or row.ends:
        offering["validFor"] = write_period(row.starts, row.ends)
    return offering | _term(row) | write_characteristics(row)


def last_update(row: Row) -> datetime:
    """Return when the source last touched the row: as written, or spread over 2026 by its id."""
    scatter = crc32(row.id.encode())
    if row.updated:
        return datetime.combine(row.updated, time(8), UTC) + timedelta(seconds=scatter % 36_000)
    span = int((_LAST_UPDATE - _FIRST_UPDATE).total_seconds())
    return _FIRST_UPDATE + timedelta(seconds=scatter % span)


def _instant(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _named(prefix: str, name: str, referred: str, reference: str = "") -> Json:
    slug = name.lower().replace("/", "-").replace(" ", "-")
    return {
        "id": f"{prefix}-{slug}",
        "name": name,
        "@type": reference or f"{referred}Ref",
        "@referredType": referred,
    }


def _segment(key: str) -> Json:
    return {"id": key, "name": SEGMENT_LABELS[key], "@type": "MarketSegmentRef", "@referredType": "MarketSegment"}


def _relation(relation: Relation) -> Json:
    return {
        "id": relation.product,
        "href": f"{_OFFERINGS}/{relation.product}",
        "relationshipType": relation.kind,
        "@type": "ProductOfferingRelationship",
        "@referredType": "ProductOffering",
    }


def _member(member: Member) -> Json:
    return {
        "id": member.product,
        "href": f"{_OFFERINGS}/{member.product}",
        "bundledProductOfferingOption": {
            "numberRelOfferLowerLimit": member.least,
            "numberRelOfferDefault": member.usual,
            "numberRelOfferUpperLimit": member.most,
            "@type": "BundledProductOfferingOption",
        },
        "@type": "BundledProductOffering",
        "@referredType": "ProductOffering",
    }


def _term(row: Row) -> Json:
    months = next((gift.value for gift in row.allowances if gift.name == "commitment_months"), None)
    if months is None:
        return {}
    term = {
        "name": f"{months} months",
        "duration": {"amount": months, "units": "Month"},
        "@type": "ProductOfferingTerm",
    }
    return {"productOfferingTerm": [term]}
