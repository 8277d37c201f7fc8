"""Fitting the propensity: impressions with their outcomes in, the posterior of the hierarchical logit out."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .design import Array, Design, Integers, Layout
from .evidence import EXPECTED, Grouping, Variances, fit_with_evidence
from .newton import Coefficients, Mode, find_mode
from .propensity import Propensity
from .screening import screened

LEVEL_VARIANCE = 100.0
AFFINITY_VARIANCE = 25.0
PLAIN_VARIANCE = 1.0
ROUGH = 1e-6
"""Where nothing is estimated beside the coefficients (settings are compared that way), this is near enough."""
HALF = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """n impressions: `customers` (n x d) around 0, `offer` (n,) rows of the products, `accepted` (n,) 0 or 1.

    `at` (n,) in seconds orders them; `affinity` (n,) is that of the customer for the product shown. `groups` (d,) names
    the feature of each customer column: columns of one name share a prior variance.
    """

    customers: NDArray[np.floating]
    offer: Integers
    accepted: Array
    at: Array
    affinity: Array | None = None
    groups: tuple[str, ...] = ()

    def take(self, rows: Integers) -> "History":
        affinity = None if self.affinity is None else self.affinity[rows]
        return History(
            self.customers[rows], self.offer[rows], self.accepted[rows], self.at[rows], affinity, self.groups
        )


@dataclass(frozen=True, slots=True)
class PropensitySettings:
    """`half_life`: so many newer impressions halve the weight of one; None: all weigh the same.

    `personal`: look for slopes of products' own and customer x product pairs. `variance`: the prior variance of
    features; None: estimated, one for each. Those of what is a product's own and of pairs always are, if `personal`. `product_groups` names the feature of each product column.
    """

    half_life: float | None = None
    personal: bool = True
    variance: float | None = None
    product_groups: tuple[str, ...] = field(default=())


def fit_propensity(history: History, products: Array, *, settings: PropensitySettings | None = None) -> Propensity:
    """Fit to impressions of products with these features (P x e); the same data give the same bytes.

    Costs some 20 passes over the impressions, n (d + e)^2 operations each. Raises ValueError if there is no impression,
    shapes do not match, or a number is not finite.
    """
    settings = settings or PropensitySettings()
    _check(history, products)
    mapped, scale = _affinity(history.affinity)
    design = Design.of(
        customers=history.customers,
        offer=history.offer,
        accepted=history.accepted,
        weight=recency_weights(history.at, settings.half_life),
        affinity=mapped,
        products=products,
    )
    fitted, mode, variances = _fitted(design, history.groups, settings)
    return Propensity(
        layout=fitted.layout,
        affinity_scale=scale,
        members=fitted.members,
        products=products,
        shared=mode.coefficients.shared,
        own=mode.coefficients.own,
        own_inverse=mode.curvature.own_inverse,
        coupling=mode.curvature.coupling,
        shared_inverse=mode.curvature.shared_inverse,
        own_variances=variances.own,
    )


def recency_weights(at: Array, half_life: float | None) -> Array:
    """1 for the newest impression, half as much for one that `half_life` impressions are newer than; ties alike."""
    if half_life is None:
        return np.ones(len(at))
    newer = len(at) - np.searchsorted(np.sort(at), at, side="right")
    weights: Array = HALF ** (newer / half_life)
    return weights


def _fitted(design: Design, groups: tuple[str, ...], settings: PropensitySettings) -> tuple[Design, Mode, Variances]:
    if settings.personal:
        plain = find_mode(design, _start(design, groups, settings).precision, Coefficients.zeros(design), steps=6)
        design = screened(design, plain.coefficients)
    if settings.personal or settings.variance is None:
        mode, variances = fit_with_evidence(design, _grouping(design.layout, groups, settings))
        return design, mode, variances
    variances = _start(design, groups, settings)
    return design, find_mode(design, variances.precision, Coefficients.zeros(design), tolerance=ROUGH), variances


def _start(design: Design, groups: tuple[str, ...], settings: PropensitySettings) -> Variances:
    return _grouping(design.layout, groups, settings).start(len(design.layout.own), settings.variance or PLAIN_VARIANCE)


def _grouping(layout: Layout, groups: tuple[str, ...], settings: PropensitySettings) -> Grouping:
    """One group per customer feature, per product feature, and one for all pairs."""
    named = [("customer", name) for name in groups or map(str, range(layout.customer))]
    named += [("product", name) for name in settings.product_groups or map(str, range(layout.product))]
    index = {name: place for place, name in enumerate(dict.fromkeys(named))}
    shared = np.full(layout.width, -1)
    fixed = np.full(layout.width, EXPECTED)
    if settings.variance is None:
        shared[1 : 1 + len(named)] = [index[name] for name in named]
    else:
        fixed[1 : 1 + len(named)] = settings.variance
    shared[layout.paired] = len(index)
    fixed[0] = LEVEL_VARIANCE
    if layout.affinity:
        fixed[layout.affinity_column] = AFFINITY_VARIANCE
    return Grouping(shared, fixed)


def _affinity(affinity: Array | None) -> tuple[Array | None, float]:
    """h(affinity) and its scale; see propensity.Weights."""
    if affinity is None:
        return None, 1.0
    liked = np.maximum(affinity, 0)
    scale = float(liked.mean()) or 1.0
    return np.log(1 + liked / scale), scale


def _check(history: History, products: Array) -> None:
    count = len(history.offer)
    if count == 0:
        raise ValueError("a propensity is fitted to at least one impression")
    if not (len(history.customers) == len(history.accepted) == len(history.at) == count):
        raise ValueError("customers, offers, outcomes and times of impressions differ in number")
    if history.offer.min() < 0 or history.offer.max() >= len(products):
        raise ValueError(f"an offer lies outside 0..{len(products) - 1}")
    told = (history.customers, products, history.accepted, history.at, history.affinity)
    if not all(np.isfinite(each).all() for each in told if each is not None):
        raise ValueError("a feature, an outcome, a time or an affinity is NaN or infinite")
