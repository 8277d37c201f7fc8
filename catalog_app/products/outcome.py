"""Three-valued logic: what nobody told us is unknown, never no and never yes."""

from collections.abc import Iterable
from enum import StrEnum


class Outcome(StrEnum):
    """The answer to one question about a product and a customer."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, answer: bool | None) -> "Outcome":  # noqa: FBT001  # it turns a bool into a word; there is nothing to name
        if answer is None:
            return cls.UNKNOWN
        return cls.YES if answer else cls.NO

    def negated(self) -> "Outcome":
        return _NEGATED[self]


_NEGATED = {Outcome.YES: Outcome.NO, Outcome.NO: Outcome.YES, Outcome.UNKNOWN: Outcome.UNKNOWN}


def all_of(outcomes: Iterable[Outcome]) -> Outcome:
    """Return no if any is no, else unknown if any is unknown, else yes; of nothing, yes."""
    found = set(outcomes)
    if Outcome.NO in found:
        return Outcome.NO
    return Outcome.UNKNOWN if Outcome.UNKNOWN in found else Outcome.YES


def any_of(outcomes: Iterable[Outcome]) -> Outcome:
    """Return yes if any is yes, else unknown if any is unknown, else no; of nothing, no."""
    return all_of(outcome.negated() for outcome in outcomes).negated()
