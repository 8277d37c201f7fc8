"""One decision as a pure function of what it rests on: eligibility, candidates, model, contact policy, in this order."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from secrets import randbits
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from catalog_app.contacts.permission import Refusal
from catalog_app.products.checks import Reason
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import eligibility
from catalog_app.products.masks.codes import YES, Codes
from catalog_app.recommendations.decisions.asked import (
    ALREADY_OWNED,
    Asked,
    Decided,
    Excluded,
    ExclusionReason,
)
from catalog_app.recommendations.scoring.arbitration import Rows, Weights
from catalog_app.recommendations.scoring.contacting import Known
from catalog_app.recommendations.scoring.exploring import arm_of
from catalog_app.recommendations.scoring.grounds import Grounds
from catalog_app.recommendations.scoring.ranking import Ranking, Reading, read
from catalog_app.recommendations.scoring.scorer import is_stale

_SEED_BITS: Final = 63
_NO_CHANCE: Final = 0
_NOTHING: Final[Rows] = np.empty(0, np.int64)
_YES: Final = np.array(YES, np.uint8)
_OWNED: Final = ExclusionReason(ALREADY_OWNED, "owned", "owned: the customer has it already")


class Judged(NamedTuple):
    """What of the launched products may be offered: `rows` are its places among them, ascending by product id.

    `candidates` are the places of all that was to be looked at; `against` is what the contact policy says against
    single ones, by their place.
    """

    codes: Codes
    customer: CustomerFeatures
    candidates: Rows | None
    against: Mapping[int, ExclusionReason]
    refused: ExclusionReason | None
    rows: Rows


def judged(grounds: Grounds, asked: Asked, known: Known, now: datetime, *, nothing_twice: bool = False) -> Judged:
    """Return which products may be offered to this customer now, and what speaks against the others.

    `nothing_twice` leaves out what is owned even where its type may be offered again.
    """
    customer = known.history.applied_to(asked.customer) if known.customer is not None else asked.customer
    codes = grounds.compiled.outcomes(customer, now, asked.channel)
    allowed = np.equal(codes, _YES)
    against = _against(grounds, customer, known, now, nothing_twice=nothing_twice)
    for row in against:
        allowed[row] = False
    refused = known.refused(asked.channel, now)
    candidates = None if asked.candidates is None else grounds.rows_of(asked.candidates)
    rows = _allowed(allowed, candidates) if refused is None else np.empty(0, np.int64)
    return Judged(codes, customer, candidates, against, None if refused is None else _said(refused), rows)


def ranked(grounds: Grounds, asked: Asked, known: Known, now: datetime) -> tuple[Judged, Ranking]:
    """Return what may be offered, and the order in which."""
    return ordered(grounds, asked, read(grounds, asked), known, now)


def ordered(grounds: Grounds, asked: Asked, reading: Reading, known: Known, now: datetime) -> tuple[Judged, Ranking]:
    """Return the same for a customer whom the model has read."""
    found = judged(grounds, asked, known, now)
    weights, places = _weights(grounds, asked, found)
    return found, Ranking(grounds, asked, reading, found.rows, weights, places)


@dataclass(frozen=True)
class Worked:
    """A decision that nobody has written yet, the places of all that could have been offered, and where chance began."""

    answer: Decided
    rows: Rows
    seed: int


def decided(
    grounds: Grounds, asked: Asked, known: Known, now: datetime, *, excluded: int, names: Mapping[int, str]
) -> Worked:
    """Return the decision. `excluded` says of how many others to tell why they are not offered, most valuable first.

    `names` are those of owned products that are not launched any more, for reasons. Raises RuleError for a feature that
    no model can read.
    """
    found, ranking = ranked(grounds, asked, known, now)
    seed = randbits(_SEED_BITS) if asked.explore and grounds.exploration.on else _NO_CHANCE
    chance = Random(seed)  # noqa: S311  # it explores, and has to be repeatable
    arm = None if seed == _NO_CHANCE else arm_of(known.customer, now, grounds.exploration, chance)
    offers = ranking.offers(arm, chance, names)
    left = left_out(grounds, found) if excluded else _NOTHING
    answer = Decided(
        decision_id=None,
        decided_at=now,
        basis=ranking.basis,
        model_version=None if grounds.live is None else grounds.live.version,
        is_stale=grounds.live is not None and is_stale(grounds.live, grounds.standing.stale_days, now),
        arm=arm,
        unknown_features=(*_unknown_context(grounds, asked), *ranking.unknown_features),
        eligible=len(found.rows),
        offers=offers,
        refused=found.refused,
        excluded=tuple(excluded_of(grounds, found, asked, now, row) for row in left[:excluded].tolist()),
        excluded_count=len(left),
        left_out={} if offers else reasons_counted(grounds, found, asked, now),
    )
    return Worked(answer, found.rows, seed)


def _allowed(allowed: NDArray[np.bool_], candidates: Rows | None) -> Rows:
    return allowed.nonzero()[0] if candidates is None else candidates[allowed[candidates]]


def _weights(grounds: Grounds, asked: Asked, found: Judged) -> tuple[Weights, Rows]:
    """Return the weights of all candidates, and where what may be offered stands among them.

    A median is that of all candidates, whoever asks.
    """
    weights = grounds.weights(asked.context)
    if found.candidates is None:
        return weights, found.rows
    return weights.among(found.candidates), np.searchsorted(found.candidates, found.rows)


def _against(
    grounds: Grounds, customer: CustomerFeatures, known: Known, now: datetime, *, nothing_twice: bool
) -> dict[int, ExclusionReason]:
    row_of = grounds.compiled.row_of
    declined = known.declined(grounds.standing.decline_days, now) if known.history.last_declined else {}
    found = {row_of[number]: _said(refusal) for number, refusal in declined.items() if number in row_of}
    for number in customer.owned.ids if customer.owned is not None else ():
        row = row_of.get(number)
        if row is not None and (nothing_twice or not grounds.repeatable[row]):
            found[row] = _OWNED
    return found


def _unknown_context(grounds: Grounds, asked: Asked) -> tuple[str, ...]:
    is_known = asked.context is None or asked.context in grounds.standing.contexts
    return () if is_known else ("context",)


def left_out(grounds: Grounds, found: Judged) -> Rows:
    """Return the places of what is not offered though it was looked at, the most valuable first."""
    is_out = np.ones(grounds.compiled.size, np.bool_)
    is_out[found.rows] = False
    if found.candidates is not None:
        is_looked_at = np.zeros(grounds.compiled.size, np.bool_)
        is_looked_at[found.candidates] = True
        is_out &= is_looked_at
    order = grounds.by_worth
    return order[is_out[order]]


def reasons_counted(grounds: Grounds, found: Judged, asked: Asked, now: datetime) -> Mapping[str, int]:
    """Return how many products are left out by what speaks first against them, by its code."""
    rows = left_out(grounds, found)
    against = Counter(found.against[row].code for row in rows.tolist() if row in found.against)
    if found.refused is not None:
        against[found.refused.code] += sum(row not in found.against for row in rows[found.codes[rows] == YES].tolist())
    return against + grounds.compiled.first_reasons(found.customer, now, asked.channel, rows[found.codes[rows] != YES])


def excluded_of(grounds: Grounds, found: Judged, asked: Asked, now: datetime, row: int) -> Excluded:
    """Return a product that is not offered, with all that speaks against it."""
    card = grounds.compiled.cards[row]
    reasons: list[ExclusionReason] = []
    if found.codes[row] != YES:
        verdict = eligibility(card, found.customer, now, asked.channel)
        reasons += [_said(reason) for reason in verdict.reasons]
    reasons += [one for one in (found.against.get(row), found.refused) if one is not None]
    return Excluded(card.id, card.name, tuple(reasons))


def _said(against: Refusal | Reason) -> ExclusionReason:
    return ExclusionReason(against.code, against.rule, against.message)
