"""A plan of edits as rows ready to be written, worked out before anybody has to wait for them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from catalog_app.core.json_values import as_json
from catalog_app.edits.ahead import Ahead
from catalog_app.edits.models import CREATE, WRITTEN, EditChange, EditPlan
from catalog_app.edits.rows import Standing, by_id
from catalog_app.products.bulk_rows import Author, ProductRows
from catalog_app.products.changes import Changes, quota_left
from catalog_app.products.editing import SOURCES_OWN
from catalog_app.products.plans.layout import A_PORTION, Layout, Portion
from catalog_app.products.schema import stored_value

ACTION: Final = "updated"
_SEGMENTS: Final = ("target_segments", "exclude_segments")
_COLUMNS: Final = (
    EditChange.id, EditChange.kind, EditChange.product_id, EditChange.base_version, EditChange.external_system,
    EditChange.external_product_id, EditChange.before, EditChange.after,
)  # fmt: skip


def lay_out(session: Session, plan: EditPlan, *, now: datetime, ahead: Ahead | None = None) -> Layout:
    """Work out everything that applying the plan will write; takes as long as it takes.

    It only reads. What can be written `ahead` of the rest is left to the caller, portion by portion.
    """
    layout, writer = Layout(), PlanWriter(session, plan, now=now)
    of_plan = select(EditChange.id).where(EditChange.plan_id == plan.id, EditChange.kind.in_(WRITTEN))
    ids = session.connection().execute(of_plan.order_by(EditChange.id)).scalars().all()
    for start in range(0, len(ids), A_PORTION):
        portion = writer.portion(ids[start : start + A_PORTION])
        if ahead is not None:
            ahead(portion)
        layout.add(portion)
    return layout


class PlanWriter:
    """Turns rows of the plan into rows of the catalogue. They carry the name of the person who asked for the edit."""

    def __init__(self, session: Session, plan: EditPlan, *, now: datetime) -> None:
        self._session = session
        author = Author(plan.requested_by, now, edit_plan_id=plan.id)
        self._rows = ProductRows(session.connection().dialect, author)

    def portion(self, ids: Collection[int]) -> Portion:
        """Return these changes ready to be written."""
        connection = self._session.connection()
        query = select(*_COLUMNS).where(EditChange.id.in_(ids)).order_by(EditChange.id)
        changes = connection.execute(query).all()
        products = by_id(self._session, [change.product_id for change in changes if change.base_version is not None])
        segments: set[str] = set()
        needs_lock = False
        for change in changes:
            after: dict[str, Any] = change.after
            segments.update(key for name in _SEGMENTS for key in after.get(name) or ())
            if change.base_version is None:
                self._rows.create((change.external_system, change.external_product_id), after)
                continue
            product = products.get(change.product_id)
            if product is None or product.version != change.base_version:
                # Whoever applies the plan refuses it for this.
                needs_lock = True
            elif change.kind == CREATE:
                self._make_again(product, after)
            else:
                self._change(product, change.before, after)
                # What is left of a quota falls without a new version, so it is worked out when nobody else can write.
                needs_lock |= "quota_total" in after or product.quota_left is not None
        return Portion(list(ids), self._rows.take(connection), sorted(segments), needs_lock)

    def _change(self, product: Standing, before: dict[str, Any], after: dict[str, Any]) -> None:
        told: Changes = {name: [before.get(name), value] for name, value in after.items()}
        values = {name: stored_value(name, value) for name, value in after.items()}
        if "quota_total" in after:
            left = quota_left(product.quota_total, product.quota_left, after["quota_total"])
            if left != product.quota_left:
                values["quota_left"], told["quota_left"] = left, [product.quota_left, left]
        self._rows.update(product, values, told, action=ACTION)

    def _make_again(self, product: Row[Any], after: dict[str, Any]) -> None:
        """Fill a product that was deleted long ago anew: it keeps its number and its history, and nothing else."""
        emptied = dict.fromkeys(SOURCES_OWN)
        values = {name: stored_value(name, value) for name, value in after.items()}
        filled = {**emptied, **values, "quota_left": after.get("quota_total"), "field_locks": {}, "deleted_at": None}
        told = {
            name: [as_json(getattr(product, name)), value]
            for name, value in {**after, "deleted_at": None}.items()
            if as_json(getattr(product, name)) != value
        }
        self._rows.update(product, filled, told, action="created")
