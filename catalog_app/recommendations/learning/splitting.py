"""What logits of the full propensity are made of, a feature at a time, for several products at once."""

from collections.abc import Sequence
from math import fsum
from typing import TYPE_CHECKING

import numpy as np

from .contributions import Reason
from .design import Array
from .features import label_of
from .space import FeatureSpace

if TYPE_CHECKING:
    from .aligned import Aligned, Asked

NUMBER_HELD = "Number of products held"
NOT_HELD = "Products not held"


class Split:
    """Splits the logits of one model's products; what does not depend on the customer is worked out once."""

    def __init__(self, aligned: "Aligned") -> None:
        self._aligned, self._space = aligned, aligned.model.customer_space
        self._starts = np.array([self._space.span_of(columns.name)[0] for columns in self._space.columns], np.int64)
        self._fixed: dict[int, tuple[Reason, tuple[Reason, ...]]] = {}

    def reasons(self, asked: "Asked", places: Sequence[int], affinity: Array, most: int | None) -> list[list[Reason]]:
        """Return the reasons at each place, the constant first, then what counts most; `affinity` amounts are theirs.

        Where there are more than `most` and one, the smaller ones stand at the end as one ("others").
        """
        amounts, held = self._amounts(asked.row, places)
        largest = np.argsort(-np.abs(amounts), axis=1, kind="stable")
        if most is not None:
            largest = largest[:, : most + 1]
        said: dict[int, tuple[str, int | None, str]] = {}

        def reason(index: int, amount: float) -> Reason:
            if index not in said:
                said[index] = self._named(asked.row, index, held)
            kind, product, label = said[index]
            return Reason("holds" if kind == "holds" else "feature", label, amount, product)

        found = []
        rows = zip(places, amounts.tolist(), largest.tolist(), affinity.tolist(), strict=True)
        for place, row, indices, liked in rows:
            constant, fixed = self._fixed_at(place)
            others = (*fixed, Reason("affinity", "", liked)) if liked else fixed
            parts = [*others, *(reason(index, row[index]) for index in indices if row[index])]
            parts.sort(key=lambda part: -abs(part.amount))
            if most is not None and len(parts) > most:
                parts = parts[: most - 1]
                everything = (*row, *(part.amount for part in others), *(-part.amount for part in parts))
                parts.append(Reason("others", "", fsum(everything)))
            found.append([constant, *parts])
        return found

    def _amounts(self, row: Array, places: Sequence[int]) -> tuple[Array, Sequence[int]]:
        """Return places x parts, [features | number held | not held | each that is held], and the products held."""
        held, width = self._aligned.model.held, self._space.width
        products = self._aligned.customers[:, places].T * row
        parts = []
        if len(self._starts):
            parts.append(np.add.reduceat(products[:, :width], self._starts, axis=1))
        start = width + held.has_number
        number = products[:, width:start].sum(1, keepdims=True)
        has = row[start:] > 0
        holds = products[:, start:][:, has]
        lacks = products[:, start:].sum(1, keepdims=True, where=~has)
        products_held: list[int] = self._aligned.model.products[held.products[has]].tolist()
        return np.hstack([*parts, number, lacks, holds]), products_held

    def _named(self, row: Array, index: int, held: Sequence[int]) -> tuple[str, int | None, str]:
        beyond = index - len(self._starts)
        if beyond < 0:
            return "feature", None, told_label(self._space, row, int(self._starts[index]))
        named = (NUMBER_HELD, NOT_HELD)
        if beyond < len(named):
            return "feature", None, named[beyond]
        return "holds", held[beyond - len(named)], ""

    def _fixed_at(self, place: int) -> tuple[Reason, tuple[Reason, ...]]:
        """Return the constant, and what is the product's own: its level and its features."""
        known = self._fixed.get(place)
        if known is None:
            propensity, space = self._aligned.propensity, self._aligned.model.product_space
            features = self._aligned.features_at(place)
            parts = {"": propensity.level_of(int(self._aligned.columns[place]))}
            for index, amount in enumerate(propensity.feature_amounts(features).tolist()):
                label = told_label(space, features, index)
                parts[label] = parts.get(label, 0.0) + amount
            told = tuple(
                Reason("product_feature" if label else "product", label, amount)
                for label, amount in parts.items()
                if amount
            )
            known = self._fixed[place] = Reason("constant", "", propensity.constant), told
        return known


def told_label(space: FeatureSpace, row: Array, index: int) -> str:
    """The label of what was told of the feature that a column belongs to: its level, where it has several."""
    feature = space.groups[index]
    start, stop = space.span_of(feature)
    if stop - start == 1:
        return space.names[index]
    highest = start + int(np.argmax(row[start:stop]))
    return space.names[highest] if row[highest] > 0 else label_of(feature)


def pooled(reasons: list[Reason], most: int | None) -> list[Reason]:
    """Return reasons with the smaller ones as one, where there are more than `most` and one."""
    if most is None or len(reasons) <= most + 1:
        return reasons
    return [*reasons[:most], Reason("others", "", fsum(reason.amount for reason in reasons[most:]))]
