"""From what happened to what the models take: arrays, and the features of the products that were offered or held."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.products.models import Product
from catalog_app.recommendations.features import FeatureValue, product_features
from catalog_app.recommendations.feedback.history import History
from catalog_app.recommendations.feedback.impressions import Impression
from catalog_app.recommendations.learning.training_data import Customer, Impressions, TrainingData

ProductFeatures = Mapping[int, Mapping[str, FeatureValue]]
A_STEP: Final = 500


def features_of(session: Session, history: History, base_currency: str) -> ProductFeatures:
    """Return the features of every product of the history by its id, of those that are no longer sold too."""
    ids = {one.product_id for one in history.impressions}
    ids.update(chain.from_iterable(past.owned[-1] for past in history.pasts))
    found: dict[int, Mapping[str, FeatureValue]] = {}
    for start in range(0, len(ids), A_STEP):
        some = sorted(ids)[start : start + A_STEP]
        for product in session.scalars(select(Product).where(Product.id.in_(some)).order_by(Product.id)):
            found[product.id] = product_features(product, base_currency)
    return dict(sorted(found.items()))


def training_data(history: History, products: ProductFeatures, *, before: float | None = None) -> TrainingData:
    """Return the whole history for a model, or what was known and had begun before a moment (in seconds)."""
    end = float("inf") if before is None else before
    known = [past.known(end) for past in history.pasts]
    kept = [place for place, one in enumerate(known) if one is not None]
    places = np.full(len(known), -1, dtype=np.int64)
    places[kept] = np.arange(len(kept))
    customers = [
        Customer(owned=[number for number in one[1] if number in products], features=one[0])
        for one in known
        if one is not None
    ]
    chosen = [
        (one, customer) for one, customer in zip(history.impressions, history.customers, strict=True) if one.at < end
    ]
    return TrainingData(
        product_ids=np.array(list(products), dtype=np.int64),
        product_features=list(products.values()),
        customers=customers,
        impressions=_impressions([one for one, _ in chosen], places[[customer for _, customer in chosen]]),
    )


def later_impressions(history: History, at: float) -> Impressions:
    """Return the impressions from a moment on (in seconds); their customers count as unknown."""
    chosen = [one for one in history.impressions if one.at >= at]
    return _impressions(chosen, np.full(len(chosen), -1, dtype=np.int64))


def _impressions(chosen: Sequence[Impression], customers: NDArray[np.int64]) -> Impressions:
    return Impressions(
        features=[one.features for one in chosen],
        owned=[one.owned for one in chosen],
        offer=np.array([one.product_id for one in chosen], dtype=np.int64),
        accepted=np.array([one.accepted for one in chosen], dtype=np.float64),
        at=np.array([one.at for one in chosen], dtype=np.float64),
        customer=customers,
    )
