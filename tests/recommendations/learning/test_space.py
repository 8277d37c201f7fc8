import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog_app.recommendations.learning.features import Features, NumericMap
from catalog_app.recommendations.learning.space import FeatureSpace

ROWS: list[Features] = [
    {
        "usage": float(index % 17),
        "kind": "abc"[index % 3],
        "segments": ["family"] if index % 2 else ["single"],
        "vip": index % 4 == 0,
    }
    for index in range(120)
]
numbers = st.one_of(
    st.integers(-(10**20), 10**20), st.floats(allow_nan=False, allow_infinity=False), st.decimals(-9, 9)
)
values = st.one_of(st.none(), st.booleans(), numbers, st.text(max_size=4), st.lists(st.text(max_size=3), max_size=3))
dictionaries = st.dictionaries(st.sampled_from(["a", "b", "c", "usage", "kind"]), values, max_size=5)


@given(st.lists(dictionaries, min_size=1, max_size=30), dictionaries, st.sampled_from(["linear", "log", "bins"]))
@settings(max_examples=60, deadline=None)
def test_one_customer_is_encoded_as_among_many_whatever_is_told(
    rows: list[Features], other: Features, numeric_map: NumericMap
) -> None:
    space = FeatureSpace.fit(rows, maps=dict.fromkeys("abc", numeric_map))
    encoded = space.encode([*rows, other])
    assert encoded.shape == (len(rows) + 1, len(space.names))
    assert np.isfinite(encoded).all()
    np.testing.assert_allclose([space.vector(row) for row in [*rows, other]], encoded, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("numeric_map", ["linear", "log", "bins"])
def test_every_column_has_mean_zero_over_what_it_was_fitted_on(numeric_map: NumericMap) -> None:
    rare: list[Features] = [{"kind": f"rare {index}", "usage": -3} for index in range(4)]
    rows = [*ROWS, *({"kind": "a"} for _ in range(10)), *rare]
    space = FeatureSpace.fit(rows, maps={"usage": numeric_map})
    assert np.abs(space.encode(rows).mean(0)).max() < 1e-12


def test_a_feature_not_told_and_a_value_never_seen_count_as_the_mean_and_are_named() -> None:
    space = FeatureSpace.fit(ROWS)
    assert not space.vector({}).any()
    assert not space.vector({"kind": "new", "colour": "red"}).any()
    assert space.unknown({"kind": "new", "colour": "red", "usage": 3, "vip": True}) == ("colour", "kind", "segments")


def test_being_missing_is_learned_from_where_it_happens_often() -> None:
    space = FeatureSpace.fit([*ROWS, *({"kind": "a"} for _ in range(30))])
    assert "Usage: not told" in space.names
    assert space.vector({})[space.names.index("Usage: not told")] == pytest.approx(1 - 30 / 150)


def test_none_of_several_is_told_where_training_knew_it() -> None:
    some: list[Features] = [{"tags": ["film", "sport"][: index % 3]} for index in range(90)]
    space = FeatureSpace.fit(some)
    assert space.unknown({"tags": []}) == ()
    assert space.unknown({"tags": None}) == space.unknown({}) == ("tags",)
    assert FeatureSpace.fit(ROWS).unknown({**ROWS[0], "segments": []}) == ("segments",)


def test_the_same_rows_in_another_order_of_names_give_the_same_columns() -> None:
    turned = [{name: row[name] for name in reversed(list(row))} for row in ROWS]
    assert FeatureSpace.fit(turned).to_json() == FeatureSpace.fit(ROWS).to_json()


def test_a_space_comes_back_from_its_json_as_it_was() -> None:
    space = FeatureSpace.fit(ROWS, maps={"usage": "bins"})
    again = FeatureSpace.from_json(json.loads(json.dumps(space.to_json())))
    assert again == space
    assert again.encode(ROWS).tobytes() == space.encode(ROWS).tobytes()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, ["x", math.nan], 10**400, {"a": 1}])
def test_what_is_no_feature_is_refused_by_name(value: Any) -> None:
    space = FeatureSpace.fit(ROWS)
    for ask in (space.vector, lambda row: space.encode([row]), lambda row: FeatureSpace.fit([*ROWS, row])):
        with pytest.raises(ValueError, match=r"usage|segments"):
            ask({"usage" if isinstance(value, (int, float)) else "segments": value})


def test_numbers_written_as_text_are_numbers_and_codes_are_not() -> None:
    rows = [{"age": str(index), "share": f"{index + 1}e-05", "zip": f"0{index % 3}540"} for index in range(90)]
    space = FeatureSpace.fit(rows)
    assert space.names == ("Age", "Share", "Zip: 00540", "Zip: 01540", "Zip: 02540")
    assert space.vector({"age": 40})[0] == space.vector({"age": "40"})[0]
    assert FeatureSpace.fit([{"kind": f"e{index % 2}"} for index in range(20)]).names == ("Kind: e0", "Kind: e1")


def test_some_values_that_are_none_make_no_category_of_a_number() -> None:
    rows: list[Features] = [{"usage": "N/A" if index % 25 == 0 else index} for index in range(500)]
    space = FeatureSpace.fit(rows)
    assert space.names == ("Usage", "Usage: not told")
    np.testing.assert_array_equal(space.vector({"usage": "N/A"}), space.vector({}))
    assert space.unknown({"usage": "N/A"}) == ("usage",)
    mixed: list[Features] = [{"tariff": "flat" if index % 10 == 0 else index % 3} for index in range(500)]
    assert "Tariff: flat" in FeatureSpace.fit(mixed).names


def test_ids_in_the_names_of_features_make_no_column_each() -> None:
    rows: list[Features] = [{"age": index, f"seen by {index}": index % 7} for index in range(1_200)]
    space = FeatureSpace.fit(rows)
    assert (space.names, space.features) == (("Age",), ("age",))


def test_what_never_varies_has_no_column_and_is_not_unknown() -> None:
    space = FeatureSpace.fit([{"country": "de", "one": 1, "none": None, "age": index} for index in range(20)])
    assert space.names == ("Age",)
    assert space.unknown({"country": "de", "one": 1, "age": 3}) == ()


def test_huge_numbers_neither_overflow_nor_drown_the_others() -> None:
    rows = [{"amount": float(index)} for index in range(2_000)] + [{"amount": 1e300}]
    vector = FeatureSpace.fit(rows).encode(rows)
    assert np.isfinite(vector).all()
    assert np.ptp(vector[:2_000]) > 1
