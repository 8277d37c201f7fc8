"""Settings are chosen by what ranks hidden holdings well, and the same way every time."""

from collections.abc import Iterator

import numpy as np
import pytest

from catalog_app.recommendations.learning import affinity_choice as module
from catalog_app.recommendations.learning.affinity import AffinitySettings, fit_affinity
from catalog_app.recommendations.learning.affinity_choice import AffinityGrid, choose_affinity
from catalog_app.recommendations.learning.holdings import Floats, Holdings

PRODUCTS, FEATURES = 10, 4


def _driven_by_features(customers: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(11)
    features = rng.normal(size=(customers, FEATURES))
    likely = 1 / (1 + np.exp(2 - 2 * features @ rng.normal(size=(FEATURES, PRODUCTS))))
    return (rng.random((customers, PRODUCTS)) < likely).astype(float), features


def _mean_rank(chosen: AffinitySettings, trained: tuple[Floats, Floats], tested: tuple[Floats, Floats]) -> float:
    return float(np.mean(list(_ranks(chosen, trained, tested))))


def _ranks(chosen: AffinitySettings, trained: tuple[Floats, Floats], tested: tuple[Floats, Floats]) -> Iterator[int]:
    """The rank of each holding of the tested customers when it alone is hidden."""
    fitted = fit_affinity(*trained, settings=chosen)
    for row, features in zip(*tested, strict=True):
        held = np.flatnonzero(row)
        for hidden in held:
            scores = fitted.scores_of(held[held != hidden], features)
            yield int((scores[np.append(np.flatnonzero(row == 0), hidden)] >= scores[hidden]).sum())


def test_chosen_settings_rank_hidden_holdings_of_new_customers_better_than_the_worst() -> None:
    holdings, features = _driven_by_features(900)
    trained, tested = (holdings[:600], features[:600]), (holdings[600:], features[600:])
    chosen = choose_affinity(*trained)
    worst = AffinitySettings(ridge=100.0, dropout=0.5, feature_weight=0.01)
    assert chosen.feature_weight >= 0.3
    assert _mean_rank(chosen, trained, tested) < 0.97 * _mean_rank(worst, trained, tested)


def test_the_same_data_and_seed_choose_the_same_settings() -> None:
    holdings, features = _driven_by_features(200)
    assert choose_affinity(holdings, features, seed=3) == choose_affinity(
        Holdings.from_dense(holdings), features.copy(), seed=3
    )


def test_customers_with_one_product_each_leave_the_defaults() -> None:
    assert choose_affinity(np.eye(5)[[0, 1, 2, 3, 4, 0, 1]]) == AffinitySettings()


def test_without_features_their_weight_is_not_searched_for() -> None:
    holdings, _ = _driven_by_features(200)
    assert choose_affinity(holdings).feature_weight == AffinitySettings().feature_weight


def test_equally_good_settings_give_the_one_named_first() -> None:
    grid = AffinityGrid(dropout=(0.3,), ridge=(10.0,), feature_weight=(0.5, 0.1))
    holdings, _ = _driven_by_features(50)
    constant = np.ones((50, 1))
    assert choose_affinity(holdings, constant, grid=grid).feature_weight == AffinitySettings().feature_weight


def test_a_fold_never_learns_from_the_customers_it_is_tested_on() -> None:
    holdings, features = _driven_by_features(100)
    folds = module._folds(Holdings.from_dense(holdings), features, np.random.default_rng(0))
    assert sum(100 - fold.gram.customers for fold in folds) == 100
    for fold in folds:
        assert fold.shown.customers == len(fold.hidden) == len(fold.features)
        assert not fold.shown.dense()[np.arange(len(fold.hidden)), fold.hidden].any()


def test_enough_hidden_holdings_end_the_search_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ENOUGH_HIDDEN", 30)
    holdings, features = _driven_by_features(200)
    folds = module._folds(Holdings.from_dense(holdings), features, np.random.default_rng(0))
    assert sum(len(fold.hidden) for fold in folds) == 30
