"""What a score is made of, part by part."""

from dataclasses import dataclass
from typing import Literal

ContributionKind = Literal["constant", "product", "holds", "feature", "affinity", "product_feature"]
ReasonKind = Literal[ContributionKind, "others"]
"""A contribution, or the small ones together."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """One summand of a score; all of a score's contributions add up to it.

    `index` is the column the summand comes from: a product for "holds", a column of the customers' feature space for
    "feature", one of the products' for "product_feature"; "product" is the product's own level, its column; "constant" and
    "affinity" stand once and have index 0.
    `amount` is in the units of the score: of affinity, or of the logit.
    """

    kind: ContributionKind
    index: int
    amount: float


@dataclass(frozen=True, slots=True)
class Reason:
    """One summand of a score, in words. `label` names a feature, `product_id` a product held; both empty for others."""

    kind: ReasonKind
    label: str
    amount: float
    product_id: int | None = None
