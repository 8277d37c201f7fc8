"""What a customer is likely to hold next, from what they hold and who they are: a feature-augmented EDLAE.

A linear autoencoder in closed form (Steck 2019, "Embarrassingly shallow autoencoders", EASE; Steck 2020,
"Autoencoders that don't overfit towards the identity", EDLAE). With Z = [holdings | w x features | 1] and G = Z'Z,

    P = inv(G + diag(ridge + dropout / (1 - dropout) diag G)),    B = -P[:, products] / diag(P),    B's diagonal 0,

each column of B is the ridge regression of one product on everything else, so a product never explains itself. A score
is z B: linear, hence it splits exactly into reasons, and holds for any customer at once, known in training or not.
Features are standardised with the means and spreads of training, so the units they come in do not matter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .contributions import Contribution
from .curve import Curve
from .gram import Gram, Scale
from .holdings import Floats, Holdings, Integers

MOST_PRODUCTS = 2_000
"""So many of the most held products explain each other; the others score what the constant alone says of them."""
CALIBRATION_CELLS = 500_000
"""Scores that the curve of `propensity` is fitted to, of customers spread evenly over those of training."""


@dataclass(frozen=True, slots=True)
class AffinitySettings:
    """How much the fit is held back.

    `ridge`, in customers, lies above 0; `dropout`, the share of holdings imagined away while fitting, in [0, 1);
    `feature_weight` above 0 says how far a feature one spread from its mean counts beside a holding.
    """

    ridge: float = 10.0
    dropout: float = 0.3
    feature_weight: float = 0.03

    def __post_init__(self) -> None:
        if not (self.ridge > 0 and 0 <= self.dropout < 1 and self.feature_weight > 0):
            raise ValueError(f"ridge and feature weight lie above 0, dropout in [0, 1): {self}")


@dataclass(frozen=True, eq=False)
class Affinity:
    """score = constants + the product weights of what is held + (features - feature means) x feature weights.

    `members` (m,) are the ascending columns of the products that explain each other; `product_weights` (m x m, its row
    the product held, its column the one scored, diagonal 0) and `feature_weights` (d x m) speak of these, `constants`
    (P,) of all. A product that nobody held in training scores 0.
    """

    settings: AffinitySettings
    members: Integers
    constants: Floats
    product_weights: Floats
    feature_weights: Floats
    feature_means: Floats
    curve: Curve

    @property
    def products(self) -> int:
        return len(self.constants)

    def scores(self, holdings: Holdings | NDArray[Any], features: NDArray[Any] | None = None) -> Floats:
        """Score customers x products; without features everyone has the mean ones. Held products are scored too.

        Raises ValueError if holdings or features are not those of training in width, or a feature is not finite.
        """
        held = Holdings.of(holdings)
        if held.products != self.products:
            raise ValueError(f"holdings are of {held.products} products, the affinity of {self.products}")
        explained = (held if self._has_all else held.restrict(self.members)).times(self.product_weights)
        if features is not None:
            explained += self._centred(features, held.customers) @ self.feature_weights
        if self._has_all:
            explained += self.constants
            return explained
        scores = np.tile(self.constants, (held.customers, 1))
        scores[:, self.members] += explained
        return scores

    def scores_of(self, held: Sequence[int] | Integers, features: NDArray[Any] | None = None) -> Floats:
        """Score every product (P,) for one customer who holds these columns; the row that `scores` would answer."""
        rows = self.rows_of(held)
        explained: Floats = self.product_weights[rows].sum(0)
        if features is not None:
            explained += self._centred(features) @ self.feature_weights
        if self._has_all:
            explained += self.constants
            return explained
        scores = self.constants.copy()
        scores[self.members] += explained
        return scores

    def scores_at(self, held: Sequence[int] | Integers, features: NDArray[Any], products: Integers) -> Floats:
        """Score these products (n,) for one customer, as `scores_of` does for all."""
        rows, members = self.rows_of(held), self.member_of(products)
        explained: Floats = self.product_weights[rows[:, None], members].sum(0)
        # Summed up number by number: a matrix product may round equal columns differently.
        explained += (self._centred(features)[:, None] * self.feature_weights[:, members]).sum(0)
        return self.constants[products] + (explained if self._has_all else np.where(members >= 0, explained, 0.0))

    def member_of(self, products: Integers) -> Integers:
        """Where these columns stand among the members, -1 for those that take no part."""
        return self._member_of[products]

    def reasons(
        self, held: Sequence[int] | Integers, features: NDArray[Any] | None, product: int
    ) -> list[Contribution]:
        """Split one score into summands: the constant first, then what counts most; summands of 0 are left out."""
        constant = Contribution("constant", 0, float(self.constants[product]))
        column = int(np.searchsorted(self.members, product))
        if column == len(self.members) or self.members[column] != product:
            return [constant]
        rows = self.rows_of(held)
        parts = [
            Contribution("holds", int(self.members[row]), float(self.product_weights[row, column])) for row in rows
        ]
        if features is not None:
            amounts = self._centred(features) * self.feature_weights[:, column]
            parts += [Contribution("feature", index, amount) for index, amount in enumerate(amounts.tolist())]
        told = [part for part in parts if part.amount != 0]
        return [constant, *sorted(told, key=lambda part: -abs(part.amount))]

    def similar_to(self, product: int, limit: int) -> list[tuple[int, float]]:
        """The products whose holders this one's holders tend to be, closest first, with a similarity in (0, 1].

        Similarity is the regularised partial correlation: what two products say of each other beyond all others. The
        same both ways. Empty for a product that nobody held in training.
        """
        column = int(np.searchsorted(self.members, product))
        if column == len(self.members) or self.members[column] != product:
            return []
        there, back = self.product_weights[column], self.product_weights[:, column]
        similarity = np.sqrt(np.maximum(there, 0) * np.maximum(back, 0))
        nearest = np.argsort(-similarity, kind="stable")[:limit]
        return [(int(self.members[near]), float(similarity[near])) for near in nearest if similarity[near] > 0]

    def propensity(self, scores: NDArray[Any] | float) -> Floats:
        """The probability, in (0, 1), that a customer holds a product of this score; rises with the score.

        Calibrated on the customers of training: as a product never explains itself, their own holdings may be used.
        """
        return self.curve(scores)

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """The arrays and the JSON facts that `from_state` makes the same affinity from."""
        arrays: dict[str, NDArray[Any]] = {name: getattr(self, name) for name in _ARRAYS}
        return {**arrays, "curve_scores": self.curve.scores, "curve_log_odds": self.curve.log_odds}, asdict(
            self.settings
        )

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> Self:
        curve = Curve(arrays["curve_scores"], arrays["curve_log_odds"])
        return cls(settings=AffinitySettings(**facts), curve=curve, **{name: arrays[name] for name in _ARRAYS})

    @property
    def _has_all(self) -> bool:
        return len(self.members) == self.products

    @cached_property
    def _member_of(self) -> Integers:
        place = np.full(self.products, -1)
        place[self.members] = np.arange(len(self.members))
        return place

    def rows_of(self, held: Sequence[int] | Integers) -> Integers:
        """The rows of the held products that take part, ascending, each once."""
        columns = held if isinstance(held, np.ndarray) else np.array(sorted(set(held)), np.int64)
        if len(columns) > 1 and not (columns[1:] > columns[:-1]).all():
            columns = np.unique(columns)
        if columns.size and not (columns[0] >= 0 and columns[-1] < self.products):
            raise ValueError(f"a held product lies outside 0..{self.products - 1}")
        if self._has_all or not len(self.members):
            return columns if self._has_all else columns[:0]
        place = np.minimum(np.searchsorted(self.members, columns), len(self.members) - 1)
        rows: Integers = place[self.members[place] == columns]
        return rows

    def _centred(self, features: NDArray[Any], customers: int | None = None) -> Floats:
        width = len(self.feature_means)
        expected = (width,) if customers is None else (customers, width)
        if features.shape != expected:
            raise ValueError(f"features have the shape {features.shape}, not {expected}")
        centred: Floats = features - self.feature_means
        if not np.isfinite(centred).all():
            raise ValueError("a feature is NaN or infinite")
        return centred


_ARRAYS = ("members", "constants", "product_weights", "feature_weights", "feature_means")


def fit_affinity(
    holdings: Holdings | NDArray[Any],
    features: NDArray[Any] | None = None,
    *,
    settings: AffinitySettings | None = None,
) -> Affinity:
    """Fit to customers x products holdings and, if given, customers x d features; the same data give the same bytes.

    Costs one inversion of a (products + d + 1) square matrix, whatever the number of customers. Raises ValueError if
    there is no customer, if the shapes do not match, or if a number is not finite.
    """
    settings = settings or AffinitySettings()
    held = Holdings.of(holdings)
    known = features_of(held, features)
    members = most_held(held)
    scale = Scale.of(known)
    weights = solve(Gram.of(held.restrict(members), known, scale), settings)
    constants = held.counts() / (held.customers * (1 + _inflation(settings)) + settings.ridge)
    constants[members] = weights[-1]
    fitted = Affinity(
        settings=settings,
        members=members,
        constants=constants,
        product_weights=weights[: len(members)],
        feature_weights=weights[len(members) : -1] * (settings.feature_weight * scale.factors)[:, None],
        feature_means=scale.means,
        curve=Curve.fit(np.zeros(0), np.zeros(0, np.bool_)),
    )
    return replace(fitted, curve=_calibration(fitted, held, known))


def solve(gram: Gram, settings: AffinitySettings) -> Floats:
    """B of the module's formula: the weights (P + d + 1) x P of holdings, weighted features and constant."""
    matrix = gram.matrix(settings.feature_weight)
    diagonal = np.diag_indices_from(matrix)
    matrix[diagonal] += settings.ridge + _inflation(settings) * matrix[diagonal]
    inverse = np.linalg.inv(matrix)
    products = gram.products
    weights: Floats = inverse[:, :products] / -np.diag(inverse)[:products]
    weights[diagonal[0][:products], diagonal[1][:products]] = 0.0
    return weights


def features_of(holdings: Holdings, features: NDArray[Any] | None) -> NDArray[Any]:
    """The features, or a matrix of no columns. Raises ValueError without customers or with others than hold."""
    if not holdings.customers:
        raise ValueError("an affinity is fitted to at least one customer")
    if features is None:
        return np.zeros((holdings.customers, 0))
    if features.ndim != 2 or len(features) != holdings.customers:  # noqa: PLR2004
        raise ValueError(f"{holdings.customers} customers hold products, the features have the shape {features.shape}")
    return features


def most_held(holdings: Holdings) -> Integers:
    """The columns of the MOST_PRODUCTS most held products, ascending; of equally held ones the first."""
    return np.sort(np.argsort(-holdings.counts(), kind="stable")[:MOST_PRODUCTS])


def _inflation(settings: AffinitySettings) -> float:
    return settings.dropout / (1 - settings.dropout)


def _calibration(affinity: Affinity, holdings: Holdings, features: NDArray[Any]) -> Curve:
    count = min(holdings.customers, max(1, CALIBRATION_CELLS // max(1, affinity.products)))
    sample = np.linspace(0, holdings.customers - 1, count).astype(np.int64)
    part = holdings.take(sample)
    return Curve.fit(affinity.scores(part, features[sample]).ravel(), part.dense().ravel() > 0)
