"""What is asked of a decision, and what it answers: plain values that pages, JSON and other rooms share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from catalog_app.products.customers import CustomerFeatures

DEFAULT_LIMIT: Final = 5
MAX_LIMIT: Final = 100
MAX_CANDIDATES: Final = 10_000

# Why a product that the verdict allows is not offered all the same; permission.py has the codes of the contact policy.
ALREADY_OWNED: Final = "already_owned"
NOT_FOUND: Final = "not_found"


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is to be offered something, and among what.

    `customer` is what eligibility reads, `features` are the same attributes as models read them (JSON values, Decimals
    among them). Without a customer id nothing that the contacts know counts. `candidates` are product ids, None for
    every product. `explore`: takes part where exploration is on.
    """

    customer: CustomerFeatures = field(default_factory=CustomerFeatures)
    features: Mapping[str, Any] = field(default_factory=dict)
    customer_id: str | None = None
    channel: str | None = None
    context: str | None = None
    candidates: Sequence[int] | None = None
    limit: int = DEFAULT_LIMIT
    explain: bool = False
    explore: bool = True


@dataclass(frozen=True, slots=True)
class OfferReason:
    """One part of a score: the amounts of all reasons of an offer add up to its score, to 1e-9.

    `code` is "constant", "product", "product_feature", "feature", "holds", "affinity", "value", or "others" for the small
    ones together; `label` says it in words, such as "Data used" or "Holds Data 10 GB".
    """

    code: str
    label: str
    amount: float
    product_id: int | None = None


@dataclass(frozen=True, slots=True)
class Factors:
    """What a priority is the product of, to 1e-9; a factor that is switched off, or that nobody knows, is 1."""

    propensity: float
    context: float
    value: float
    levers: float


@dataclass(frozen=True, slots=True)
class Offer:
    """A product to offer.

    `propensity` is the model's probability that it is accepted, None without a model. `score` is what the reasons add
    up to: a logit ("full", "accept_rate"), an affinity ("affinity"), the value ("value"). `value` is what the product
    is worth in the base currency, None where nobody knows: then factors.value is the median of the candidates.
    `probability` is how likely the policy was to choose it at this place. `uncertainty` is the standard deviation of
    the logit.
    """

    product_id: int
    name: str
    rank: int
    priority: float
    propensity: float | None
    probability: float
    value: Decimal | None
    factors: Factors
    score: float
    reasons: tuple[OfferReason, ...]
    uncertainty: float | None

    @property
    def context(self) -> float:
        return self.factors.context

    @property
    def levers(self) -> float:
        return self.factors.levers


@dataclass(frozen=True, slots=True)
class ExclusionReason:
    """Why a product is not offered: a stable code, the field or setting that ruled, and a sentence with the values."""

    code: str
    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class Excluded:
    product_id: int
    name: str
    reasons: tuple[ExclusionReason, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """The answer: the offers best first, on what they rest, and (where it was asked for) what was left out and why.

    `decision_id` is None for a preview, which nobody wrote down. `refused` says why the customer is offered nothing at
    all: opted out, no consent, a cap reached. `excluded_count` counts those that `excluded` leaves away, too.
    `eligible` are the products that could have been offered. Where nothing is offered, `left_out` counts the launched
    products by the code of what speaks first against them.
    """

    decision_id: int | None
    decided_at: datetime
    basis: str
    model_version: int | None
    is_stale: bool
    arm: str | None
    unknown_features: tuple[str, ...]
    eligible: int
    offers: tuple[Offer, ...]
    refused: ExclusionReason | None = None
    excluded: tuple[Excluded, ...] = ()
    excluded_count: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
