"""What is not on sale, whoever asks: counted once for everybody, until the catalogue changes."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, Text, case, func, literal, not_, select, text
from sqlalchemy.orm import Session

from catalog_app.products.models import Product
from catalog_app.products.outcome import Outcome
from catalog_app.products.prefilter import on_sale
from catalog_app.products.reads import catalogue_version
from catalog_app.products.reads.documents import DOCUMENT

Answer = tuple[Outcome, str]
"""What is said of a product: the outcome, and the code of the check that decided, none for a yes."""

_KEPT = "catalog-withdrawn"
_FRESH = timedelta(seconds=60)
"""A product that its source lists no more may run out of its window meanwhile, which no version tells."""


def withdrawn(session: Session, now: datetime, *, is_now: bool) -> Mapping[Answer, int]:
    """Return how many living products are not on sale whatever the customer, by the first check that says so.

    What is true now is remembered for as long as no product changes, a minute at most.
    """
    if not is_now:
        return _counted(session, now)
    version = int(session.scalar(text(catalogue_version.READ)) or 0)
    kept: tuple[int, datetime, Mapping[Answer, int]] | None = current_app.extensions.get(_KEPT)
    if kept is not None and kept[0] == version and timedelta(0) <= now - kept[1] < _FRESH:
        return kept[2]
    counted = _counted(session, now)
    current_app.extensions[_KEPT] = (version, now, counted)
    return counted


def unsold_answer(now: datetime) -> ColumnElement[str]:
    """Return which check says of a product that it is not on sale; for those that are not, by their document."""
    refused = [(not_(holds), literal(f"no:{code}", Text())) for code, holds in on_sale(now)]
    return case(*refused, else_=literal("no:lifecycle", Text()))


def _counted(session: Session, now: datetime) -> Mapping[Answer, int]:
    rows = session.execute(
        select(unsold_answer(now).label("answer"), func.count())
        .join(DOCUMENT, DOCUMENT.columns.id == Product.id)
        .where(DOCUMENT.columns.sale_to == 0)
        .group_by(text("answer"))
    ).all()
    return {(Outcome.NO, str(written).removeprefix("no:")): count for written, count in rows}
