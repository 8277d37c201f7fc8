import numpy as np
import pytest

from catalog_app.recommendations.learning.design import Array
from catalog_app.recommendations.learning.newton import sigmoid
from catalog_app.recommendations.learning.propensity import Propensity
from catalog_app.recommendations.learning.propensity_fit import (
    History,
    PropensitySettings,
    fit_propensity,
    recency_weights,
)
from catalog_app.recommendations.learning.screening import PLENTY

CUSTOMERS, PRODUCTS = 2_000, 6
Fitted = tuple[Propensity, Array, Array]


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    """Products of which the last was never shown; the first feature pulls each product its own way."""
    rng = np.random.default_rng(1)
    customers, products = rng.normal(size=(CUSTOMERS, 4)), rng.normal(size=(PRODUCTS, 2))
    offer, affinity = rng.integers(0, PRODUCTS - 1, CUSTOMERS), rng.random(CUSTOMERS) - 0.1
    slope = np.array([1.5, -1.5, 1.0, -1.0, 0.5, 0.0])
    logit = -1 + customers[:, 0] * slope[offer] + customers[:, 1] * products[offer, 0] + 2 * affinity
    accepted = (rng.random(CUSTOMERS) < sigmoid(logit)).astype(float)
    history = History(customers, offer, accepted, np.arange(CUSTOMERS, dtype=float), affinity)
    return fit_propensity(history, products), customers[:5], rng.random((5, PRODUCTS))


def test_products_get_slopes_of_their_own_and_pairs_where_the_data_speak_for_them(fitted: Fitted) -> None:
    layout = fitted[0].layout
    assert 1 in layout.own
    assert [1, 0] in layout.pairs.tolist()


@pytest.mark.parametrize(("count", "own"), [(PLENTY * 2 * 3, [0, 1, 2, 3]), (PLENTY * 2 * 3 - 1, [0])])
def test_with_plenty_for_each_of_them_all_slopes_are_products_own(count: int, own: list[int]) -> None:
    rng = np.random.default_rng(3)
    customers, offer = rng.normal(size=(count, 3)), np.arange(count) % 2
    accepted = (rng.random(count) < sigmoid(customers[:, 0])).astype(float)

    propensity = fit_propensity(History(customers, offer, accepted, np.arange(count, dtype=float)), np.zeros((2, 0)))

    assert propensity.layout.own.tolist() == own


def test_reasons_add_up_to_the_logit(fitted: Fitted) -> None:
    propensity, customers, affinity = fitted
    logits = propensity.logits(customers, affinity)
    for row in range(len(customers)):
        for product in range(PRODUCTS):
            reasons = propensity.reasons(customers[row], affinity[row, product], product)
            assert sum(reason.amount for reason in reasons) == pytest.approx(logits[row, product], abs=1e-9)


def test_a_product_never_shown_is_as_uncertain_and_as_likely_as_the_same_one_told_later(fitted: Fitted) -> None:
    propensity, customers, affinity = fitted
    last = PRODUCTS - 1
    newcomer = propensity.newcomer(propensity.products[last])
    later = propensity.newcomer_reasons(customers[0], affinity[0, last], newcomer)
    assert sum(part.amount for part in later) == pytest.approx(
        propensity.logits(customers, affinity)[0, last], abs=1e-9
    )
    uncertainty = propensity.uncertainty(customers[0], affinity[0])
    assert uncertainty[last] == pytest.approx(propensity.uncertainty_of(customers[0], newcomer, affinity[0, last]))
    assert uncertainty[last] > uncertainty[:last].max()


def test_a_propensity_comes_back_from_its_state_as_it_was(fitted: Fitted) -> None:
    propensity, customers, affinity = fitted
    again = Propensity.from_state(*propensity.state())
    assert again.logits(customers, affinity).tobytes() == propensity.logits(customers, affinity).tobytes()
    assert (
        again.uncertainty(customers[0], affinity[0]).tobytes()
        == propensity.uncertainty(customers[0], affinity[0]).tobytes()
    )


def test_the_uncertainty_is_that_of_the_posterior_integrated_over_a_grid() -> None:
    """One product, one feature: the level and the weight are all there is beside a level of its own, held at 0."""
    rng = np.random.default_rng(2)
    customers = rng.normal(size=(400, 1))
    accepted = (rng.random(400) < sigmoid(0.5 * customers[:, 0] - 0.5)).astype(float)
    history = History(customers, np.zeros(400, int), accepted, np.arange(400.0))
    settings = PropensitySettings(personal=False, variance=0.5)
    propensity = fit_propensity(history, np.zeros((1, 0)), settings=settings)
    # The product's own level has the same prior as a feature, and adds to the constant: one level of both variances.
    level, weight = np.meshgrid(np.linspace(-1.5, 0.7, 221), np.linspace(-0.4, 1.5, 191), indexing="ij")
    log_posterior = -0.5 * level**2 / (100 + 0.5) - 0.5 * weight**2 / 0.5
    for each, outcome in zip(customers[:, 0], accepted, strict=True):
        eta = level + weight * each
        log_posterior += outcome * eta - np.logaddexp(0, eta)
    mass = np.exp(log_posterior - log_posterior.max())
    mass /= mass.sum()
    for at in (-1.0, 0.0, 2.0):
        logit = level + weight * at
        mean = (mass * logit).sum()
        spread = np.sqrt((mass * (logit - mean) ** 2).sum())
        assert propensity.logits(np.array([[at]]))[0, 0] == pytest.approx(mean, abs=0.02)
        assert propensity.uncertainty(np.array([at]))[0] == pytest.approx(spread, rel=0.03)


def test_an_impression_weighs_half_when_a_half_life_of_newer_ones_has_come() -> None:
    assert recency_weights(np.array([5.0, 1.0, 3.0, 5.0]), 2.0).tolist() == [1.0, 0.5**1.5, 0.5, 1.0]


@pytest.mark.parametrize(
    ("customers", "offer", "complaint"),
    [(np.zeros((0, 1)), [], "at least one"), (np.array([[np.nan]]), [0], "NaN"), (np.zeros((1, 1)), [1], "outside")],
)
def test_a_history_that_cannot_be_learned_from_is_refused(customers: Array, offer: list[int], complaint: str) -> None:
    count = len(offer)
    history = History(customers, np.array(offer, int), np.zeros(count), np.zeros(count))
    with pytest.raises(ValueError, match=complaint):
        fit_propensity(history, np.zeros((1, 0)))
