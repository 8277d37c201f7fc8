"""What a model says of the launched products, place by place of the compiled catalogue, to one customer after another.

All products are scored in single precision, which is fast and orders them; the few that are shown are scored once more
in double precision, to which their reasons add up.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from catalog_app.products.masks.compiled import Compiled
from catalog_app.recommendations.features import product_features
from catalog_app.recommendations.learning.aligned import Aligned, Asked
from catalog_app.recommendations.learning.contributions import Reason
from catalog_app.recommendations.learning.features import Features
from catalog_app.recommendations.learning.model import Model
from catalog_app.recommendations.scoring.arbitration import Array, Rows
from catalog_app.recommendations.scoring.singles import Floats, Singles
from catalog_app.recommendations.training.live import LiveModel

FEW: Final = 2_000
"""Where chance takes part the priorities of so few products are worked out in double precision."""


class Scorer:
    """A model beside the launched products; those that it does not know count by their features."""

    def __init__(self, model: Model, compiled: Compiled, base_currency: str) -> None:
        self.model = model
        unknown = np.flatnonzero(model.columns_of(compiled.ids) < 0).tolist()
        newer = {
            card.id: product_features(card, base_currency) for card in (compiled.cards[place] for place in unknown)
        }
        self._aligned = aligned = Aligned.of(model, compiled.ids, newer)
        self._size = compiled.size
        self._singles = None if model.propensity is None or not compiled.size else Singles(aligned)

    def asked(self, features: Features, owned: Sequence[int]) -> Asked:
        """Read a customer by flat features (features.py) and product ids; raise ValueError for NaN or infinity."""
        return self._aligned.asked(features, owned)

    def unknown(self, features: Features) -> tuple[str, ...]:
        """Return the features, by name, that count as the mean: not told, never seen, or of a value never seen."""
        return self.model.customer_space.unknown(features)

    def propensities(self, asked: Asked) -> NDArray[Any]:
        """Return the propensity of every product, where there are many good to some four digits at least."""
        if self._singles is None or self._size <= FEW:
            return self._aligned.scores(asked)[0]
        return self._singles.propensities(asked)[0]

    def roughly(self, asked: Asked, weights: Floats) -> tuple[Floats, float] | None:
        """Return propensity x weight of every product in single precision, and the largest relative error of any.

        None on the rungs below the full model, which are worked out in double precision.
        """
        return None if self._singles is None else self._singles.priorities(asked, weights)

    def scores(self, asked: Asked) -> Array:
        """Return the score of every product, in double precision."""
        return self._aligned.scores(asked)[1]

    def exact(self, asked: Asked, places: Rows) -> tuple[Array, Array]:
        """Return the propensity and the score of these products in double precision."""
        return self._aligned.scores_at(asked, places)

    def uncertainty(self, asked: Asked, places: Rows) -> Array | None:
        """Return the standard deviation of the logits of these products; None where the model has none."""
        return self._aligned.uncertainty(asked, places)

    def reasons(self, asked: Asked, places: Sequence[int], most: int | None) -> Sequence[Sequence[Reason]]:
        """Return what the score of each product is made of; the amounts add up to it.

        Where there are more than `most` and one, the smaller ones stand together as one.
        """
        return self._aligned.reasons_at(asked, places, most)


def by_affinity(model: Model) -> Model | None:
    """Return the model with nothing but its affinity; None where it has none."""
    return None if model.affinity is None else replace(model, propensity=None, rates=None)


def is_stale(live: LiveModel, stale_days: int, now: datetime) -> bool:
    """Return whether a model is older than the settings call recent."""
    return now - live.trained_at > timedelta(days=stale_days)
