"""A few days in the life of a catalogue, told through the services, so that every page has something to show.

Pictures are taken of it, and browser tests walk through it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select

from catalog_app.accounts.models import ApiToken, User
from catalog_app.accounts.schema import NewToken
from catalog_app.accounts.service import tokens
from catalog_app.campaigns.models import SENT, Campaign, Delivery
from catalog_app.core.db import db
from catalog_app.demo.campaigns import run_campaigns
from catalog_app.demo.catalogue import catalogue
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.edits.imports import files
from catalog_app.edits.imports.columns import guessed
from catalog_app.edits.models import BULK, IMPORT
from catalog_app.edits.service import EditService
from catalog_app.events.webhooks.service import subscribe
from catalog_app.products.models import Product
from catalog_app.products.samples.service import SampleInput, keep
from catalog_app.products.service import ProductCatalogService
from catalog_app.products.webhook_events import SHAPE
from catalog_app.sync.service import ProductSyncService
from scripts.pages import Fillings
from scripts.story_models import Models, recommend

CONFLICTED: Final = "PO-10482"
SOON_RETIRED: Final = "PO-10245"
UNFINISHED: Final = "PO-10610"
WITHDRAWN: Final = 60
ROWS: Final = """external_product_id,name,product_type,price,currency,features
SH-1,Summer 10 GB,data,49.00,SAR,data_mb=10240; validity_days=30
SH-2,Summer 20 GB,data,79.00,SAR,data_mb=20480; validity_days=30
SH-3,Summer calls,voice,cheap,SAR,voice_minutes=100
SH-4,,data,19.00,SAR,data_mb=1024
SH-5,Summer roaming,holiday,89.00,SAR,data_mb=2048
"""
"""Five rows of a file, three of which cannot be taken."""


@dataclass(frozen=True)
class Story:
    """The numbers of what happened, by which its pages are found."""

    conflicted: int
    retirable: int
    settled_run: int
    held_run: int
    edits: "Edits"
    sample: int
    webhook: int
    campaign: int
    draft: int
    delivery: int
    models: Models

    @property
    def fillings(self) -> Fillings:
        """Return what to look at on each route that has an argument."""
        return Fillings(
            {
                "product_id": self.conflicted,
                "products.move.product_id": self.retirable,
                "status": "retired",
                "products.cell.name": "price",
                "run_id": self.settled_run,
                "sync.confirm_apply.run_id": self.held_run,
                "sync.confirm_reject.run_id": self.held_run,
                "plan_id": self.edits.planned,
                "edits.confirm_undo.plan_id": self.edits.applied,
                "imports.rejected.plan_id": self.edits.imported,
                "file_id": self.edits.file,
                "sample_id": self.sample,
                "webhook_id": self.webhook,
                "systems.key": "xiva",
                "segments.key": "family",
                "user_id": db.session.scalar(select(func.min(User.id))),
                "token_id": db.session.scalar(select(func.min(ApiToken.id))),
                "campaign_id": self.campaign,
                "campaigns.show.campaign_id": self.draft,
                "campaigns.ask.move": "pause",
                "delivery_id": self.delivery,
                "decision_id": self.models.decision,
                "version": self.models.model,
                "recommendations.confirm_activation.version": self.models.other_model,
                "training_id": self.models.training,
            }
        )


@dataclass(frozen=True)
class Edits:
    """Plans of edits: one to look at, one that was applied, one made of a file, and the file."""

    planned: int
    applied: int
    imported: int
    file: int


def tell(xiva: XivaStandin, *, actor: str, learn: Callable[..., Models] = recommend) -> Story:
    """Let a synced and curated catalogue meet its source again: a conflict, a rejected record, and a plan that is held.

    `learn` gives it a history of offers, and models.
    """
    sync = ProductSyncService()
    run_campaigns()
    patch = {"name": "Flex 60 GB for families", "price": "149.00"}
    ProductCatalogService().patch(_number(CONFLICTED), patch, expected_version=None, actor=actor)
    prices = next(row["productOfferingPrice"] for row in catalogue() if row["id"] == CONFLICTED)
    xiva.listing.change(CONFLICTED, name="Flex 60 GB plus", productOfferingPrice=_dearer(prices))
    xiva.listing.change("PO-10242", description="Five gigabytes for Friday and Saturday, renewed if you like.")
    xiva.listing.change("PO-10243", lifecycleStatus="Sunset")
    settled = sync.sync_from_xiva()
    synced = select(Product.external_product_id).where(Product.external_system == "xiva").limit(WITHDRAWN)
    xiva.listing.withdraw(*[external_id for external_id in db.session.scalars(synced) if external_id])
    held = sync.sync_from_xiva()
    return Story(
        conflicted=_number(CONFLICTED),
        retirable=_number(SOON_RETIRED),
        settled_run=settled.id,
        held_run=held.id,
        edits=edits(actor=actor),
        sample=settings(actor=actor),
        webhook=webhook(actor=actor),
        campaign=_campaign(CONFLICTED),
        draft=_campaign(UNFINISHED),
        delivery=_delivery(),
        models=learn(actor=actor),
    )


def edits(rows: str = ROWS, *, off: str = "voucher", actor: str) -> Edits:
    """Let somebody change the catalogue in bulk, and bring a file."""
    dearer = {"action": "price_percent", "values": {"direction": "raise", "percent": "5.00"}}
    shorter = {"action": "availability", "values": {"is_available": False}}
    applied = _planned(BULK, "Switch availability off", {**shorter, "query": f"product_type={off}"}, actor)
    EditService().apply(applied, actor=actor, enqueue=False)
    EditService().execute(applied)
    planned = _planned(
        BULK, "Raise the price by 5 %", {**dearer, "query": "product_type=data&product_type=voice"}, actor
    )
    kept = files.keep(rows.encode(), "summer offers.csv", actor=actor)
    columns = {heading: field for heading, field in guessed(kept.facts["columns"]).items() if field}
    asked = {"file_id": kept.id, "columns": columns, "encoding": None, "delimiter": None}
    imported = _planned(IMPORT, "Import of summer offers.csv", asked, actor)
    return Edits(planned, applied, imported, kept.id)


def settings(name: str = "Lina, family of four", *, actor: str) -> int:
    """Let somebody keep a sample customer, and make a token for a program; return the number of the customer."""
    tokens.create(NewToken(name="Campaign engine", scopes=("products:read",), expires_at=None), actor=actor)
    return keep(
        SampleInput.check(name, {"customer_value": 1200, "segments": ["family"]}, is_shared=True), owner=actor
    ).id


def webhook(description: str = "Campaign engine", *, actor: str) -> int:
    """Have somebody told of every change, at an address that is never asked here, and return the subscription's number."""
    address = "https://campaigns.example.org/hooks/products"
    subscribed = subscribe(url=address, shape=SHAPE.name, event_types=(), description=description, actor=actor)
    return subscribed.id


def _planned(kind: str, title: str, request: dict[str, Any], actor: str) -> int:
    plan = EditService().request(kind=kind, title=title, request=request, actor=actor, enqueue=False)
    return EditService().execute(plan.id).id


def _campaign(product: str) -> int:
    """Return the campaign of a product: that of the one in conflict runs and has results, the unfinished one has errors."""
    return db.session.scalars(select(Campaign.id).where(Campaign.product_id == _number(product))).one()


def _delivery() -> int:
    """Return a message that was accepted."""
    ours = Delivery.campaign_id == _campaign(CONFLICTED)
    accepted = select(func.min(Delivery.id)).where(ours, Delivery.status == SENT, Delivery.accepted_at.is_not(None))
    return db.session.scalars(accepted).one()


def _number(external_id: str) -> int:
    product = ProductCatalogService().by_identity("xiva", external_id)
    if product is None:
        raise LookupError(f"{external_id} was not synced")
    return product.id


def _dearer(prices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the prices of an offering, each by ten more."""
    dearer = []
    for price in prices:
        amount = price["price"]["taxIncludedAmount"]
        more = {**amount, "value": f"{float(amount['value']) + 10:.2f}"}
        dearer.append({**price, "price": {**price["price"], "taxIncludedAmount": more}})
    return dearer
