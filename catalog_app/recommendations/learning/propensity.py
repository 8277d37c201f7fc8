"""How likely a customer accepts an offer: one hierarchical Bayesian logit for all products.

    logit = constant + customer . shared weights + product . product weights + pairs + affinity weight x h(affinity)
            + the product's own level + the product's own slopes on a few of these

What is a product's own is shrunk to 0, hence to the shared part, the more the less was seen of it; a product never shown
has the shared part alone. Given z (a customer's d columns) it is linear: z @ W + intercepts + affinity x slopes, so
serving is one matrix product and every logit splits exactly into reasons. The uncertainty is that of the Laplace
posterior. Affinity enters as h(a) = log(1 + max(a, 0) / scale), scale the mean affinity of what was shown: an affinity is
about a probability, and its logarithm is about linear in the logit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .contributions import Contribution
from .design import Array, Integers, Layout
from .newton import sigmoid

_ARRAYS = (
    "members",
    "products",
    "shared",
    "own",
    "own_inverse",
    "coupling",
    "shared_inverse",
    "own_variances",
    "pairs",
    "own_columns",
)


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """logit = customers @ `customers` (d x P) + `intercepts` (P,) + h(affinity) * `affinity` (P,).

    h(a) = log(1 + max(a, 0) / `affinity_scale`).
    """

    customers: Array
    intercepts: Array
    affinity: Array
    affinity_scale: float

    def mapped(self, affinity: NDArray[np.floating]) -> NDArray[np.floating]:
        """h(affinity)."""
        mapped: NDArray[np.floating] = np.log(1 + np.maximum(affinity, 0) / self.affinity_scale)
        return mapped


@dataclass(frozen=True, slots=True, eq=False)
class Newcomer:
    """The column of a product that was not in training: `customers` (d,), `intercept`, `affinity`, and its features."""

    customers: Array
    intercept: float
    affinity: float
    features: Array


@dataclass(frozen=True, eq=False)
class Propensity:
    """A fitted logit for P products, of which `members` (ascending columns) were shown in training.

    `products` (P x e) are the products' features, `shared` (s,) and `own` (M x K) the coefficients in the order of the
    layout; the rest is the posterior around them (newton.Arrow) and the prior variance of own coefficients (K,).
    """

    layout: Layout
    affinity_scale: float
    members: Integers
    products: Array
    shared: Array
    own: Array
    own_inverse: Array
    coupling: Array
    shared_inverse: Array
    own_variances: Array

    def weights(self) -> Weights:
        """Everything a logit needs, one column per product."""
        return self._weights

    def logits(self, customers: NDArray[np.floating], affinity: NDArray[np.floating] | None = None) -> Array:
        """The logit of every product (n x P) for n customers; without affinity (n x P) it counts as 0."""
        weights = self._weights
        logits: Array = customers @ weights.customers
        logits += weights.intercepts
        if affinity is not None and self.layout.affinity:
            logits += weights.mapped(affinity) * weights.affinity
        return logits

    def probabilities(self, customers: NDArray[np.floating], affinity: NDArray[np.floating] | None = None) -> Array:
        """The probability of acceptance of every product (n x P)."""
        return sigmoid(self.logits(customers, affinity))

    def uncertainty(self, customer: Array, affinity: Array | None = None, products: Integers | None = None) -> Array:
        """The standard deviation of the logits of one customer (d,), of all products or of these columns.

        `affinity` (P,) is that of all products. Costs s^2 operations per product, s the width of the layout.
        """
        columns = np.arange(len(self.products)) if products is None else products
        return self.uncertainty_at(customer, None if affinity is None else affinity[columns], columns)

    def uncertainty_at(self, customer: Array, affinity: Array | None, products: Integers) -> Array:
        """The same of these columns, whose affinity (n,) is told."""
        mapped = None if affinity is None else self._weights.mapped(affinity)
        return self._spread(customer, self.products[products], mapped, self._place[products])

    def uncertainty_of(self, customer: Array, newcomer: Newcomer, affinity: float = 0.0) -> float:
        """The same for a product that was not in training."""
        mapped = self._weights.mapped(np.array([affinity]))
        return float(self._spread(customer, newcomer.features[None], mapped, np.array([-1]))[0])

    def reasons(self, customer: Array, affinity: float, product: int) -> list[Contribution]:
        """Split the logit of one product into summands; the constant first, then what counts most."""
        weights = self._weights
        start = self.layout.products
        own_level = float(self.own[self._place[product], 0]) if self._place[product] >= 0 else 0.0
        return _split(
            Newcomer(
                weights.customers[:, product],
                float(weights.intercepts[product]),
                float(weights.affinity[product]),
                self.products[product] * self.shared[start],
            ),
            customer,
            float(weights.mapped(np.array(affinity))),
            (float(self.shared[0]), own_level, product),
        )

    @property
    def constant(self) -> float:
        """What every logit begins with."""
        return float(self.shared[0])

    def level_of(self, product: int) -> float:
        """A product's own level; 0 for one never shown, or -1, one that was not in training."""
        place = int(self._place[product]) if product >= 0 else -1
        return float(self.own[place, 0]) if place >= 0 else 0.0

    def feature_amounts(self, features: Array) -> Array:
        """What each column of a product's features (e,) adds to its logit."""
        return features * self.shared[self.layout.products]

    def newcomer(self, features: Array) -> Newcomer:
        """A product that was not in training starts from what is shared and from its features (e,)."""
        customers = self.shared[self.layout.customers].copy()
        np.add.at(
            customers, self.layout.pairs[:, 0], self.shared[self.layout.paired] * features[self.layout.pairs[:, 1]]
        )
        intercept = float(self.shared[0] + features @ self.shared[self.layout.products])
        return Newcomer(customers, intercept, self._affinity_weight, features)

    def newcomer_reasons(self, customer: Array, affinity: float, newcomer: Newcomer) -> list[Contribution]:
        """Split the logit of a product that was not in training into summands."""
        mapped = float(self._weights.mapped(np.array(affinity)))
        parts = Newcomer(
            newcomer.customers,
            newcomer.intercept,
            newcomer.affinity,
            newcomer.features * self.shared[self.layout.products],
        )
        return _split(parts, customer, mapped, (float(self.shared[0]), 0.0, 0))

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """The arrays and the JSON facts that `from_state` makes the same propensity from."""
        kept = {"pairs": self.layout.pairs, "own_columns": self.layout.own}
        arrays = {name: kept[name] if name in kept else getattr(self, name) for name in _ARRAYS}
        return arrays, {
            "customer": self.layout.customer,
            "product": self.layout.product,
            "affinity": self.layout.affinity,
            "affinity_scale": self.affinity_scale,
        }

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> Self:
        layout = Layout(facts["customer"], facts["product"], facts["affinity"], arrays["pairs"], arrays["own_columns"])
        own = {name: arrays[name] for name in _ARRAYS if name not in {"pairs", "own_columns"}}
        return cls(layout=layout, affinity_scale=facts["affinity_scale"], **own)

    @property
    def _affinity_weight(self) -> float:
        return float(self.shared[self.layout.affinity_column]) if self.layout.affinity else 0.0

    @cached_property
    def _place(self) -> Integers:
        """The member that a product is, -1 for one never shown (P,)."""
        place = np.full(len(self.products), -1)
        place[self.members] = np.arange(len(self.members))
        return place

    @cached_property
    def _weights(self) -> Weights:
        layout, count = self.layout, len(self.products)
        matrix = np.zeros((layout.width, count))
        matrix[:] = self.shared[:, None]
        matrix[np.ix_(layout.own, self.members)] += self.own.T
        customers = matrix[layout.customers]
        for (customer, product), weight in zip(layout.pairs, self.shared[layout.paired], strict=True):
            customers[customer] += weight * self.products[:, product]
        intercepts = matrix[0] + self.products @ self.shared[layout.products]
        affinity = matrix[layout.affinity_column] if layout.affinity else np.zeros(count)
        return Weights(customers, intercepts, affinity, self.affinity_scale)

    def _spread(self, customer: Array, products: Array, mapped: NDArray[np.floating] | None, place: Integers) -> Array:
        """The root of u' own_inverse u + (g - coupling' u)' shared_inverse (g - coupling' u), g shared and u own columns."""
        customers = np.broadcast_to(customer, (len(products), len(customer)))
        shared = self.layout.rows(customers, products, None if mapped is None else np.asarray(mapped, float))
        own = shared[:, self.layout.own]
        known = place >= 0
        variance = own**2 @ self.own_variances
        member, told = place[known], own[known]
        variance[known] = np.einsum("nk,nkj,nj->n", told, self.own_inverse[member], told)
        shared[known] -= np.einsum("nks,nk->ns", self.coupling[member], told)
        variance += np.einsum("ns,ns->n", shared @ self.shared_inverse, shared)
        return np.sqrt(variance)


def _split(parts: Newcomer, customer: Array, mapped: float, level: tuple[float, float, int]) -> list[Contribution]:
    """The summands of one product: `parts.features` are its features' amounts, `level` (constant, its own, column)."""
    constant, own, product = level
    found = [Contribution("product", product, own), Contribution("affinity", 0, mapped * parts.affinity)]
    found += [Contribution("feature", at, amount) for at, amount in enumerate((customer * parts.customers).tolist())]
    found += [Contribution("product_feature", at, amount) for at, amount in enumerate(parts.features.tolist())]
    told = sorted((part for part in found if part.amount != 0), key=lambda part: -abs(part.amount))
    return [Contribution("constant", 0, constant), *told]
