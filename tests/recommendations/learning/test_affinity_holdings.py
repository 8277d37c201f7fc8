"""Sums over customers come out the same whichever way they are taken."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_app.recommendations.learning import holdings as module
from catalog_app.recommendations.learning.holdings import Holdings

PRODUCTS = 7
rows_held = st.lists(st.lists(st.integers(0, PRODUCTS - 1), max_size=PRODUCTS), max_size=12)


def _dense(rows: Sequence[Sequence[int]]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    matrix = np.zeros((len(rows), PRODUCTS))
    for customer, row in enumerate(rows):
        matrix[customer, row] = 1
    return matrix


@pytest.mark.parametrize("dense_above", [0.0, 1.0], ids=["by matrix product", "by entries"])
@given(rows=rows_held)
def test_sums_over_sparse_rows_are_those_of_the_matrix(rows: list[list[int]], dense_above: float) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "DENSE_ABOVE", dense_above)
        patch.setattr(module, "BLOCK_CELLS", 3 * PRODUCTS)
        matrix, held = _dense(rows), Holdings.from_rows(rows, PRODUCTS)
        values = np.arange(len(rows) * 2.0).reshape(-1, 2)
        weights = np.arange(PRODUCTS * 3.0).reshape(PRODUCTS, 3)
        assert np.array_equal(held.counts(), matrix.sum(0))
        assert np.array_equal(held.pair_counts(), matrix.T @ matrix)
        assert np.array_equal(held.sums(values), matrix.T @ values)
        assert np.array_equal(held.times(weights), matrix @ weights)


@given(rows=rows_held, data=st.data())
def test_taking_customers_and_products_is_indexing_the_matrix(rows: list[list[int]], data: st.DataObject) -> None:
    matrix, held = _dense(rows), Holdings.from_rows(rows, PRODUCTS)
    picks = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=8)) if rows else []
    columns = np.array(sorted(data.draw(st.sets(st.integers(0, PRODUCTS - 1)))), np.int64)
    customers = np.array(picks, np.int64)
    assert np.array_equal(held.dense(), matrix)
    assert np.array_equal(held.take(customers).dense(), matrix[customers])
    assert np.array_equal(held.restrict(columns).dense(), matrix[:, columns])
    assert np.array_equal(Holdings.from_dense(matrix).indices, held.indices)


def test_order_and_repeats_of_a_customers_products_do_not_count() -> None:
    held = Holdings.from_rows([[5, 2, 5], []], PRODUCTS)
    assert held.row(0).tolist() == [2, 5]
    assert held.row(1).tolist() == []


def test_single_precision_weights_give_single_precision_sums() -> None:
    held = Holdings.from_rows([[0, 1]], PRODUCTS)
    assert held.times(np.ones((PRODUCTS, 2), np.float32)).dtype == np.float32


@pytest.mark.parametrize("column", [-1, PRODUCTS])
def test_a_product_outside_the_columns_is_refused(column: int) -> None:
    with pytest.raises(ValueError, match=r"outside 0\.\.6"):
        Holdings.from_rows([[0, column]], PRODUCTS)


@pytest.mark.parametrize("cell", [float("nan"), 0.5, -1.0, float("inf")])
def test_a_cell_that_is_neither_0_nor_1_is_refused(cell: float) -> None:
    with pytest.raises(ValueError, match="only 0 and 1"):
        Holdings.from_dense(np.array([[0.0, cell]]))


def test_holdings_without_rows_and_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="1 dimensions"):
        Holdings.from_dense(np.zeros(3))
