import numpy as np
import pytest

from catalog_app.recommendations.learning.design import Array, Design
from catalog_app.recommendations.learning.newton import Coefficients, Precision, expand, find_mode, predictor

COUNT, PRODUCTS = 300, 4


@pytest.fixture
def design() -> Design:
    rng = np.random.default_rng(3)
    customers = rng.normal(size=(COUNT, 3))
    offer = rng.integers(0, PRODUCTS, COUNT) * 2
    design = Design.of(
        customers=customers,
        offer=offer,
        accepted=(rng.random(COUNT) < 1 / (1 + np.exp(1 - customers[:, 0] - offer / 4))).astype(float),
        weight=rng.random(COUNT) + 0.5,
        affinity=rng.random(COUNT),
        products=rng.normal(size=(2 * PRODUCTS, 2)),
    )
    return design.with_columns(pairs=np.array([[0, 1], [2, 0]]), own=np.array([0, 2, 6]))


@pytest.fixture
def precision(design: Design) -> Precision:
    rng = np.random.default_rng(4)
    return Precision(rng.random(design.layout.width) + 0.2, rng.random(3) + 0.5)


def full(design: Design) -> Array:
    """The design as one plain matrix: shared columns, then each product's own."""
    (_, shared), own = next(design.blocks()), design.layout.own
    parts = [shared]
    parts += [shared[:, own] * (design.member == member)[:, None] for member in range(len(design.members))]
    return np.hstack(parts)


def flat(coefficients: Coefficients) -> Array:
    return np.concatenate((coefficients.shared, coefficients.own.ravel()))


def test_the_mode_is_where_a_long_gradient_descent_ends(design: Design, precision: Precision) -> None:
    matrix = full(design)
    penalty = np.concatenate((precision.shared, np.tile(precision.own, len(design.members))))
    at = np.zeros(matrix.shape[1])
    pace = 1 / (0.25 * np.linalg.norm(matrix * np.sqrt(design.weight)[:, None], 2) ** 2 + penalty.max())
    for _ in range(20_000):
        residual = design.weight * (1 / (1 + np.exp(-matrix @ at)) - design.accepted)
        at -= pace * (matrix.T @ residual + penalty * at)
    mode = find_mode(design, precision, Coefficients.zeros(design))
    np.testing.assert_allclose(flat(mode.coefficients), at, atol=1e-6)


def test_the_arrow_inverts_the_whole_hessian(design: Design, precision: Precision) -> None:
    start = Coefficients.zeros(design)
    _, arrow = expand(design, precision, start, predictor(design, start))
    matrix = full(design)
    penalty = np.concatenate((precision.shared, np.tile(precision.own, len(design.members))))
    covariance = np.linalg.inv((matrix * (design.weight / 4)[:, None]).T @ matrix + np.diag(penalty))
    np.testing.assert_allclose(flat(arrow.variances()), np.diag(covariance), rtol=1e-9)


def test_separable_answers_end_at_a_finite_mode(design: Design, precision: Precision) -> None:
    sure = Design(
        design.layout,
        design.members,
        design.starts,
        design.customers * 1e3,
        design.products,
        design.affinity,
        (design.customers[:, 0] > 0).astype(float),
        design.weight,
    )
    weak = Precision(np.full(design.layout.width, 1e-4), np.full(3, 1e-4))
    mode = find_mode(sure, weak, Coefficients.zeros(sure))
    assert mode.decrement < 1e-3
    assert np.isfinite(flat(mode.coefficients)).all()
    assert ((predictor(sure, mode.coefficients) > 0) == (sure.accepted > 0)).mean() > 0.99
