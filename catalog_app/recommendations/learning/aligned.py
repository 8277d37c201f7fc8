"""A model set beside the products that may be offered: made once for a catalogue, asked for every customer.

Products that the model does not know (newer than it) stand among the others: they start from what is shared and from
their features, with the affinity that is usual.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from .affinity import Affinity
from .contributions import ContributionKind, Reason
from .design import Array, Integers
from .features import Features
from .model import Model
from .newton import sigmoid
from .propensity import Newcomer, Propensity
from .rates import Rates
from .splitting import Split, pooled, told_label


@dataclass(frozen=True, eq=False)
class Asked:
    """One customer as the model sees them.

    `held` are the columns of what they hold, `features` (d,) their features' row, `row` that of the propensity.
    """

    held: Integers
    features: Array
    row: Array
    crowd: Affinity | None

    @cached_property
    def affinity(self) -> Array | None:
        """That of every product of the model (P,); None where the model has none."""
        return None if self.crowd is None else self.crowd.scores_of(self.held, self.features)

    def affinity_at(self, columns: Integers) -> Array | None:
        """That of a few products."""
        return None if self.crowd is None else self.crowd.scores_at(self.held, self.features, columns)


@dataclass(frozen=True, eq=False)
class Aligned:
    """`columns` (Q,) of the model, -1 for newcomers; what is known of those stands under their place.

    With a propensity: logit = row @ `customers` (width x Q) + `intercepts` (Q,) + h(affinity) * `slopes` (Q,). A
    newcomer's usual affinity is in its intercept.
    """

    model: Model
    columns: Integers
    newcomers: Mapping[int, Newcomer]
    customers: Array
    intercepts: Array
    slopes: Array

    @classmethod
    def of(
        cls, model: Model, product_ids: Sequence[int] | Integers, newer: Mapping[int, Features] | None = None
    ) -> Self:
        """Set a model beside products; `newer` has the features of those it does not know, else they are the mean."""
        columns = model.columns_of(product_ids)
        places = np.flatnonzero(columns < 0).tolist()
        if model.propensity is None:
            nothing = np.zeros(len(columns))
            return cls(model, columns, {}, np.zeros((0, len(columns))), nothing, nothing)
        weights = model.propensity.weights()
        customers, intercepts = weights.customers[:, columns], weights.intercepts[columns]
        slopes = weights.affinity[columns]
        newcomers = {}
        for place in places:
            features = (newer or {}).get(int(product_ids[place]), {})
            newcomer = model.propensity.newcomer(model.product_space.vector(features))
            usual = float(weights.mapped(np.array(weights.affinity_scale)))
            customers[:, place] = newcomer.customers
            intercepts[place] = newcomer.intercept + newcomer.affinity * usual
            slopes[place] = 0.0
            newcomers[place] = newcomer
        return cls(model, columns, newcomers, customers, intercepts, slopes)

    def asked(self, features: Features, owned: Sequence[int]) -> Asked:
        """Read one customer. Raises ValueError, naming the feature, for NaN or infinity."""
        model = self.model
        held = model.owned_columns(owned)
        told = model.customer_space.vector(features)
        row = np.concatenate((told, model.held.vector(held))) if model.propensity is not None else told
        return Asked(held, told, row, model.affinity)

    def scores(self, asked: Asked) -> tuple[Array, Array]:
        """The propensity and the score of every product."""
        model = self.model
        if model.propensity is not None:
            logit = asked.row @ self.customers + self.intercepts
            if asked.affinity is not None:
                logit += self.slopes * model.propensity.weights().mapped(asked.affinity)[self.columns]
            return sigmoid(logit), logit
        if model.rates is not None:
            logit = self._at(model.rates.levels, model.rates.pooled) + self._relative(asked)
            return sigmoid(logit), logit
        assert model.affinity is not None and asked.affinity is not None  # noqa: S101, PT018 - one of the three is there
        score = self._at(asked.affinity, float(model.affinity.constants.mean()))
        return model.affinity.propensity(score), score

    def scores_at(self, asked: Asked, places: Integers) -> tuple[Array, Array]:
        """The propensity and the score at these places; for a few of many much sooner than `scores`.

        Products that the model does not tell apart score alike to the last bit, so ties are ties.
        """
        if self.model.propensity is None:
            propensity, score = self.scores(asked)
            return propensity[places], score[places]
        logit: Array = (asked.row[:, None] * self.customers[:, places]).sum(0) + self.intercepts[places]
        logit += self._of_affinity(asked, places)
        return sigmoid(logit), logit

    def uncertainty(self, asked: Asked, places: Sequence[int] | Integers) -> Array | None:
        """The standard deviation of the logits at these places; None where the basis is affinity alone."""
        model, at = self.model, np.asarray(places, np.int64)
        if model.propensity is None:
            return None if model.rates is None else self._at(model.rates.uncertainty, model.rates.prior_uncertainty)[at]
        answer = np.empty(len(at))
        known = self.columns[at] >= 0
        columns = self.columns[at[known]]
        answer[known] = model.propensity.uncertainty_at(asked.row, asked.affinity_at(columns), columns)
        usual = model.propensity.affinity_scale
        for index in np.flatnonzero(~known).tolist():
            answer[index] = model.propensity.uncertainty_of(asked.row, self.newcomers[int(at[index])], usual)
        return answer

    def reasons(self, asked: Asked, place: int) -> list[Reason]:
        """What the score at a place is made of, the constant first, then what counts most; it adds up to the score."""
        return self.reasons_at(asked, (place,))[0]

    def reasons_at(self, asked: Asked, places: Sequence[int], most: int | None = None) -> list[list[Reason]]:
        """The same at several places; where there are more than `most` and one, the smaller ones stand as one."""
        if self.model.propensity is not None:
            liked = self._of_affinity(asked, np.asarray(places, np.int64))
            for index, place in enumerate(places):
                if place in self.newcomers:
                    liked[index] = self.newcomers[place].affinity * self._usual
            return self._split.reasons(asked, places, liked, most)
        if (rates := self.model.rates) is not None:
            return [pooled(self._rate_reasons(asked, place, rates), most) for place in places]
        return [pooled(self._affinity_reasons(asked, place), most) for place in places]

    @property
    def propensity(self) -> Propensity:
        """The full propensity; only where the basis is that."""
        assert self.model.propensity is not None  # noqa: S101 - see above
        return self.model.propensity

    @cached_property
    def _split(self) -> Split:
        return Split(self)

    @property
    def _usual(self) -> float:
        """What the usual affinity, a newcomer's, is in the logit."""
        weights = self.propensity.weights()
        return float(weights.mapped(np.array(weights.affinity_scale)))

    def _of_affinity(self, asked: Asked, places: Integers) -> Array:
        """What affinity adds to the logits at these places; a newcomer's is in its intercept."""
        affinity = asked.affinity_at(self.columns[places])
        if affinity is None:
            return np.zeros(len(places))
        amounts: Array = self.slopes[places] * self.propensity.weights().mapped(affinity)
        return amounts

    def _at(self, known: Array, otherwise: float) -> Array:
        """Values of the model's products at the places, `otherwise` at those of newcomers."""
        if not len(known):
            return np.full(len(self.columns), otherwise)
        answer: Array = np.where(self.columns >= 0, known[self.columns], otherwise)
        return answer

    def _relative(self, asked: Asked) -> Array:
        if asked.affinity is None:
            return np.zeros(len(self.columns))
        return self._at(np.asarray(self.model.relative(asked.affinity)), 0.0)

    def _rate_reasons(self, asked: Asked, place: int, rates: Rates) -> list[Reason]:
        level = float(self._at(rates.levels, rates.pooled)[place])
        relative = float(self._relative(asked)[place])
        parts = [Reason("product", "", level - rates.pooled), Reason("affinity", "", relative)]
        told = sorted((part for part in parts if part.amount != 0), key=lambda part: -abs(part.amount))
        return [Reason("constant", "", rates.pooled), *told]

    def features_at(self, place: int) -> Array:
        """The features (e,) of the product at a place."""
        newcomer = self.newcomers.get(place)
        return self.propensity.products[self.columns[place]] if newcomer is None else newcomer.features

    def _affinity_reasons(self, asked: Asked, place: int) -> list[Reason]:
        """The parts of an affinity in words: one reason per feature, however many columns it has."""
        model, column = self.model, int(self.columns[place])
        assert model.affinity is not None  # noqa: S101 - one of the three is there
        if column < 0:
            return [Reason("constant", "", float(model.affinity.constants.mean()))]
        sums: dict[tuple[ContributionKind, str, int | None], float] = {}
        for part in model.affinity.reasons(asked.held, asked.features, column):
            key: tuple[ContributionKind, str, int | None] = (part.kind, "", None)
            if part.kind == "holds":
                key = ("holds", "", int(model.products[part.index]))
            elif part.kind == "feature":
                key = ("feature", told_label(model.customer_space, asked.features, part.index), None)
            sums[key] = sums.get(key, 0.0) + part.amount
        reasons = [Reason(kind, label, amount, held) for (kind, label, held), amount in sums.items()]
        return [reasons[0], *sorted(reasons[1:], key=lambda reason: -abs(reason.amount))]
