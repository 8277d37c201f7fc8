import numpy as np

from catalog_app.recommendations.learning.design import Array
from catalog_app.recommendations.learning.maps import Told, choose, choose_maps
from catalog_app.recommendations.learning.newton import sigmoid


def told(features: list[dict[str, float]], logit: Array, seed: int = 0) -> Told:
    count = len(logit)
    accepted = (np.random.default_rng(seed).random(count) < sigmoid(logit)).astype(float)
    return Told(features, np.zeros((count, 0)), np.zeros(count, int), accepted, np.zeros((1, 0)))


def test_each_number_gets_the_map_that_suits_it() -> None:
    rng = np.random.default_rng(1)
    straight, heavy, hill = rng.normal(size=6_000), rng.lognormal(0, 3, 6_000), rng.uniform(-3, 3, 6_000)
    features = [
        {"straight": a, "heavy": b, "hill": c}
        for a, b, c in zip(straight.tolist(), heavy.tolist(), hill.tolist(), strict=True)
    ]
    logit = straight + np.log1p(heavy) - 2 - 2 * (np.abs(hill) > 1.5)
    maps = choose_maps(told(features, logit))
    assert maps["straight"] == "linear"
    assert maps["heavy"] in {"log", "bins"}
    assert maps["hill"] == "bins"


def test_a_heavy_tail_enters_as_a_logarithm_also_where_nothing_speaks_for_either() -> None:
    rng = np.random.default_rng(3)
    usage, age, vip = rng.lognormal(2, 1, 3_000), rng.normal(40, 9, 3_000), rng.random(3_000) < 0.03
    features = [
        {"usage": a, "age": b, "vip": float(c)} for a, b, c in zip(usage.tolist(), age.tolist(), vip, strict=True)
    ]
    assert choose_maps(told(features, np.full(3_000, -1.0))) == {"age": "linear", "usage": "log", "vip": "linear"}


def test_nothing_is_chosen_where_there_is_too_little_to_choose_by() -> None:
    choice = choose(told([{"usage": float(row)} for row in range(100)], np.full(100, -3.0)))
    assert (dict(choice.maps), choice.settings.half_life, choice.loss) == ({}, None, None)


def test_what_fades_is_forgotten_and_what_lasts_is_kept() -> None:
    rng = np.random.default_rng(2)
    usage = rng.normal(size=12_000)
    features = [{"usage": each} for each in usage.tolist()]
    turned = np.where(np.arange(12_000) < 7_000, 1.5, -1.5)
    assert choose(told(features, usage * turned)).settings.half_life is not None
    assert choose(told(features, usage)).settings.half_life is None
