"""Worlds with a stated truth: customers, offers and answers drawn from a model that is known."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog_app.recommendations.learning.newton import sigmoid
from catalog_app.recommendations.learning.training_data import Customer, Impressions, TrainingData

KINDS = ("prepaid", "postpaid", "hybrid")
FIRST_ID = 11


@dataclass(frozen=True)
class World:
    """`data` of n impressions, and the `truth` (n,): the probability with which each was accepted."""

    data: TrainingData
    truth: NDArray[np.float64]

    def split(self, share: float) -> tuple[TrainingData, Impressions, NDArray[np.float64]]:
        """The older part to learn from; the newer impressions with their truth to judge by."""
        shown, cut = self.data.impressions, int(share * len(self.truth))
        older, newer = shown.take(np.arange(cut)), shown.take(np.arange(cut, len(shown)))
        data = TrainingData(self.data.product_ids, self.data.product_features, self.data.customers, older)
        return data, newer, self.truth[cut:]


def world(
    count: int, products: int, *, seed: int = 0, pairs: float = 0.0, own: float = 0.0, level: float = -1.5
) -> World:
    """Customers of two numbers and a kind; `pairs` and `own` say how much products differ in whom they suit."""
    rng = np.random.default_rng(seed)
    usage, age = rng.normal(size=count), rng.normal(size=count)
    kind = rng.integers(0, len(KINDS), count)
    size = rng.normal(size=products)
    slopes = rng.normal(size=products) * own
    offer = rng.integers(0, products, count)
    logit = level + 0.8 * usage - 0.4 * age + np.array([-0.5, 0.0, 0.7])[kind] + 0.3 * size[offer]
    logit += pairs * usage * size[offer] + slopes[offer] * age
    truth = sigmoid(logit)
    features: list[dict[str, Any]] = [
        {"usage": each, "age": years, "kind": KINDS[which]}
        for each, years, which in zip(usage.tolist(), age.tolist(), kind.tolist(), strict=True)
    ]
    impressions = Impressions(
        features=features,
        owned=[[]] * count,
        offer=FIRST_ID + offer,
        accepted=(rng.random(count) < truth).astype(float),
        at=np.arange(count, dtype=float),
        customer=np.full(count, -1),
    )
    described: list[dict[str, Any]] = [{"size": each} for each in size.tolist()]
    return World(TrainingData(np.arange(FIRST_ID, FIRST_ID + products), described, [], impressions), truth)


def holders(count: int, products: int, *, seed: int = 0) -> list[Customer]:
    """Customers of two tastes, who hold products of the even or of the odd ids; everyone holds one at least."""
    rng = np.random.default_rng(seed)
    taste = rng.integers(0, 2, count)
    held = rng.random((count, products)) < np.where((np.arange(products) + taste[:, None]) % 2, 0.4, 0.05)
    held[~held.any(1), 0] = True
    return [Customer((FIRST_ID + np.flatnonzero(row)).tolist(), {}) for row in held]
