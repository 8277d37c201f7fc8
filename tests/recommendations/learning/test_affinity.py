"""The affinity is the regression it claims to be, splits into reasons, and takes any data that can occur."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from catalog_app.recommendations.learning import affinity as module
from catalog_app.recommendations.learning.affinity import Affinity, AffinitySettings, fit_affinity
from catalog_app.recommendations.learning.holdings import Floats, Holdings

CUSTOMERS, PRODUCTS, FEATURES = 300, 12, 5
SETTINGS = AffinitySettings(ridge=2.0, dropout=0.25, feature_weight=0.5)

Data = tuple[Floats, Floats]


def _customers(seed: int, customers: int = CUSTOMERS) -> Data:
    """Holdings that depend on features and on each other: product 1 mostly comes with product 0."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(customers, FEATURES))
    drawn = rng.normal(size=(customers, PRODUCTS)) + features @ rng.normal(size=(FEATURES, PRODUCTS)) * 0.5
    holdings = (drawn > 1).astype(float)
    holdings[:, 1] = np.where(rng.random(customers) < 0.8, holdings[:, 0], holdings[:, 1])
    return holdings, features


@pytest.fixture(scope="module")
def data() -> Data:
    return _customers(5)


@pytest.fixture(scope="module")
def affinity(data: Data) -> Affinity:
    return fit_affinity(*data, settings=SETTINGS)


def _regression(data: Data, product: int, chosen: AffinitySettings) -> Floats:
    """Ridge regression of one product on all else, solved on its own: the definition, with the diagonal left out."""
    holdings, features = data
    scaled = (features - features.mean(0)) / features.std(0) * chosen.feature_weight
    inputs = np.hstack([holdings, scaled, np.ones((len(holdings), 1))])
    others = np.delete(np.arange(inputs.shape[1]), product)
    gram = inputs[:, others].T @ inputs[:, others]
    penalty = chosen.ridge + chosen.dropout / (1 - chosen.dropout) * np.diag(gram)
    solution = np.zeros(inputs.shape[1])
    solution[others] = np.linalg.solve(gram + np.diag(penalty), inputs[:, others].T @ holdings[:, product])
    return inputs @ solution


@settings(max_examples=15)
@given(
    seed=st.integers(0, 10_000),
    ridge=st.floats(0.1, 100),
    dropout=st.floats(0, 0.9),
    feature_weight=st.floats(0.01, 2),
)
def test_every_score_is_the_ridge_regression_of_the_product_on_all_else(
    seed: int, ridge: float, dropout: float, feature_weight: float
) -> None:
    data, chosen = _customers(seed, 60), AffinitySettings(ridge, dropout, feature_weight)
    scores = fit_affinity(*data, settings=chosen).scores(*data)
    expected = np.column_stack([_regression(data, product, chosen) for product in range(PRODUCTS)])
    assert np.allclose(scores, expected, rtol=0, atol=1e-9)


def test_the_reasons_of_every_score_add_up_to_it(data: Data, affinity: Affinity) -> None:
    holdings, features = data
    scores = affinity.scores(holdings, features)
    for customer in range(0, CUSTOMERS, 10):
        held = np.flatnonzero(holdings[customer])
        for product in range(PRODUCTS):
            reasons = affinity.reasons(held, features[customer], product)
            assert abs(sum(reason.amount for reason in reasons) - scores[customer, product]) < 1e-9


def test_reasons_name_what_counts_most_first_and_never_the_product_itself(data: Data, affinity: Affinity) -> None:
    constant, *others = affinity.reasons([0, 1, 4], data[1][0], 1)
    assert constant.kind == "constant"
    assert (others[0].kind, others[0].index) == ("holds", 0)
    assert {reason.index for reason in others if reason.kind == "holds"} == {0, 4}
    amounts = [abs(reason.amount) for reason in others]
    assert amounts == sorted(amounts, reverse=True)


def test_a_feature_at_its_mean_is_no_reason(data: Data, affinity: Affinity) -> None:
    kinds = {reason.kind for reason in affinity.reasons([0], data[1].mean(0), 1)}
    assert kinds == {"constant", "holds"}
    assert np.array_equal(affinity.scores_of([0], data[1].mean(0)), affinity.scores_of([0]))


@pytest.mark.parametrize("store", [np.asarray, Holdings.from_dense], ids=["matrix", "sparse rows"])
def test_one_customer_scores_as_in_the_batch(
    data: Data, affinity: Affinity, store: Callable[[Floats], Floats | Holdings]
) -> None:
    holdings, features = data
    scores = affinity.scores(store(holdings), features)
    for customer in range(CUSTOMERS):
        alone = affinity.scores_of(np.flatnonzero(holdings[customer]), features[customer])
        assert np.allclose(alone, scores[customer], rtol=0, atol=1e-12)


def test_the_same_data_give_the_same_bytes_and_a_stored_affinity_is_the_same(data: Data, affinity: Affinity) -> None:
    arrays, facts = affinity.state()
    again, _ = fit_affinity(Holdings.from_dense(data[0]), data[1].copy(), settings=SETTINGS).state()
    assert {name: array.tobytes() for name, array in arrays.items()} == {
        name: array.tobytes() for name, array in again.items()
    }
    read = Affinity.from_state(arrays, json.loads(json.dumps(facts)))
    assert read.settings == SETTINGS
    assert np.array_equal(read.propensity(read.scores(*data)), affinity.propensity(affinity.scores(*data)))


FIT_AND_DIGEST = """
import catalog_app.recommendations, hashlib
import numpy as np
from catalog_app.recommendations.learning.affinity import fit_affinity
rng = np.random.default_rng(0)
arrays, _ = fit_affinity((rng.random((2000, 150)) < 0.1) * 1.0, rng.normal(size=(2000, 40))).state()
print(hashlib.sha256(b"".join(array.tobytes() for array in arrays.values())).hexdigest())
"""


def test_the_processors_of_a_machine_do_not_change_a_byte() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", FIT_AND_DIGEST],
            cwd=Path(__file__).parents[3],
            env={**_environment(), "OMP_NUM_THREADS": threads},
            check=True,
            capture_output=True,
        ).stdout
        for threads in ("1", "2")
    }
    assert len(digests) == 1


def _environment() -> dict[str, str]:
    """What this process was started with, but for what says how many threads numpy takes."""
    return {name: value for name, value in os.environ.items() if not name.endswith("NUM_THREADS")}


def test_the_units_of_a_feature_do_not_change_a_score(data: Data, affinity: Affinity) -> None:
    holdings, features = data
    moved = features * np.array([1e-3, 1e6, 1, 1e-9, -1]) + np.array([1e3, 0, -5, 0, 1e-3])
    scores = fit_affinity(holdings, moved, settings=SETTINGS).scores(holdings, moved)
    assert np.allclose(scores, affinity.scores(holdings, features), rtol=0, atol=1e-6)


def test_a_product_that_nobody_holds_scores_nothing_and_changes_nothing(data: Data, affinity: Affinity) -> None:
    holdings, features = data
    wider = np.insert(holdings, 3, 0, axis=1)
    fitted = fit_affinity(wider, features, settings=SETTINGS)
    scores = fitted.scores(wider, features)
    assert not scores[:, 3].any()
    assert np.allclose(np.delete(scores, 3, axis=1), affinity.scores(holdings, features), rtol=0, atol=1e-9)
    assert fitted.similar_to(3, 5) == []


@pytest.mark.parametrize(
    ("holdings", "features"),
    [
        (np.zeros((4, 3)), None),
        (np.ones((4, 3)), None),
        (np.array([[1.0, 0.0]]), np.array([[4.0]])),
        (np.eye(3)[[0, 0, 1, 1]], np.full((4, 2), 1e12)),
        (np.zeros((4, 0)), np.ones((4, 1))),
        (np.eye(3), np.repeat([[1.0], [2.0], [3.0]], 2, axis=1)),
    ],
    ids=["nobody holds anything", "all hold all", "one customer", "twins, constant features", "no products", "equal"],
)
def test_poor_data_give_finite_scores(holdings: Floats, features: Floats | None) -> None:
    fitted = fit_affinity(holdings, features)
    scores = fitted.scores(holdings, features)
    assert scores.shape == holdings.shape
    assert np.isfinite(scores).all()
    assert ((fitted.propensity(scores) > 0) & (fitted.propensity(scores) < 1)).all()


def test_holding_a_product_twice_is_holding_it(affinity: Affinity) -> None:
    assert np.array_equal(affinity.scores_of([4, 0, 4]), affinity.scores_of([0, 4]))


def test_beyond_the_limit_the_most_held_products_explain_each_other_and_others_score_their_share(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_PRODUCTS", 3)
    holdings = np.zeros((100, 5))
    for product, holders in enumerate([50, 5, 40, 0, 30]):
        holdings[:holders, product] = 1
    fitted = fit_affinity(holdings, settings=SETTINGS)
    assert fitted.members.tolist() == [0, 2, 4]
    scores = fitted.scores(holdings)
    assert np.allclose(scores[:, 1], 5 / (100 * 4 / 3 + 2))
    assert not scores[:, 3].any()
    assert np.allclose(scores[7], fitted.scores_of(np.flatnonzero(holdings[7])), rtol=0, atol=1e-12)
    for product in range(5):
        assert sum(part.amount for part in fitted.reasons([0, 1, 4], None, product)) == pytest.approx(
            fitted.scores_of([0, 1, 4])[product], abs=1e-12
        )
    assert [product for product, _ in fitted.similar_to(0, 5)] == [2, 4]
    assert fitted.similar_to(1, 5) == []


def test_products_that_come_together_are_similar_both_ways(affinity: Affinity) -> None:
    (nearest, there), *_ = affinity.similar_to(0, 3)
    (back_to, back), *_ = affinity.similar_to(1, 3)
    assert (nearest, back_to) == (1, 0)
    assert there == pytest.approx(back, abs=1e-12)
    assert 0.5 < there <= 1


def test_similar_products_stop_at_the_limit_and_before_what_is_not_similar(affinity: Affinity) -> None:
    everything = affinity.similar_to(0, PRODUCTS)
    assert everything[:2] == affinity.similar_to(0, 2)
    assert all(similarity > 0 and product != 0 for product, similarity in everything)


def test_propensities_of_customers_not_seen_before_match_what_they_hold() -> None:
    holdings, features = _customers(8, 8_000)
    fitted = fit_affinity(holdings[::2], features[::2], settings=SETTINGS)
    propensity = fitted.propensity(fitted.scores(holdings[1::2], features[1::2]))
    likely = propensity > np.quantile(propensity, 0.9)
    assert propensity.mean() == pytest.approx(holdings[1::2].mean(), rel=0.03)
    assert propensity[likely].mean() == pytest.approx(holdings[1::2][likely].mean(), rel=0.05)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e200])
def test_a_feature_that_is_no_usable_number_is_refused(data: Data, affinity: Affinity, value: float) -> None:
    holdings, features = data
    spoilt = features.copy()
    spoilt[7, 2] = value
    with pytest.raises(ValueError, match="column 2"):
        fit_affinity(holdings, spoilt)
    if not np.isfinite(value):
        with pytest.raises(ValueError, match="NaN or infinite"):
            affinity.scores(holdings, spoilt)
        with pytest.raises(ValueError, match="NaN or infinite"):
            affinity.scores_of([0], spoilt[7])


@pytest.mark.parametrize("wrong", [{"ridge": 0.0}, {"dropout": 1.0}, {"feature_weight": -1.0}, {"ridge": float("nan")}])
def test_settings_that_hold_nothing_back_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="ridge and feature weight"):
        AffinitySettings(**wrong)


def test_shapes_that_do_not_fit_are_refused(data: Data, affinity: Affinity) -> None:
    holdings, features = data
    refused: list[tuple[str, Callable[[], NDArray[np.float64] | Affinity]]] = [
        ("at least one customer", lambda: fit_affinity(holdings[:0])),
        ("300 customers", lambda: fit_affinity(holdings, features[1:])),
        ("11 products", lambda: affinity.scores(holdings[:, 1:])),
        ("shape", lambda: affinity.scores(holdings, features[:, 1:])),
        ("shape", lambda: affinity.scores_of([0], features[0, 1:])),
        (r"outside 0\.\.11", lambda: affinity.scores_of([12])),
        (r"outside 0\.\.11", lambda: affinity.scores_of([-1])),
    ]
    for message, call in refused:
        with pytest.raises(ValueError, match=message):
            call()
