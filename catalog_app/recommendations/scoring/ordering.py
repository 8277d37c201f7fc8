"""In which order a few given products are offered to one customer after another: a campaign's candidates by the NBO.

The same factors as those of a decision. Whether a product may be offered at all is the campaign's to find out.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from catalog_app.core.reader import Reader
from catalog_app.core.wiring import kept
from catalog_app.products.models import Product
from catalog_app.products.offers import worth
from catalog_app.recommendations.errors import NotReadError
from catalog_app.recommendations.features import customer_features, product_features
from catalog_app.recommendations.learning.aligned import Aligned
from catalog_app.recommendations.learning.model import Model
from catalog_app.recommendations.scoring.arbitration import Weights, best, filled, lever
from catalog_app.recommendations.scoring.standing import Standing, Standings, present
from catalog_app.recommendations.training.live import LiveModel, live

_NONE: Final = (None, None)


class Ordering:
    """Orders these products, by their ids, for each customer."""

    def __init__(
        self, products: Sequence[Product], standing: Standing, model: Model | None, base_currency: str
    ) -> None:
        made = sorted(products, key=lambda product: product.id)
        self._ids = np.array([product.id for product in made], np.int64)
        self._weights = _weights(made, standing, base_currency)
        self._aligned = None
        if model is not None and standing.use_propensity:
            features = {product.id: product_features(product, base_currency) for product in made}
            self._aligned = Aligned.of(model, self._ids, features)

    def of(self, features: Mapping[str, Any], owned: Sequence[int]) -> list[int]:
        """Return the ids, the highest priority first, of equal ones the lowest."""
        propensity = None
        if self._aligned is not None:
            propensity = self._aligned.scores(self._aligned.asked(customer_features(features), owned))[0]
        priorities = self._weights.priorities(propensity)
        ids: list[int] = self._ids[best(priorities, len(self._ids))].tolist()
        return ids


class Models:
    """The settings and the model in use, as one process knows them."""

    def __init__(self) -> None:
        self._standings = Standings()
        self._last: tuple[int | None, LiveModel | None] = _NONE

    def at(self, reader: Reader, *, may_read: bool) -> tuple[Standing, Model | None]:
        """Return both as they stand; raise NotReadError for a model that has to be read, where that must not be.

        It must not inside a transaction that writes: a model that is found damaged is set aside, which waits for it.
        """
        now = present(reader)
        version, found = self._last
        if now.model != version:
            if not may_read:
                raise NotReadError
            found = live(reader, now.model)
            self._last = now.model, found
        return self._standings.at(reader, now.settings), None if found is None else found.model


def models() -> Models:
    """Return what the running application keeps."""
    return kept(Models, Models)


def _weights(products: Sequence[Product], standing: Standing, base_currency: str) -> Weights:
    known = [worth(product, base_currency) for product in products]
    has_value = np.array([one is not None for one in known], np.bool_)
    ones = np.ones(len(products))
    value = filled(np.array([float(one or 0) for one in known]), has_value) if standing.use_value else ones
    levers = np.array([lever(product) for product in products]) if standing.use_levers else ones
    return Weights.product_of(ones, value, levers, has_value)
