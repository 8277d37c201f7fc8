"""What weighs most in a model, for people to judge whether it makes sense."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .features import label_of
from .model import Model

MOST = 12
_LEAST = 0.005
"""A weaker one would be said as none."""


@dataclass(frozen=True, slots=True)
class Strong:
    """One weight that counts for every product: how much its column moves the log odds of an acceptance.

    `label` is the customer's side, a product held where `product_id` says which (its id), `beside` the product's side;
    each empty where there is none. "affinity" is what goes with what a customer holds.
    """

    kind: Literal["customer", "held", "product", "pair", "affinity"]
    label: str
    beside: str
    product_id: int | None
    weight: float


def strongest(model: Model, most: int = MOST) -> list[Strong]:
    """Return the weights that all products share, the strongest first; none without a full model."""
    found = [one for one in _shared(model) if abs(one.weight) > _LEAST]
    return sorted(found, key=lambda one: (-abs(one.weight), one.kind, one.label, one.beside, one.product_id or 0))[
        :most
    ]


def _shared(model: Model) -> Iterator[Strong]:
    propensity = model.propensity
    if propensity is None:
        return
    layout, shared = propensity.layout, propensity.shared
    sides = list(_customer_sides(model))
    products = [label_of(name) if name.islower() else name for name in model.product_space.names]
    for (kind, label, product_id), weight in zip(sides, shared[layout.customers], strict=True):
        yield Strong(kind, label, "", product_id, float(weight))
    for label, weight in zip(products, shared[layout.products], strict=True):
        yield Strong("product", "", label, None, float(weight))
    if layout.affinity:
        yield Strong("affinity", "", "", None, float(shared[layout.affinity_column]))
    for (customer, product), weight in zip(layout.pairs, shared[layout.paired], strict=True):
        _, label, product_id = sides[customer]
        yield Strong("pair", label, products[product], product_id, float(weight))


def _customer_sides(model: Model) -> Iterator[tuple[Literal["customer", "held"], str, int | None]]:
    for name in model.customer_space.names:
        yield "customer", name, None
    if model.held.has_number:
        yield "customer", "Number of products held", None
    for column in model.held.products:
        yield "held", "", int(model.products[column])
