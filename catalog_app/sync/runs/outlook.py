"""What taking a run back would meet: how many of the products that it changed were changed again since."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog_app.products.models import Product
from catalog_app.sync.models import CREATE, UPDATE, WITHDRAW, SyncChange, SyncRun


def changed_since(session: Session, run: SyncRun) -> int:
    """Return how many products of an applied run anybody changed after it ended. One query."""
    query = (
        select(func.count())
        .select_from(SyncChange)
        .join(Product, Product.id == SyncChange.product_id)
        .where(
            SyncChange.run_id == run.id,
            SyncChange.kind.in_((CREATE, UPDATE, WITHDRAW)),
            Product.updated_at > run.finished_at,
        )
    )
    return session.execute(query).scalar_one()
