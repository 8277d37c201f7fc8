"""What is asked of the catalogue: single products, lists, counts, histories, and what a customer may be offered."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select

from catalog_app.core.clock import utcnow
from catalog_app.core.cursor import SortKey
from catalog_app.core.db import db
from catalog_app.core.paging import Page, page
from catalog_app.core.read_connections import read_connections
from catalog_app.core.reader import Reader
from catalog_app.core.wiring import settings
from catalog_app.events.models import Revision
from catalog_app.events.service import revisions_of
from catalog_app.products import changes as write_side
from catalog_app.products import editing
from catalog_app.products.counters.reading import count_of
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import Verdict
from catalog_app.products.filters import ProductFilters
from catalog_app.products.models import Product
from catalog_app.products.offers import Offer, offers_for, verdicts_on
from catalog_app.products.search.finder import count, entity_page, finder
from catalog_app.products.stats import CatalogStats, catalog_stats

UNDO_DAYS = 30
"""For so long a deletion can be taken back."""


class CatalogueReading:
    """Reads products; needs an application context."""

    def get(self, product_id: int) -> Product:
        """Return the product, or raise NotFoundError; a deleted one is not found."""
        return editing.found(db.session(), product_id)

    def by_identity(self, external_system: str, external_product_id: str) -> Product | None:
        """Return the product a source knows by this id, deleted or not."""
        return editing.by_identity(db.session(), external_system, external_product_id)

    def query(self) -> Select[Product]:
        """Return the select of all products that are not deleted, for filters and paging to narrow."""
        return select(Product).where(Product.deleted_at.is_(None))

    def search(
        self, filters: ProductFilters, sorts: Sequence[SortKey], *, limit: int, cursor: str | None, now: datetime
    ) -> Page[Product]:
        """Return a page of the products that fit the filters; raises RuleError for a cursor that is not one of ours."""
        if not filters.words:
            return page(db.session(), filters.narrow(self.query(), now), sorts, limit, cursor)
        return read_connections().read(
            lambda reader: entity_page(db.session(), finder(reader, filters, sorts, now), sorts, limit, cursor)
        )

    def count(self, filters: ProductFilters, *, now: datetime, most: int | None = None) -> int:
        """Return how many products fit the filters; the counters know it for some, the others are counted.

        Where there are many to look at, counting ends at `most`: "1,000 or more" costs little, and all of them do not.
        """

        def counted(reader: Reader) -> int:
            known = count_of(reader, filters)
            if known is not None:
                return known if most is None else min(known, most)
            return count(reader, filters, now) if most is None else count(reader, filters, now, most=most)

        return read_connections().read(counted)

    def history(self, product_id: int, *, limit: int = 50) -> Sequence[Revision]:
        """Return what happened to a product, newest first."""
        return revisions_of(db.session(), write_side.SUBJECT, product_id, limit=limit)

    def subject_of(self, revision_id: int) -> int | None:
        """Return the number of the product that a change is about; None for a change of anything else."""
        revision = db.session().get(Revision, revision_id)
        return revision.subject_id if revision and revision.subject_type == write_side.SUBJECT else None

    def deletion_of(self, product_id: int) -> Revision | None:
        """Return the deletion of a product that is deleted and can still be brought back, to be given to `undo`."""
        product = db.session().get(Product, product_id)
        if product is None or product.deleted_at is None or product.deleted_at < utcnow() - timedelta(days=UNDO_DAYS):
            return None
        return next((revision for revision in self.history(product_id) if revision.action == "deleted"), None)

    def stats(self) -> CatalogStats:
        """Return the counts of the whole catalogue as of now."""
        now = utcnow()
        return read_connections().read(lambda reader: catalog_stats(reader, now))

    def available_for(
        self,
        customer: CustomerFeatures,
        *,
        channel: str | None = None,
        strict: bool = False,
        narrowed: Select[Product] | None = None,
        now: datetime | None = None,
    ) -> Sequence[Product]:
        """Return the products this customer may be offered, most valuable first.

        The verdict is yes, or unknown where the caller gave nothing for what a product asks; `strict` keeps
        yes alone. Values in another currency than the base currency rank after those that compare.
        """
        products = self.query() if narrowed is None else narrowed
        offers = self._offers(products, customer, channel=channel, strict=strict, now=now or utcnow())
        return [offer.product for offer in offers]

    def offers_for(
        self, customer: CustomerFeatures, *, channel: str | None, strict: bool, filters: ProductFilters, now: datetime
    ) -> Sequence[Offer]:
        """Return the same products with what was decided about each, of those that fit the filters."""
        narrowed = filters.narrow(self.query(), now)
        return self._offers(narrowed, customer, channel=channel, strict=strict, now=now)

    def get_products_for_ml_recommendation(
        self,
        customer_features: Mapping[str, Any],
        *,
        strict: bool = False,
        limit: int | None = None,
    ) -> Sequence[Product]:
        """Return the products a model may recommend to a customer of these features, most valuable first.

        Never cut silently: all of them, unless the caller asks for a `limit`. The compiled catalogue says which
        (products/masks), as it does for every decision and recommendation.
        """
        from catalog_app.products.masks.offered import compiled_now, offered  # noqa: PLC0415  # numpy, for those who ask

        customer, now = CustomerFeatures.of(customer_features), utcnow()
        compiled = read_connections().read(compiled_now)
        currency = settings().base_currency
        return offered(db.session(), compiled, customer, now, strict=strict, limit=limit, base_currency=currency)

    def verdicts(
        self, product_ids: Collection[int], customer: CustomerFeatures, *, channel: str | None, now: datetime
    ) -> dict[int, Verdict]:
        """Return by number what is decided about each of these products; one that is not there has no verdict."""
        products = self.query().where(Product.id.in_(product_ids))
        return verdicts_on(db.session(), products, customer, now=now, channel=channel)

    def _offers(
        self, products: Select[Product], customer: CustomerFeatures, *, channel: str | None, strict: bool, now: datetime
    ) -> Sequence[Offer]:
        currency = settings().base_currency
        found = offers_for(db.session(), products, customer, now=now, channel=channel, base_currency=currency)
        return [offer for offer in found if offer.verdict.outcome == "yes" or not strict]
