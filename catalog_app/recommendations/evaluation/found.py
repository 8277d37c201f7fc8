"""What an evaluation found, as pages and JSON show it: plain values, without numpy."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from catalog_app.core.errors import Sentence
from catalog_app.core.proportions import Comparison

Measure = Literal["acceptance", "value"]
MEASURES: Final[tuple[Measure, ...]] = ("acceptance", "value")
"""What a policy is valued by: how many first offers are accepted, or what those are worth in the base currency."""

PolicyKey = Literal["running", "model", "most_valuable", "candidate"]
RUNNING: Final = "running"
"""What was really answered, exploration included."""
MODEL: Final = "model"
"""The model in use, always its first choice."""
MOST_VALUABLE: Final = "most_valuable"
"""What is offered where there is no model: context, value and levers alone."""
CANDIDATE: Final = "candidate"
"""Another model version."""
ENOUGH: Final = 500
"""So many effective decisions an estimate should rest on."""
POLICY_KEYS: Final[tuple[PolicyKey, ...]] = (RUNNING, MODEL, MOST_VALUABLE, CANDIDATE)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval, and as how many decisions of the policy itself the log counts.

    `effective_sample` is Kish's (sum of weights) squared over the sum of squared weights.
    """

    value: float
    low: float
    high: float
    effective_sample: float


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """What a policy is worth, per decision, by each estimator; None where one of them has nothing to go by.

    `covered` estimates for what share of the decisions its first choice could have been shown. Below 1, IPS counts what
    could not be shown as never accepted, SNIPS as accepted like the rest, and DR believes the model. `in_sample` says
    that the model has learned from some of these decisions, so that DM and DR may flatter it.
    """

    key: PolicyKey
    model_version: int | None
    ips: Estimate | None
    snips: Estimate | None
    dm: Estimate | None
    dr: Estimate | None
    covered: float = 1.0
    in_sample: bool = False


@dataclass(frozen=True, slots=True)
class ArmRate:
    """What became of the customers of an arm.

    Arms are dealt anew each month, so a customer counts once a month: in `accepted` where they accepted anything between
    their first decision and its end. `decisions` counts anonymous ones too.
    """

    arm: str
    decisions: int
    customers: int
    accepted: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The decisions from `since` to `until`, and what other policies would have brought.

    `decisions` are those that were made among something; `explored` those in which chance took part, on which IPS,
    SNIPS and DR rest (the newest, where there are more than are read at once). `uplift` compares customers who were made
    offers with the silent arm; None without one. `notes` say what is missing, and why.
    """

    since: datetime
    until: datetime
    measure: Measure
    decisions: int
    explored: int
    policies: tuple[PolicyValue, ...]
    arms: tuple[ArmRate, ...]
    uplift: Comparison | None
    notes: tuple[Sentence, ...]
