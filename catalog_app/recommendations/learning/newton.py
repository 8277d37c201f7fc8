"""The posterior mode of a logit whose coefficients are shared by all products or a product's own.

Minimises  sum_i w_i (log(1 + exp(eta_i)) - y_i eta_i) + 1/2 sum_j precision_j coefficient_j^2
with eta_i = shared columns . shared coefficients + own columns . own coefficients of the row's product.
Given the shared ones, products do not depend on each other, so the Hessian is an arrow: a step costs one small system
per product and one of the shared size (the Schur complement), never one of all coefficients together. Steps are damped:
halved until the objective falls as much as its slope promises (plain Newton diverges on separable data).
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from .design import Array, Design

SUFFICIENT = 1e-4
SMALLEST_STEP = 1e-10
ROUNDING = 1e-13
"""Differences of the objective below this share of it are rounding, not a rise."""


@dataclass(frozen=True, slots=True)
class Coefficients:
    """`shared` (s,) and each member's `own` (M x K); also the shape of gradients, steps and variances."""

    shared: Array
    own: Array

    @classmethod
    def zeros(cls, design: Design) -> Self:
        return cls(np.zeros(design.layout.width), np.zeros((len(design.members), len(design.layout.own))))

    def moved(self, step: "Coefficients", length: float) -> "Coefficients":
        return Coefficients(self.shared + length * step.shared, self.own + length * step.own)

    def dot(self, other: "Coefficients") -> float:
        return float(self.shared @ other.shared + (self.own * other.own).sum())


@dataclass(frozen=True, slots=True)
class Precision:
    """Prior precisions: of the shared coefficients (s,), and of each kind of own coefficient (K,)."""

    shared: Array
    own: Array

    def penalty(self, at: Coefficients) -> float:
        return 0.5 * float(self.shared @ at.shared**2 + (self.own * at.own**2).sum())

    def gradient(self, at: Coefficients) -> Coefficients:
        return Coefficients(self.shared * at.shared, self.own * at.own)


@dataclass(frozen=True, slots=True)
class Arrow:
    """The inverse of an arrow-shaped Hessian, as far as it is needed.

    `own_inverse` (M x K x K) inverts a product's own block, `coupling` (M x K x s) is that times its block with the
    shared, `shared_inverse` (s x s) inverts the Schur complement. The covariance of shared and own coefficients of
    one product follows from these three.
    """

    own_inverse: Array
    coupling: Array
    shared_inverse: Array

    @classmethod
    def of(cls, shared: Array, cross: Array, own: Array) -> Self:
        own_inverse = np.asarray(np.linalg.inv(own), np.float64)
        coupling = own_inverse @ cross
        width = len(shared)
        schur = shared - cross.reshape(-1, width).T @ coupling.reshape(-1, width)
        inverse = np.asarray(np.linalg.inv((schur + schur.T) / 2), np.float64)
        return cls(own_inverse, coupling, (inverse + inverse.T) / 2)

    def solve(self, gradient: Coefficients) -> Coefficients:
        """The Newton step: minus the inverse Hessian times the gradient."""
        own = np.einsum("mkj,mj->mk", self.own_inverse, gradient.own)
        width = len(gradient.shared)
        pulled = gradient.shared - self.coupling.reshape(-1, width).T @ gradient.own.ravel()
        shared = -self.shared_inverse @ pulled
        return Coefficients(shared, -own - self.coupling @ shared)

    def variances(self) -> Coefficients:
        """The Laplace variance of each coefficient."""
        spread = np.einsum("mks,mks->mk", self.coupling @ self.shared_inverse, self.coupling)
        return Coefficients(np.diag(self.shared_inverse).copy(), np.einsum("mkk->mk", self.own_inverse) + spread)


@dataclass(frozen=True, slots=True)
class Mode:
    """Where the posterior is highest, and its curvature there; `decrement`: how far the objective could still fall."""

    coefficients: Coefficients
    curvature: Arrow
    decrement: float


def find_mode(
    design: Design, precision: Precision, start: Coefficients, *, steps: int = 50, tolerance: float = 1e-9
) -> Mode:
    """Walk from `start` to the mode; the curvature is that of the point the last step began at.

    Ends when the objective could fall by no more than `tolerance` of the number of rows, or after `steps`.
    """
    at, eta = start, predictor(design, start)
    enough = tolerance * max(1.0, design.weight.sum())
    while True:
        gradient, curvature = expand(design, precision, at, eta)
        step = curvature.solve(gradient)
        fall = -gradient.dot(step)
        steps -= 1
        if fall > 0:
            at, eta = _descend(design, precision, at, eta, step, fall)
        if steps <= 0 or fall <= enough:
            return Mode(at, curvature, fall)


def predictor(design: Design, at: Coefficients) -> Array:
    """eta, the logit of every row."""
    eta = np.empty(len(design.accepted))
    for rows, shared in design.blocks():
        eta[rows] = shared @ at.shared
        eta[rows] += np.einsum("nk,nk->n", shared[:, design.layout.own], at.own[design.member[rows]])
    return eta


def expand(design: Design, precision: Precision, at: Coefficients, eta: Array) -> tuple[Coefficients, Arrow]:
    """The gradient and the inverted Hessian of the objective."""
    probability = sigmoid(eta)
    residual = design.weight * (probability - design.accepted)
    curve = design.weight * probability * (1 - probability)
    gradient = precision.gradient(at)
    own = design.layout.own
    hessian: Array = np.diag(precision.shared).astype(float)
    cross = np.zeros((len(design.members), len(own), design.layout.width))
    for rows, shared in design.blocks():
        gradient.shared[:] += shared.T @ residual[rows]
        weighted = shared * np.sqrt(curve[rows])[:, None]
        hessian += weighted.T @ weighted
        members, starts = np.unique(design.member[rows], return_index=True)
        gradient.own[members] += np.add.reduceat(shared[:, own] * residual[rows][:, None], starts)
        if len(own) == 1:
            cross[members, 0] += np.add.reduceat(shared * curve[rows][:, None], starts)
            continue
        for member, inside in design.segments(rows):
            cross[member] += weighted[inside][:, own].T @ weighted[inside]
    return gradient, Arrow.of(hessian, cross, cross[:, :, own] + np.diag(precision.own))


def sigmoid(logit: Array) -> Array:
    """1 / (1 + exp(-logit)), without overflow."""
    small = np.exp(-np.abs(logit))
    answer: Array = np.where(logit >= 0, 1.0, small) / (1 + small)
    return answer


def _descend(
    design: Design, precision: Precision, at: Coefficients, eta: Array, step: Coefficients, fall: float
) -> tuple[Coefficients, Array]:
    direction = predictor(design, step)
    before = _objective(design, precision, at, eta)
    length = 1.0
    while length > SMALLEST_STEP:
        moved, reached = at.moved(step, length), eta + length * direction
        if _objective(design, precision, moved, reached) <= before - SUFFICIENT * length * fall + ROUNDING * abs(
            before
        ):
            return moved, reached
        length /= 2
    return at, eta


def _objective(design: Design, precision: Precision, at: Coefficients, eta: Array) -> float:
    return float(design.weight @ (np.logaddexp(0, eta) - design.accepted * eta)) + precision.penalty(at)
