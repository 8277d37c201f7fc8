"""Learning a model from everything known: as far up the ladder as the data carry."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from .affinity import Affinity, AffinitySettings, fit_affinity
from .affinity_choice import choose_affinity
from .design import Array, Integers
from .held import HeldColumns
from .holdings import Holdings
from .maps import Choice, Told, choose
from .model import Model
from .propensity import Propensity
from .propensity_fit import History, PropensitySettings, fit_propensity
from .rates import Rates
from .space import FeatureSpace
from .training_data import Customer, Impressions, TrainingData, holdings_of

MOST_IMPRESSIONS = 300_000
"""The newest so many are learned from; a row of 150 columns takes 1.2 kB while fitting."""
MOST_CUSTOMERS = 200_000
"""Customers that an affinity is fitted to, spread evenly over those known."""
FEWEST_PRODUCTS = 2
"""Products that share a category before it says anything about one of them."""
MOST_USUAL = 2_000_000
"""Affinities that tell what is usual for a product."""
FOLDS = 5


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """The ladder: customers with holdings for an affinity, acceptances for rates and for the full model.

    As many as for rates have to be not accepted: told only what was accepted, a model promises everything to everybody.
    """

    affinity_customers: int = 500
    rate_acceptances: int = 10
    full_acceptances: int = 50
    seed: int = 0


def fit_model(data: TrainingData, settings: ModelSettings | None = None, *, like: Model | None = None) -> Model | None:
    """Learn a model; None if there is not even enough for an affinity. The same data give the same bytes.

    Settings are chosen on parts of the data held back, or taken over from `like`, as far as that one chose any: the model
    that serves then has the settings of the one that was checked, and choosing, most of the work, is done once. Raises ValueError, naming the feature, for NaN or infinity.
    """
    settings = settings or ModelSettings()
    shown = _newest(data.impressions)
    accepted = int(shown.accepted.sum())
    # Told apart they have to be: without offers that were not accepted, acceptances count for nothing.
    if len(shown) - accepted < settings.rate_acceptances:
        accepted = 0
    rows = _spread(len(data.customers), MOST_CUSTOMERS)
    customers = [data.customers[row] for row in rows]
    shown = replace(shown, customer=_places(rows, shown.customer))
    held = holdings_of([customer.owned for customer in customers], data.product_ids)
    has_affinity = _tell_of_each_other(held) and int((held.lengths > 0).sum()) >= settings.affinity_customers
    if accepted < settings.rate_acceptances and not has_affinity:
        return None
    full = accepted >= settings.full_acceptances
    learning = _Learning.of(data, shown, held, customers, choosing=full, like=like)
    crowd = learning.crowd(settings.seed, like) if has_affinity else None
    affinity = crowd.fit() if crowd else None
    propensity = learning.propensity(crowd) if full else None
    rates = learning.rates(affinity) if accepted >= settings.rate_acceptances else None
    return Model(
        products=data.product_ids,
        customer_space=learning.space,
        product_space=learning.product_space,
        held=learning.held,
        affinity=affinity,
        propensity=propensity,
        rates=rates,
        facts=learning.facts(affinity),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Crowd:
    """The customers an affinity is fitted to, with the settings chosen for it."""

    holdings: Holdings
    rows: Array
    settings: AffinitySettings

    def fit(self) -> Affinity:
        return fit_affinity(self.holdings, self.rows, settings=self.settings)

    def without(self, customers: Integers) -> Affinity:
        kept = np.setdiff1d(np.arange(self.holdings.customers), customers)
        return fit_affinity(self.holdings.take(kept), self.rows[kept], settings=self.settings)


@dataclass(frozen=True, slots=True, eq=False)
class _Learning:
    """What the parts of a model are fitted to, encoded."""

    data: TrainingData
    shown: Impressions
    offer: Integers
    owned: Holdings
    customers: list[Customer]
    customers_owned: Holdings
    space: FeatureSpace
    product_space: FeatureSpace
    held: HeldColumns
    choice: Choice

    @classmethod
    def of(
        cls,
        data: TrainingData,
        shown: Impressions,
        held: Holdings,
        customers: list[Customer],
        *,
        choosing: bool,
        like: Model | None,
    ) -> "_Learning":
        owned = holdings_of(shown.owned, data.product_ids)
        offer = np.searchsorted(data.product_ids, shown.offer)
        product_space = FeatureSpace.fit(data.product_features, fewest=FEWEST_PRODUCTS)
        held_columns = HeldColumns.fit(owned)
        choice = Choice({}, PropensitySettings(product_groups=product_space.groups), None)
        if like is not None and like.propensity is not None:
            choice = _chosen(like, choice)
        elif choosing:
            products = product_space.encode(data.product_features)
            told = Told(shown.features, held_columns.encode(owned), offer, shown.accepted, products)
            choice = choose(told, choice.settings)
        features = shown.features if len(shown) else [customer.features for customer in customers]
        space = FeatureSpace.fit(features, maps=choice.maps)
        return cls(data, shown, offer, owned, customers, held, space, product_space, held_columns, choice)

    def crowd(self, seed: int, like: Model | None) -> _Crowd:
        rows = self.space.encode([customer.features for customer in self.customers])
        if like is not None and like.affinity is not None:
            return _Crowd(self.customers_owned, rows, like.affinity.settings)
        return _Crowd(self.customers_owned, rows, choose_affinity(self.customers_owned, rows, seed=seed))

    def propensity(self, crowd: _Crowd | None) -> Propensity:
        rows = self.space.encode(self.shown.features)
        history = History(
            np.hstack([rows, self.held.encode(self.owned)]),
            self.offer,
            self.shown.accepted,
            self.shown.at,
            None if crowd is None else self._affinity(crowd, rows),
            (*self.space.groups, *["held"] * self.held.width),
        )
        products = self.product_space.encode(self.data.product_features)
        return fit_propensity(history, products, settings=self.choice.settings)

    def rates(self, affinity: Affinity | None) -> Rates:
        rates = Rates.fit(self.offer, self.shown.accepted, len(self.data.product_ids))
        if affinity is None:
            return rates
        rows = _spread(len(self.shown), MOST_USUAL // max(1, len(self.data.product_ids)) + 1)
        features = self.space.encode([self.shown.features[row] for row in rows])
        return rates.beside(affinity, self.owned.take(rows), features)

    def facts(self, affinity: Affinity | None) -> dict[str, Any]:
        return {
            "impressions": len(self.shown),
            "acceptances": int(self.shown.accepted.sum()),
            "customers": len(self.customers),
            "first_at": float(self.shown.at.min()) if len(self.shown) else None,
            "last_at": float(self.shown.at.max()) if len(self.shown) else None,
            "maps": self.space.maps,
            "variance": self.choice.settings.variance,
            "half_life": self.choice.settings.half_life,
            "validation_log_loss": self.choice.loss,
            "affinity": None if affinity is None else asdict(affinity.settings),
        }

    def _affinity(self, crowd: _Crowd, rows: Array) -> Array:
        """The affinity of each impression's customer for its product, from a fit without that customer."""
        fold = np.where(self.shown.customer >= 0, self.shown.customer % FOLDS, 0)
        scores = np.empty(len(self.shown))
        for number in range(FOLDS):
            inside = np.flatnonzero(fold == number)
            if inside.size:
                fitted = crowd.without(np.arange(number, crowd.holdings.customers, FOLDS))
                scores[inside] = _scores(fitted, self.owned.take(inside), rows[inside], self.offer[inside])
        return scores


def _chosen(like: Model, choice: Choice) -> Choice:
    """What a full model chose."""
    facts = like.facts
    settings = replace(choice.settings, variance=facts["variance"], half_life=facts["half_life"])
    return Choice(facts["maps"], settings, facts["validation_log_loss"])


def _scores(affinity: Affinity, held: Holdings, rows: Array, offer: Integers) -> Array:
    """The affinity of each customer for one product."""
    scores = np.empty(len(offer))
    for part, block in held.blocks(held.products):
        scores[part] = affinity.scores(block, rows[part])[np.arange(block.customers), offer[part]]
    return scores


def _newest(impressions: Impressions) -> Impressions:
    """The newest impressions, oldest first; of one moment in the order they came."""
    return impressions.take(np.argsort(impressions.at, kind="stable")[-MOST_IMPRESSIONS:])


def _tell_of_each_other(held: Holdings) -> bool:
    """Whether at least two products are held: one alone has nothing to go with."""
    return int((held.counts() > 0).sum()) > 1


def _spread(count: int, most: int) -> Integers:
    """Up to `most` of `count` rows, evenly."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.int64))


def _places(kept: Integers, rows: Integers) -> Integers:
    """Where each row stands among those kept (ascending), -1 for one that does not."""
    if not len(kept):
        return np.full(len(rows), -1)
    place = np.minimum(np.searchsorted(kept, rows), len(kept) - 1)
    return np.where(kept[place] == rows, place, -1)
