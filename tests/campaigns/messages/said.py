"""Products, campaigns and customers with the least that a message needs; a test states only what matters to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from catalog_app.campaigns.messages.context import context_of
from catalog_app.campaigns.messages.finding import Finding
from catalog_app.campaigns.messages.preflight import preflight
from catalog_app.campaigns.messages.promise import Promise, promise_of
from catalog_app.campaigns.messages.rendering import Rendered, compiled
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.models import Product
from tests.products.factories import product

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
MOCK = (
    "Hi {{ customer.first_name }}, your line is ready for more: {{ product.name }} with "
    "{{ product.features.data_gb }} GB and {{ product.features.voice_minutes }} minutes for "
    '{{ config.price_formatted }} a month until {{ config.valid_to | date: "%-d %b" }}. Reply YES to 1820. '
    "Terms: {{ product.attributes.terms_url }}"
)
OFFER = {"price": "119.00", "bonus": "5 GB weekend", "valid_to": "2026-12-31T20:59:59Z"}


@dataclass(frozen=True)
class Said:
    """A campaign as messages see one."""

    name: str = "Year-end 60 GB"
    id: int = 5
    channels: tuple[str, ...] = ("sms",)
    messages: dict[str, Any] = field(default_factory=lambda: {"sms": {"en": {"body": "{{ product.name }}"}}})
    fallback_language: str = "en"
    product_config: dict[str, Any] = field(default_factory=dict)
    audience: dict[str, Any] = field(default_factory=dict)
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def flex(**overrides: Any) -> Product:
    """Return the product of the pictures."""
    values = {
        "id": 1042,
        "version": 3,
        "name": "Flex Postpaid 60 GB",
        "short_name": "Flex 60",
        "price": "149.00",
        "currency": "SAR",
        "recurring": True,
        "billing_cycle": "monthly",
        "features": {"data_mb": 61440, "voice_minutes": 1000},
        "attributes": {"terms_url": "tamra.sa/flex60"},
    }
    return product(**{**values, **overrides})


def promised(config: dict[str, Any] | None = None, *, language: str = "en", **overrides: Any) -> Promise:
    return promise_of(flex(**overrides), config or {}, language=language, now=NOW, zone="Asia/Riyadh")


def values(promise: Promise | None = None, **customer: Any) -> dict[str, Any]:
    """Return what a template sees."""
    return context_of(promise or promised(OFFER), CustomerFeatures.of(customer), Said())


def rendered(text: str, channel: str = "sms", promise: Promise | None = None, **customer: Any) -> Rendered:
    parts = {"subject": "Hello", "title": "Hello", "body": text}
    return compiled(channel, parts).render(values(promise, **customer))


def text_of(text: str, channel: str = "sms", promise: Promise | None = None, **customer: Any) -> str:
    return rendered(text, channel, promise, **customer).parts["body"]


def found(
    body: str,
    *,
    channel: str = "sms",
    offered: Product | None = None,
    samples: Sequence[CustomerFeatures] = (),
    **campaign: Any,
) -> tuple[Finding, ...]:
    """Return what pre-flight finds in a campaign that says this."""
    parts = {"subject": "Hello", "body": body} if channel == "email" else {"body": body}
    settings = {"channels": (channel,), "messages": {channel: {"en": parts}}, "product_config": OFFER, **campaign}
    return preflight(Said(**settings), offered or flex(), now=NOW, zone="Asia/Riyadh", samples=samples)


def codes(findings: tuple[Finding, ...], level: str) -> list[str]:
    return [finding.code for finding in findings if finding.level == level]
