"""What the people of the demo have done to the synced products, so that ownership, targeting and history show it.

It is done once, right after the first sync, through the same service as every edit.
"""

from decimal import Decimal
from typing import Any

from catalog_app.accounts.service import users
from catalog_app.core.errors import NotFoundError
from catalog_app.products.lists.saved_views import save_view
from catalog_app.products.samples.service import SampleInput, keep
from catalog_app.products.segments import SegmentInput, create_segment, define_segment
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.service import ProductSyncService
from catalog_app.sync.systems.schema import SystemInput, settings_of
from catalog_app.sync.systems.systems import update_system

ACTOR = "user:lina@demo.example"

SEGMENTS: tuple[tuple[str, str, str, Decimal | None], ...] = (
    ("high-value", "High value", "Customers who bring 1,000 or more a year", Decimal(1000)),
    ("family", "Family", "Accounts with three lines or more", None),
    ("youth", "Youth", "Under 26, or a student contract", None),
    ("expat", "Expat", "Calls or sends money abroad every month", None),
    ("business", "Business", "Lines that a company pays for", Decimal(500)),
    ("senior", "Senior", "Over 60", None),
    ("traveller", "Traveller", "Roamed in two of the last six months", None),
)

EDITS: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "PO-10482",
        {
            "short_name": "Flex 60",
            "price": "149.00",
            "min_customer_value": "0",
            "max_customer_value": "1000",
            "eligibility_rule": {"all": [{"attribute": "tenure_months", "operator": "gte", "value": 6}]},
        },
    ),
    ("PO-10243", {"price": "29.00"}),
    ("PO-10902", {"channels": ["sms", "app", "web"], "exclude_segments": ["visitor"]}),
    ("PO-11101", {"business_value": "14.00", "lever_weight": 20}),
    ("PO-11503", {"business_value": "40.00", "min_customer_value": "500"}),
    ("PO-11601", {"quota_total": 500, "max_per_customer": 1, "cooldown_days": 90}),
    ("PO-10610", {"short_name": "Family 120", "target_segments": ["family", "high-value"]}),
    ("PO-10710", {"status_reason": "Partner rates are being renegotiated"}),
)

OWN_PRODUCTS: tuple[dict[str, Any], ...] = (
    {
        "name": "Thank-you call from the team",
        "product_type": "reward",
        "category": "Loyalty/Rewards",
        "description": "Somebody from the loyalty team calls and says thank you. No offer, no catch.",
        "lifecycle_status": "launched",
        "points_price": 0,
        "target_segments": ["high-value"],
        "channels": ["push", "app"],
    },
    {
        "name": "Service Recovery Voucher 25",
        "product_type": "voucher",
        "category": "Loyalty/Vouchers",
        "description": "For customers whose complaint took longer than it should have.",
        "lifecycle_status": "launched",
        "price": "0.00",
        "currency": "SAR",
        "max_per_customer": 1,
        "cooldown_days": 180,
    },
)

SAMPLES: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "Nadia, high value",
        {
            "first_name": "Nadia",
            "customer_value": "1200",
            "segments": ["high-value", "family"],
            "payment_mode": "postpaid",
            "owned": ["xiva:PO-11308", "xiva:PO-11111"],
            "points": "850",
            "tenure_months": 42,
            "age": 38,
            "city": "Riyadh",
            "data_used_percent": 91,
            "video_share_percent": 46,
            "lines": 3,
        },
    ),
    (
        "Omar, new and prepaid",
        {
            "first_name": "Omar",
            "customer_value": "90",
            "segments": ["youth"],
            "payment_mode": "prepaid",
            "owned": [],
            "tenure_months": 2,
            "age": 21,
            "data_used_percent": 88,
            "video_share_percent": 71,
            "recharges_30": 5,
        },
    ),
    (
        "Salma, often abroad",
        {
            "first_name": "Salma",
            "customer_value": "640",
            "segments": ["traveller", "expat"],
            "payment_mode": "postpaid",
            "tenure_months": 17,
            "roaming_days_90": 11,
        },
    ),
)
"""Made-up customers that the demo shares, to try products on."""

# Views that the people of the demo share.
VIEWS = (
    ("Roaming and travel", "category=roaming"),
    ("Fields that are ours", "locked_by=anyone&sort=name"),
)

# How often each system is synced, and in which time zone that is meant.
SCHEDULES = {"xiva": ("hourly", "UTC"), "crm": ("daily", "UTC"), "billing": ("30 3 * * *", "Asia/Riyadh")}


def curate() -> None:
    """Plan the syncs, define the segments, correct and target some synced products, and add two of the people's own."""
    for system in ProductSyncService().systems():
        if system.key in SCHEDULES:
            frequency, zone = SCHEDULES[system.key]
            planned = {**settings_of(system), "sync_frequency": frequency, "time_zone": zone}
            update_system(system.key, SystemInput.check(planned), expected_version=system.version, actor=ACTOR)
    catalog = ProductCatalogService()
    for key, label, description, minimum in SEGMENTS:
        _define(key, SegmentInput(label=label, description=description, min_customer_value=minimum))
    for external_id, patch in EDITS:
        product = catalog.by_identity("xiva", external_id)
        if product is not None:
            catalog.patch(product.id, patch, expected_version=product.version, actor=ACTOR)
    for values in OWN_PRODUCTS:
        catalog.create(values, actor=ACTOR)
    for name, query in VIEWS:
        # A view belongs to somebody; whoever came first shares these.
        if people := users.all_users():
            save_view(people[0].id, name, query, shared=True)
    for name, features in SAMPLES:
        keep(SampleInput.check(name, features, is_shared=True), owner=ACTOR)


def _define(key: str, meaning: SegmentInput) -> None:
    try:
        define_segment(key, meaning, expected_version=None, actor=ACTOR)
    except NotFoundError:
        create_segment(key, meaning, actor=ACTOR)
