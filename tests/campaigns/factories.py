"""Campaigns with the least that can be activated; a test states only what matters to it."""

from typing import Any

from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.service import CampaignService
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService

OPERATOR = "user:lina@operator.example"


def offered(**overrides: Any) -> Product:
    """Return a product that is on sale with a price, saved."""
    least = {"name": "Flex 60 GB", "product_type": "data", "price": "149.00", "currency": "SAR", "recurring": True}
    values = {**least, "billing_cycle": "monthly", "lifecycle_status": "launched", **overrides}
    return ProductCatalogService().create(values, actor="tests")


def said(product: Product | None = None, **overrides: Any) -> dict[str, Any]:
    """Return what a campaign by SMS says, for this product."""
    return {
        "name": "Year-end 60 GB",
        "product_id": None if product is None else product.id,
        "channels": ["sms"],
        "messages": {"sms": {"en": {"body": "{{ product.name }} for {{ config.price_formatted }} a month."}}},
        **overrides,
    }


def drafted(product: Product | None = None, **overrides: Any) -> Campaign:
    """Return a draft, saved."""
    return CampaignService().create(said(product, **overrides), actor=OPERATOR)


def running(product: Product | None = None, **overrides: Any) -> Campaign:
    """Return a campaign that was activated: it is active, or scheduled where it starts later."""
    return CampaignService().activate(drafted(product, **overrides).id, actor=OPERATOR)
