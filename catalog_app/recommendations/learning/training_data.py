"""What a model is fitted to: products, customers with what they hold, and offers with their outcome."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .design import Array, Integers
from .features import Features
from .holdings import Holdings


@dataclass(frozen=True, slots=True)
class Customer:
    """What one customer holds (product ids, unknown ones are passed over) and is, for the affinity."""

    owned: Sequence[int]
    features: Features


@dataclass(frozen=True, slots=True, eq=False)
class Impressions:
    """n offers shown, in any order.

    `offer` (n,) product ids, `accepted` (n,) 0.0 or 1.0, `at` (n,) seconds since the epoch. `features` and `owned` are
    those of the customer at that time. `customer` (n,) is their row among TrainingData.customers, -1 for none of them:
    no one's own holdings take part in the affinity that is then a feature of theirs.
    """

    features: Sequence[Features]
    owned: Sequence[Sequence[int]]
    offer: Integers
    accepted: Array
    at: Array
    customer: Integers

    def __len__(self) -> int:
        return len(self.offer)

    def take(self, rows: NDArray[np.integer]) -> "Impressions":
        """These impressions, in this order."""
        return Impressions(
            [self.features[row] for row in rows],
            [self.owned[row] for row in rows],
            self.offer[rows],
            self.accepted[rows],
            self.at[rows],
            self.customer[rows],
        )


@dataclass(frozen=True, slots=True, eq=False)
class TrainingData:
    """`product_ids` (P,) ascending, each with its features; every offer of the impressions is one of them."""

    product_ids: Integers
    product_features: Sequence[Features]
    customers: Sequence[Customer]
    impressions: Impressions

    def __post_init__(self) -> None:
        ids, offers = self.product_ids, self.impressions.offer
        if len(ids) != len(self.product_features) or (np.diff(ids) <= 0).any():
            raise ValueError("product ids ascend, and each product has its features")
        if not np.isin(offers, ids).all():
            raise ValueError("an impression is of a product that is not among the products")
        if len({len(self.impressions.features), len(self.impressions.owned), len(offers)}) != 1:
            raise ValueError("features, holdings and offers of impressions differ in number")


def holdings_of(owned: Sequence[Sequence[int]], product_ids: Integers) -> Holdings:
    """Who holds which of these products (ascending ids); other ids are passed over."""
    place = {product: column for column, product in enumerate(product_ids.tolist())}
    rows = [[place[product] for product in row if product in place] for row in owned]
    return Holdings.from_rows(rows, len(place))
