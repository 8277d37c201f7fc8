"""What a model is told of customers: the same when it learns and when it is asked, whatever callers write."""

from decimal import Decimal

import pytest

from catalog_app.recommendations.features import customer_features
from catalog_app.recommendations.learning.space import FeatureSpace


@pytest.mark.parametrize("text", ["nan", "-Infinity", "1e999", "none"])
def test_an_amount_that_is_no_number_says_nothing_and_stops_no_training(text: str) -> None:
    told = [customer_features({"total_revenue": text, "age": 31}), customer_features({"total_revenue": "12.5"})]

    assert told == [{"age": 31}, {"total_revenue": 12.5}]
    assert FeatureSpace.fit(told * 20).encode(told).shape[0] == 2


def test_objects_become_a_feature_for_each_member_and_what_is_owned_is_none() -> None:
    told = {"usage": {"data_mb": 5, "voice": {"minutes": Decimal(7)}}, "tags": ["b", 1, "b"], "owned": [7], "vip": True}

    expected = {"usage.data_mb": 5, "usage.voice.minutes": 7.0, "tags": ["1", "b"], "vip": True}
    assert customer_features(told) == expected
