import numpy as np
import pytest

from catalog_app.recommendations.learning.aligned import Aligned
from catalog_app.recommendations.learning.artefact import digest, from_bytes, to_bytes
from catalog_app.recommendations.learning.features import Features
from catalog_app.recommendations.learning.fitting import ModelSettings, fit_model
from catalog_app.recommendations.learning.metrics import auc
from catalog_app.recommendations.learning.model import Model
from catalog_app.recommendations.learning.training_data import Impressions, TrainingData
from tests.recommendations.learning.worlds import FIRST_ID, holders, world

PRODUCTS = 8


def data_of(accepted: int, customers: int) -> TrainingData:
    """100 impressions of which so many were accepted, and so many holders."""
    data = world(100, PRODUCTS, seed=5).data
    crowd = holders(customers, PRODUCTS)
    shown = data.impressions
    answers = (np.arange(100) < accepted).astype(float)
    owned = [crowd[index].owned if customers else [] for index in range(100)]
    told = Impressions(
        shown.features, owned, shown.offer, answers, shown.at, np.arange(100) if customers else shown.customer
    )
    return TrainingData(data.product_ids, data.product_features, crowd, told)


@pytest.fixture(
    scope="module", params=[(60, 600), (20, 600), (20, 0), (0, 600)], ids=["full", "rates", "plain", "affinity"]
)
def model(request: pytest.FixtureRequest) -> Model:
    fitted = fit_model(data_of(*request.param))
    assert fitted is not None
    return fitted


@pytest.mark.parametrize(
    ("accepted", "customers", "basis"),
    [
        (50, 0, "full"),
        (49, 500, "accept_rate"),
        (10, 0, "accept_rate"),
        (9, 500, "affinity"),
        (9, 499, None),
        (90, 0, "full"),
        (91, 0, None),
        (100, 500, "affinity"),
    ],
)
def test_the_ladder_is_climbed_as_far_as_the_data_carry(accepted: int, customers: int, basis: str | None) -> None:
    fitted = fit_model(data_of(accepted, customers))
    assert (None if fitted is None else fitted.basis) == basis


def test_reasons_add_up_to_every_score_on_every_rung(model: Model) -> None:
    ids = [FIRST_ID + 3, 7, *range(FIRST_ID, FIRST_ID + PRODUCTS), 99]
    aligned = Aligned.of(model, ids, {99: {"size": 2.0}})
    asking: list[tuple[Features, list[int]]] = [
        ({"usage": 1.5, "kind": "hybrid"}, [FIRST_ID, FIRST_ID + 5, 99]),
        ({}, []),
    ]
    for features, owned in asking:
        asked = aligned.asked(features, owned)
        propensity, score = aligned.scores(asked)
        assert ((propensity > 0) & (propensity < 1)).all()
        places = np.arange(len(ids))
        np.testing.assert_allclose(aligned.scores_at(asked, places[::-1])[1], score[::-1], atol=1e-9)
        few = aligned.reasons_at(asked, places.tolist(), 2)
        for place in places.tolist():
            for reasons in (aligned.reasons(asked, place), few[place]):
                assert sum(reason.amount for reason in reasons) == pytest.approx(score[place], abs=1e-9)
            assert len(few[place]) <= 3


def test_one_customer_scores_as_among_many(model: Model) -> None:
    rows: list[tuple[Features, list[int]]] = [
        ({"usage": 0.3, "age": -1}, [FIRST_ID + 1]),
        ({"kind": "prepaid"}, []),
        ({"usage": 9}, [FIRST_ID, FIRST_ID + 2]),
    ]
    aligned = Aligned.of(model, model.products)
    single = [aligned.scores(aligned.asked(*row))[0] for row in rows]
    many = model.probabilities([row[0] for row in rows], [row[1] for row in rows])
    np.testing.assert_allclose(single, many, rtol=1e-9)


def test_a_model_survives_its_artefact_and_the_same_data_give_the_same_bytes(model: Model) -> None:
    content = to_bytes(model)
    again = from_bytes(content, digest(content))
    assert to_bytes(again) == content
    asked = ([{"usage": 1.0}], [[FIRST_ID]])
    assert again.probabilities(*asked).tobytes() == model.probabilities(*asked).tobytes()


def test_learning_twice_gives_the_same_bytes() -> None:
    data = data_of(60, 600)
    first, second = fit_model(data), fit_model(data)
    assert first is not None
    assert second is not None
    assert to_bytes(first) == to_bytes(second)


def test_a_model_like_a_checked_one_takes_its_settings_over() -> None:
    data, _, _ = world(3_000, 4, seed=2).split(0.9)
    checked = fit_model(data)
    assert checked is not None
    assert to_bytes(checked) == to_bytes(fit_model(data, like=checked))  # type: ignore[arg-type]


@pytest.mark.parametrize("different", [{"pairs": 1.0}, {"own": 1.0}, {}], ids=["pairs", "own", "alike"])
def test_a_stated_truth_is_found_again_and_predicted_without_bias(different: dict[str, float]) -> None:
    data, newer, truth = world(8_000, 20, seed=4, **different).split(0.75)
    fitted = fit_model(data)
    assert fitted is not None
    probability = fitted.probability_of(newer)
    assert auc(newer.accepted, probability) > auc(newer.accepted, truth) - 0.015
    assert abs(probability.mean() / truth.mean() - 1) < 0.05
    high = probability > np.quantile(probability, 0.9)
    assert abs(probability[high].mean() / truth[high].mean() - 1) < 0.1


def test_a_newcomer_is_ranked_by_its_features() -> None:
    fitted = fit_model(world(8_000, 30, seed=6, pairs=1.0).data)
    assert fitted is not None
    aligned = Aligned.of(fitted, [1, 2], {1: {"size": 2.0}, 2: {"size": -2.0}})
    heavy, light = (aligned.scores(aligned.asked({"usage": usage}, []))[0] for usage in (2.0, -2.0))
    assert heavy[0] > heavy[1]
    assert light[0] < light[1]
    uncertainty = aligned.uncertainty(aligned.asked({}, []), [0, 1])
    assert uncertainty is not None
    assert (uncertainty > 0).all()


def test_sure_answers_of_one_product_with_nothing_told_still_give_a_model() -> None:
    count = 200
    shown = Impressions(
        features=[{"constant": 1, "none": None, "huge": 1e300 * (-1) ** row} for row in range(count)],
        owned=[[]] * count,
        offer=np.full(count, FIRST_ID),
        accepted=(np.arange(count) % 2 == 0).astype(float),
        at=np.zeros(count),
        customer=np.full(count, -1),
    )
    fitted = fit_model(TrainingData(np.array([FIRST_ID]), [{}], [], shown), ModelSettings(full_acceptances=1))
    assert fitted is not None
    probability = fitted.probability_of(shown)
    assert np.isfinite(probability).all()
    assert auc(shown.accepted, probability) > 0.99
