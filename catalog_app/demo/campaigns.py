"""The campaigns of the people of the demo: what they say, to whom, and what the campaign engine reported meanwhile.

Customers, reports and answers are made up, and alike in every demo. What a campaign promises, refuses and holds out is
decided by the service itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from catalog_app.campaigns.service import CampaignService
from catalog_app.campaigns.watching import follow
from catalog_app.contacts.schema import PolicyInput
from catalog_app.contacts.service import save_policy
from catalog_app.core.clock import utcnow
from catalog_app.demo.curation import ACTOR
from catalog_app.demo.reports import Crowd, report
from catalog_app.products.service import ProductCatalogService

APPROVER: Final = "user:sara@demo.example"
POLICY: Final[Mapping[str, Any]] = {
    "caps": [{"channel": None, "most": 4, "days": 7}, {"channel": "sms", "most": 2, "days": 3}],
    "time_zone": "Asia/Riyadh",
    "consent_channels": ["email"],
}


@dataclass(frozen=True)
class Told:
    """One campaign: its product by the id of Xiva, what it says, and who came by; without a crowd it stays a draft.

    `lost`: its product is suspended afterwards, with this reason, and more customers come by all the same.
    """

    product: str
    says: Mapping[str, Any]
    crowd: Crowd | None = None
    lost: str = ""


CAMPAIGNS: Final[Sequence[Told]] = (
    Told(
        "PO-10482",
        {
            "name": "Year-end 60 GB",
            "description": "Whose contract ends this quarter gets the 60 GB plan at the price of the small one.",
            "trigger_event": "contract_ending",
            "product_config": {"price": "119.00", "currency": "SAR", "bonus": "5 GB each weekend", "valid_to": "2026-12-31T21:00:00Z"},
            "audience": {"segments": ["high-value", "family"]},
            "channels": ["sms", "app"],
            "messages": {
                "sms": {
                    "en": {"body": "Your contract ends soon: {{ product.name }} for {{ config.price_formatted }} a month, and {{ config.bonus }}. Reply YES to 1820."},
                    "ar": {"body": "عقدك ينتهي قريباً: {{ product.name }} بسعر {{ config.price_formatted }} شهرياً. أرسل نعم إلى 1820."},
                },
                "app": {
                    "en": {"title": "Stay, and get more", "body": "{{ product.name }} with {{ product.features.data_gb }} GB for {{ config.price_formatted }} a month."},
                    "ar": {"title": "ابق معنا واحصل على المزيد", "body": "{{ product.name }} بسعر {{ config.price_formatted }} شهرياً."},
                },
            },
            "on_withdrawal": "successor",
            "limit_per_customer": 1,
            "decline_days": 90,
            "control_group_percent": "20",
        },
        Crowd("renew", 840, seed=1, control_rate=0.05, target_rate=0.17, features={"payment_mode": "postpaid", "owned": []}, segments=("high-value", "family", "youth"), values=(40, 1150)),
    ),
    Told(
        "PO-10242",
        {
            "name": "Data is used up",
            "description": "A small weekend package at the moment at which data runs out.",
            "trigger_event": "data_used_up",
            "audience": {},
            "channels": ["push", "sms"],
            "messages": {
                "push": {
                    "en": {"title": "Out of data", "body": "{{ product.short_name }}: 5 GB until Sunday for {{ product.price_formatted }}."},
                    "ar": {"title": "انتهت بياناتك", "body": "{{ product.short_name }}: ٥ جيجا حتى الأحد بسعر {{ product.price_formatted }}."},
                },
                "sms": {
                    "en": {"body": "Out of data? {{ product.name }} for {{ product.price_formatted }}: dial *150#."},
                    "ar": {"body": "انتهت بياناتك؟ {{ product.name }} بسعر {{ product.price_formatted }}: اطلب ‎*150#."},
                },
            },
            "on_withdrawal": "hold",
            "limit_per_customer": 2,
            "cooldown_days": 3,
            "control_group_percent": "10",
        },
        Crowd("empty", 240, seed=2, control_rate=0.11, target_rate=0.14, features={"payment_mode": "prepaid", "owned": []}, segments=("youth", "expat"), values=(10, 400), usual_segment=5),
    ),
    Told(
        "PO-10245",
        {
            "name": "Recharge and get 10 GB",
            "description": "Everybody who recharges with 50 or more. No control group: finance asked for all of them.",
            "trigger_event": "recharge",
            "product_config": {"discount_percent": "20"},
            "channels": ["sms"],
            "messages": {
                "sms": {
                    "en": {"body": "Thank you for your recharge: {{ product.name }} for {{ config.price_formatted }} instead of {{ product.price_formatted }} today."},
                    "ar": {"body": "شكراً لشحن رصيدك: {{ product.name }} بسعر {{ config.price_formatted }} اليوم فقط."},
                },
            },
            "on_withdrawal": "stop",
            "limit_total": 5000,
        },
        Crowd("recharge", 110, seed=3, control_rate=0, target_rate=0.21, features={"payment_mode": "prepaid", "owned": []}, segments=("youth",), values=(20, 300)),
    ),
    Told(
        "PO-11102",
        {
            "name": "Music for students",
            "description": "A month of music for students who have just joined.",
            "trigger_event": "joined",
            "product_config": {"headline": "Your first month of music is on us"},
            "audience": {"segments": ["youth"]},
            "channels": ["push"],
            "messages": {
                "push": {
                    "en": {"title": "{{ config.headline }}", "body": "{{ product.name }}, then {{ product.price_formatted }} a month. Cancel whenever you like."},
                    "ar": {"title": "شهرك الأول من الموسيقى علينا", "body": "{{ product.name }} ثم {{ product.price_formatted }} شهرياً."},
                },
            },
            "on_withdrawal": "hold",
            "control_group_percent": "20",
        },
        Crowd("joined", 70, seed=4, control_rate=0.08, target_rate=0.24, features={"payment_mode": "prepaid", "owned": []}, segments=("youth",), values=(10, 200)),
        lost="The licence is being renegotiated",
    ),
    Told(
        "PO-10610",
        {
            "name": "Eid with the family",
            "description": "To be read by the Arabic team before it goes out.",
            "audience": {"segments": ["family"]},
            "channels": ["email"],
            "fallback_language": "ar",
            "messages": {
                "email": {
                    "ar": {"subject": "عيد مبارك: {{ product.name }}", "body": "أهلاً {{ customer.first_name | default: 'بك' }}،\n\n{{ product.name }} للعائلة كلها بسعر {{ product.price_formatted }} شهرياً."},
                    "en": {"subject": "Eid Mubarak: {{ product.name }}", "body": "Hello {{ customer.first_name | default: 'dear customer' }},\n\n{{ product.name }} for the whole family, at {{ product.prise }} a month."},
                },
            },
            "on_withdrawal": "last_snapshot",
            "control_group_percent": "5",
        },
    ),
)  # fmt: skip


def run_campaigns() -> None:
    """Set the contact policy, make the campaigns, and let the campaign engine report what happened. Once."""
    save_policy(PolicyInput.check(dict(POLICY)), expected_version=None, actor=ACTOR)
    for told in CAMPAIGNS:
        _tell(told)


def _tell(told: Told) -> None:
    catalog, campaigns = ProductCatalogService(), CampaignService()
    product = catalog.by_identity("xiva", told.product)
    if product is None:
        return
    made = campaigns.create({**told.says, "product_id": product.id}, actor=ACTOR)
    if told.crowd is None:
        return
    campaigns.activate(made.id, actor=APPROVER)
    report(made.id, told.crowd)
    if told.lost:
        catalog.transition(product.id, "suspended", reason=told.lost, expected_version=None, actor=ACTOR)
        follow(made.id, utcnow())
        report(made.id, told.crowd.later())
