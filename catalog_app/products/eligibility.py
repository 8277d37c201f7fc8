"""May this customer be offered this product? One pure function answers for every page, API, trigger and model."""

from dataclasses import dataclass
from datetime import datetime

from catalog_app.products.checks import AVAILABILITY, CHECKS, EligibleProduct, Question, Reason
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.outcome import Outcome, all_of


@dataclass(frozen=True)
class Verdict:
    """The answer, with the result of every check in the fixed order."""

    outcome: Outcome
    checks: tuple[Reason, ...]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What speaks against the offer: the checks that said no, and those that could not say."""
        return tuple(check for check in self.checks if check.outcome is not Outcome.YES)

    @property
    def unchecked(self) -> tuple[str, ...]:
        """The codes of the checks that could not say."""
        return tuple(check.code for check in self.checks if check.outcome is Outcome.UNKNOWN)


def eligibility(
    product: EligibleProduct, customer: CustomerFeatures, now: datetime, channel: str | None = None
) -> Verdict:
    """Return whether this customer may be offered this product now, over this channel, and why or why not."""
    question = Question(product, customer, now, channel)
    checks = tuple(check(question) for check in CHECKS)
    return Verdict(all_of(check.outcome for check in checks), checks)


def available_now(product: EligibleProduct, now: datetime) -> bool:
    """Return whether the product is on sale at this moment, whoever asks. Its SQL twin is in prefilter.py."""
    question = Question(product, CustomerFeatures(), now, None)
    return all(check(question).outcome is Outcome.YES for check in AVAILABILITY)
