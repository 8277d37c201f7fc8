"""The order of what may be offered: arbitration over the model's propensities, and the offers that come of it."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from catalog_app.core.errors import RuleError, Sentence
from catalog_app.products.masks.cards import worth_of
from catalog_app.recommendations.decisions.asked import Asked, Factors, Offer, OfferReason
from catalog_app.recommendations.features import FeatureValue, customer_features
from catalog_app.recommendations.learning.aligned import Asked as Customer
from catalog_app.recommendations.models import BY_VALUE
from catalog_app.recommendations.scoring.arbitration import Array, Rows, Weights, best, close_to_best
from catalog_app.recommendations.scoring.exploring import Chosen, choose
from catalog_app.recommendations.scoring.grounds import Grounds
from catalog_app.recommendations.scoring.reasons import most_told, told, value_reasons
from catalog_app.recommendations.scoring.scorer import Scorer
from catalog_app.recommendations.scoring.singles import Floats

_CERTAIN: Final = 1.0


class Reading(NamedTuple):
    """A customer as the model sees them, and their features, flat; no customer where there is no model."""

    customer: Customer | None
    features: Mapping[str, FeatureValue]


class Ranking:
    """What may be offered to one customer: `rows` of the compiled catalogue, with the weights that stand at `at`.

    Where all products are candidates `at` is `rows`.
    """

    def __init__(
        self, grounds: Grounds, asked: Asked, reading: Reading, rows: Rows, weights: Weights, at: Rows
    ) -> None:
        self._grounds, self._asked, self._rows = grounds, asked, rows
        self._weights, self._at = weights, at
        self._scorer: Scorer | None = grounds.scorer
        self._customer, self._features = reading

    @property
    def basis(self) -> str:
        """On what the order rests."""
        return BY_VALUE if self._scorer is None else self._scorer.model.basis

    @property
    def unknown_features(self) -> Sequence[str]:
        return () if self._scorer is None else self._scorer.unknown(self._features)

    def offers(self, arm: str | None, chance: Random, names: Mapping[int, str]) -> tuple[Offer, ...]:
        """Return the offers in their order."""
        chosen = self.chosen(arm, chance)
        return tuple(self._made(chosen, names))

    def chosen(self, arm: str | None, chance: Random) -> Chosen:
        """Return which of what may be offered is offered, by its place. What is not left to chance is ordered by exact priorities."""
        if arm is not None:
            limit, exploration = self._asked.limit, self._grounds.exploration
            return choose(self._priorities(), limit, exploration=exploration, arm=arm, chance=chance)
        places = self._best()
        return Chosen(tuple(places.tolist()), (_CERTAIN,) * len(places))

    def _best(self) -> Rows:
        """Return the best places. Rounding decides no order: what single precision cannot part is worked out in double."""
        limit, roughly = self._asked.limit, None
        if self._scorer is not None and self._customer is not None and self._grounds.standing.use_propensity:
            roughly = self._scorer.roughly(self._customer, self._singles())
        if roughly is None:
            return best(self._priorities(), limit)
        priorities, error = roughly
        near, is_certain = close_to_best(priorities.take(self._rows), limit, error)
        return near if is_certain else near[best(self._exact(near)[1], limit)]

    def _singles(self) -> Floats:
        """Return the weights of all launched products in single precision; what is not ranked may have any."""
        if self._at is self._rows:
            return self._weights.single
        single = np.zeros(self._grounds.compiled.size, np.float32)
        single[self._rows] = self._weights.single[self._at]
        return single

    def _priorities(self) -> Array:
        if self._scorer is None or self._customer is None or not self._grounds.standing.use_propensity:
            return self._weights.weight[self._at]
        return np.asarray(self._scorer.propensities(self._customer)[self._rows] * self._weights.weight[self._at])

    def _exact(self, places: Rows) -> tuple[Array, Array, Array]:
        """Return propensity, priority and score of these places in double precision."""
        if self._scorer is None or self._customer is None:
            at = self._at[places]
            return np.ones(len(places)), self._weights.weight[at], self._weights.value[at]
        propensity, score = self._scorer.exact(self._customer, self._rows[places])
        factor = propensity if self._grounds.standing.use_propensity else None
        return propensity, self._weights.of(self._at[places]).priorities(factor), score

    def _made(self, chosen: Chosen, names: Mapping[int, str]) -> Iterator[Offer]:
        places = np.array(chosen.places, np.int64)
        propensity, priority, score = self._exact(places)
        uncertainty, reasons = self._uncertainty(places), self._reasons(places, score, names)
        has_model, counts = self._scorer is not None, self._grounds.standing.use_propensity
        for index, place in enumerate(chosen.places):
            entry = self._grounds.compiled.entries[self._rows[place]]
            likely = float(propensity[index])
            yield Offer(
                product_id=entry.id,
                name=entry.card.name,
                rank=index + 1,
                priority=float(priority[index]),
                propensity=likely if has_model else None,
                probability=chosen.probabilities[index],
                value=worth_of(entry, self._grounds.base_currency),
                factors=self._factors(place, likely if has_model and counts else 1.0),
                score=float(score[index]),
                reasons=reasons[index],
                uncertainty=None if uncertainty is None else float(uncertainty[index]),
            )

    def _factors(self, place: int, propensity: float) -> Factors:
        weights, at = self._weights, self._at[place]
        return Factors(propensity, float(weights.context[at]), float(weights.value[at]), float(weights.levers[at]))

    def _uncertainty(self, places: Rows) -> NDArray[Any] | None:
        if self._scorer is None or self._customer is None or not len(places):
            return None
        return self._scorer.uncertainty(self._customer, self._rows[places])

    def _reasons(self, places: Rows, score: Array, names: Mapping[int, str]) -> Sequence[tuple[OfferReason, ...]]:
        if self._scorer is None or self._customer is None:
            return [value_reasons(float(one)) for one in score]
        if not len(places):
            return ()
        most, words = most_told(whole=self._asked.explain), self._grounds.named(owned_by(self._asked), names)
        return [told(parts, words) for parts in self._scorer.reasons(self._customer, self._rows[places].tolist(), most)]


def read(grounds: Grounds, asked: Asked) -> Reading:
    """Read a customer for the model in use; raise RuleError for one that it cannot read."""
    return Reading(None, {}) if grounds.scorer is None else Reading(*read_customer(grounds.scorer, asked))


def owned_by(asked: Asked) -> tuple[int, ...]:
    """Return the numbers of the products that the customer has, as far as they are told."""
    return () if asked.customer.owned is None else tuple(asked.customer.owned.ids)


def read_customer(scorer: Scorer, asked: Asked) -> tuple[Customer, Mapping[str, FeatureValue]]:
    """Return a customer as the model sees them, and their features, flat; raise RuleError for one that it cannot read."""
    features = customer_features(asked.features)
    try:
        return scorer.asked(features, owned_by(asked)), features
    except ValueError as error:
        name = str(error).partition(":")[0]
        raise RuleError({f"customer_features.{name}": Sentence("Use an ordinary number.")}) from None
