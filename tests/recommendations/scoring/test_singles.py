"""Single precision: fast, and never further off than it says."""

import numpy as np
import pytest

from catalog_app.recommendations.learning.aligned import Aligned
from catalog_app.recommendations.learning.features import Features
from catalog_app.recommendations.learning.fitting import fit_model
from catalog_app.recommendations.learning.training_data import TrainingData
from catalog_app.recommendations.scoring.singles import Singles
from tests.recommendations.learning.worlds import FIRST_ID, holders, world

PRODUCTS = 8


@pytest.mark.parametrize("crowd", [0, 600])
def test_propensities_lie_within_their_error(crowd: int) -> None:
    data = world(400, PRODUCTS, seed=5, own=0.5).data
    model = fit_model(TrainingData(data.product_ids, data.product_features, holders(crowd, PRODUCTS), data.impressions))
    assert model is not None
    assert model.basis == "full"
    aligned = Aligned.of(model, [7, *range(FIRST_ID, FIRST_ID + PRODUCTS), 99], {99: {"size": 2.0}})
    singles = Singles(aligned)

    told: tuple[Features, ...] = ({}, {"usage": 2.5, "age": -2.0, "kind": "hybrid"}, {"usage": -1e9, "kind": "none"})
    for features in told:
        for owned in ([], [FIRST_ID], list(range(FIRST_ID, FIRST_ID + PRODUCTS))):
            asked = aligned.asked(features, owned)
            exact, _ = aligned.scores(asked)

            rough, error = singles.propensities(asked)

            assert np.abs(rough / exact - 1).max() <= error < 0.01
