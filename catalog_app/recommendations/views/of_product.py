"""How one product is offered: what it counts, and what came of it; the part of its page that is read by itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog_app.accounts import requires_role
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.htmx import wants_fragment
from catalog_app.core.json_sql import json_array_has_object
from catalog_app.core.proportions import Arm
from catalog_app.core.wiring import settings as service_settings
from catalog_app.products.models import Product
from catalog_app.products.offers import worth
from catalog_app.products.service import ProductCatalogService
from catalog_app.recommendations.models import ACCEPTED, SHOWN, Decision, FeedbackEvent
from catalog_app.recommendations.settings import settings_row
from catalog_app.recommendations.views import figures
from catalog_app.recommendations.views.blueprint import bp

DAYS: Final = 30
NEWEST: Final = 10_000
"""Among so many of the newest decisions is looked how often a product was offered."""
_PERCENT: Final = 100


@dataclass(frozen=True)
class OfferedProduct:
    """What a product counts, and what came of it in the last days."""

    value: Decimal | None
    is_own_value: bool
    lever: int | None
    lever_factor: str
    shown: int
    accepted: int
    decided: int
    decisions: int

    @property
    def rate(self) -> Arm | None:
        """Return acceptances of what was shown; None where nothing was."""
        return Arm(self.shown, min(self.accepted, self.shown)) if self.shown else None


@bp.get("/of-product/<int:product_id>")
@requires_role("viewer")
def of_product(product_id: int) -> ResponseReturnValue:
    """Show how a product is offered: a card of its page, and a page of its own without htmx."""
    product, session = ProductCatalogService().get(product_id), db.session()
    return render_template(
        "recommendations/_of_product.html" if wants_fragment() else "recommendations/of_product.html",
        product=product,
        offered=_offered(session, product, utcnow()),
        currency=service_settings().base_currency,
        days=DAYS,
        settings=settings_row(session),
    )


def _offered(session: Session, product: Product, now: datetime) -> OfferedProduct:
    since = now - timedelta(days=DAYS)
    told = _told(session, product.id, since)
    decided, decisions = _decided(session, product.id, since)
    return OfferedProduct(
        value=worth(product, service_settings().base_currency),
        is_own_value=product.business_value is not None,
        lever=product.lever_weight,
        lever_factor=figures.factor(max(0.0, 1 + (product.lever_weight or 0) / _PERCENT)),
        shown=max(told.get(SHOWN, 0), told.get(ACCEPTED, 0)),
        accepted=told.get(ACCEPTED, 0),
        decided=decided,
        decisions=decisions,
    )


def _told(session: Session, product_id: int, since: datetime) -> Mapping[str, int]:
    """Return by event how often it was told of the product. One query."""
    query = (
        select(FeedbackEvent.event, func.count().label("told"))
        .where(FeedbackEvent.product_id == product_id, FeedbackEvent.occurred_at >= since)
        .group_by(FeedbackEvent.event)
    )
    return {row.event: row.told for row in session.execute(query)}


def _decided(session: Session, product_id: int, since: datetime) -> tuple[int, int]:
    """Return in how many of the newest decisions the product was among the offers, and how many those are."""
    newest = select(Decision.offers).where(Decision.decided_at >= since).order_by(Decision.id.desc()).limit(NEWEST)
    some = newest.subquery()
    has = json_array_has_object(some.c.offers, "product_id", product_id)
    found = session.execute(select(func.count(), func.count().filter(has)).select_from(some)).one()
    return found[1], found[0]
