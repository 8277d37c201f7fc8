"""What taking a plan back would meet."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog_app.edits.models import WRITTEN, EditChange, EditPlan
from catalog_app.products.models import Product


def changed_after(session: Session, plan: EditPlan) -> int:
    """Return how many products of an applied plan anybody changed after it ended. One query."""
    query = (
        select(func.count())
        .select_from(EditChange)
        .join(Product, Product.id == EditChange.product_id)
        .where(EditChange.plan_id == plan.id, EditChange.kind.in_(WRITTEN), Product.updated_at > plan.finished_at)
    )
    return session.execute(query).scalar_one()
