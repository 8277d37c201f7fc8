"""Does a model hold? It is learned from the earlier part of the data and judged by the later, before it may serve.

Each check asks whether the model is *clearly* bad: more than its figure would vary by chance on so much data.

1. It orders later offers better than chance (AUC), and not clearly worse than the model in use.
2. What it promises is within 10 % of what was accepted, overall. Where the level of acceptance moves, nothing learned
   from the past is; so it also holds if it is nearer than the earlier rate is, or than the model in use.
3. By the decisions in which chance took part, its first offers are not clearly less often accepted than those of the
   policy that runs (doubly robust, decision by decision), and at least 500 effective decisions say so.

While no model serves, 2 and the last half of 3 are told and not held against it: what ranks then is the value alone,
which promises nothing, and which no model is like.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, Final

import numpy as np

from catalog_app.core.errors import Sentence
from catalog_app.core.proportions import wilson
from catalog_app.recommendations.evaluation.found import ENOUGH, Estimate
from catalog_app.recommendations.evaluation.logged import Array, LoggedDecisions
from catalog_app.recommendations.evaluation.off_policy import difference, dr_terms
from catalog_app.recommendations.evaluation.policies import Policy, follow, valued
from catalog_app.recommendations.learning import metrics
from catalog_app.recommendations.learning.model import Model
from catalog_app.recommendations.learning.training_data import Impressions

LEAST_ROWS: Final = 100
LEAST_ACCEPTED: Final = 10
OFF: Final = 0.10
"""How far from what was accepted a promise may lie."""
ESTIMATORS: Final = ("ips", "snips", "dm", "dr")


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """Whether a model holds, why, in words, and the figures behind it, as JSON."""

    holds: bool
    reason: Sentence
    metrics: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Predicted:
    """How well a model predicted the later part."""

    accepted: Array
    probability: Array

    @property
    def auc(self) -> float:
        return metrics.auc(self.accepted, self.probability)

    @property
    def level(self) -> float:
        return metrics.overall_calibration(self.accepted, self.probability)

    @property
    def off(self) -> float:
        """How far the promise lies from what came true, as a share of it."""
        return abs(self.level - 1)

    def is_off(self) -> bool:
        """Return whether the promise lies further from the truth than OFF, and not by chance."""
        interval = wilson(int(self.accepted.sum()), len(self.accepted))
        promised = float(self.probability.mean())
        return not interval.low * (1 - OFF) <= promised <= interval.high * (1 + OFF)


@dataclass(frozen=True, slots=True)
class Compared:
    """A model beside what runs, by the decision log."""

    decisions: int
    values: Mapping[str, Estimate | None]
    difference: Estimate
    sample: float


def self_check(
    model: Model,
    later: Impressions,
    *,
    earlier: Impressions | None = None,
    log: LoggedDecisions | None = None,
    running: Model | None = None,
    serves: bool = True,
) -> SelfCheck:
    """Return whether a model that was fitted on the earlier part holds on the later.

    `log` are the decisions of the later part in which chance took part; without them nothing is compared with what runs.
    `running` is the model in use, if it has not seen the later part; without it a policy is compared with the answers
    that were given. `serves` says whether a model is in use at all. Too few later rows hold nothing against a model.
    """
    known = later.take(np.flatnonzero(model.columns_of(later.offer) >= 0))
    accepted = int(known.accepted.sum())
    rows = {"rows": len(known), "accepted": accepted}
    if len(known) < LEAST_ROWS or not LEAST_ACCEPTED <= accepted < len(known):
        return SelfCheck(holds=True, reason=_too_few(rows), metrics=rows)
    mine = Predicted(known.accepted, model.probability_of(known))
    before = None if running is None else _predicted(running, known)
    rate = _rate(known, earlier)
    compared = None if log is None else _compared(model, log, running)
    against = next(_against(mine, before, rate, compared, serves=serves), None)
    figures = {
        **rows,
        **_figures(mine),
        "rate_log_loss": None if rate is None else _log_loss(rate),
        "before": None if before is None else {"auc": before.auc, "log_loss": _log_loss(before)},
        **_value(compared),
    }
    return SelfCheck(against is None, against or _praise(mine, compared), figures)


def _against(
    mine: Predicted, before: Predicted | None, rate: Predicted | None, compared: Compared | None, *, serves: bool
) -> Iterator[Sentence]:
    """Yield what speaks against a model, the gravest first."""
    if mine.auc < 1 / 2:
        yield Sentence("It orders later offers no better than chance: AUC %(auc)s.", auc=f"{mine.auc:.3f}")
    if before is not None and _is_clearly_worse(mine, before):
        yield Sentence(
            "It orders later offers worse than the model in use: AUC %(auc)s beside %(other)s.",
            auc=f"{mine.auc:.3f}",
            other=f"{before.auc:.3f}",
        )
    is_nearer = any(mine.off < other.off for other in (before, rate) if other is not None)
    if serves and mine.is_off() and not is_nearer:
        yield Sentence(
            "It promises %(promised)s %% of what was accepted later, and may be 10 %% off.", promised=_percent(mine)
        )
    if compared is not None:
        yield from _against_value(compared, serves=serves)


def _against_value(compared: Compared, *, serves: bool) -> Iterator[Sentence]:
    if compared.difference.high < 0:
        yield Sentence(
            "Fewer of its first offers would be accepted than now: %(difference)s a decision, at best %(high)s.",
            difference=_signed(compared.difference.value),
            high=_signed(compared.difference.high),
        )
    if serves and compared.sample < ENOUGH <= compared.decisions:
        yield Sentence(
            "Only %(sample)d of %(decisions)d explored decisions are like its own; it takes %(enough)d to compare it "
            "with what runs.",
            sample=round(compared.sample),
            decisions=compared.decisions,
            enough=ENOUGH,
        )


def _praise(mine: Predicted, compared: Compared | None) -> Sentence:
    told = {"auc": f"{mine.auc:.3f}", "promised": _percent(mine)}
    if compared is None or compared.sample < ENOUGH:
        return Sentence(
            "It holds: AUC %(auc)s on later offers, and it promises %(promised)s %% of what was accepted.", **told
        )
    found = compared.difference
    return Sentence(
        "It holds: AUC %(auc)s on later offers, it promises %(promised)s %% of what was accepted, and its first offers "
        "are accepted %(difference)s times a decision beside what runs (between %(low)s and %(high)s).",
        **told,
        difference=_signed(found.value),
        low=_signed(found.low),
        high=_signed(found.high),
    )


def _too_few(rows: Mapping[str, int]) -> Sentence:
    return Sentence(
        "The later part holds %(rows)d offers, of which %(accepted)d were accepted; a check takes %(least)d, of which "
        "%(least_accepted)d.",
        rows=rows["rows"],
        accepted=rows["accepted"],
        least=LEAST_ROWS,
        least_accepted=LEAST_ACCEPTED,
    )


def _is_clearly_worse(mine: Predicted, before: Predicted) -> bool:
    _, _, high = metrics.auc_difference(mine.accepted, mine.probability, before.probability)
    return high < 0


def _percent(mine: Predicted) -> str:
    return f"{100 * mine.level:.0f}"


def _signed(value: float) -> str:
    return f"{value:+.4f}"


def _compared(model: Model, decisions: LoggedDecisions, running: Model | None) -> Compared:
    log, policies = decisions.log(), [Policy(model=model)]
    if running is not None:
        policies.append(Policy(model=running))
    followed, predicted = follow(decisions, policies, model)
    terms = [
        dr_terms(log, one.target, one.expected, predicted)
        for one in followed
        if one.expected is not None and predicted is not None
    ]
    found = valued(policies[0], log, followed[0], predicted, explored=True)
    # Without a model that runs, what was answered is what runs.
    beside = difference(log, terms[0], terms[1] if running is not None else log.reward)
    return Compared(
        len(decisions),
        {name: getattr(found, name) for name in ESTIMATORS},
        beside,
        0.0 if found.ips is None else found.ips.effective_sample,
    )


def _predicted(model: Model, later: Impressions) -> Predicted | None:
    """Return what the model in use predicts; None where it does not know all of the products."""
    if (model.columns_of(later.offer) < 0).any():
        return None
    return Predicted(later.accepted, model.probability_of(later))


def _figures(mine: Predicted) -> dict[str, Any]:
    return {
        "auc": mine.auc,
        "log_loss": _log_loss(mine),
        "calibration_overall": mine.level,
        "calibration": [asdict(one) for one in metrics.calibration(mine.accepted, mine.probability)],
        "lift": list(metrics.lift(mine.accepted, mine.probability)),
    }


def _value(compared: Compared | None) -> dict[str, Any]:
    if compared is None:
        return {}
    told = {name: _told(one) for name, one in compared.values.items()}
    return {
        "value": told,
        "difference": _told(compared.difference),
        "effective_sample": compared.sample,
        "decisions": compared.decisions,
    }


def _told(estimate: Estimate | None) -> dict[str, float] | None:
    """Return an estimate as JSON; None where its interval has no end."""
    if estimate is None or not (isfinite(estimate.low) and isfinite(estimate.high)):
        return None
    return asdict(estimate)


def _log_loss(one: Predicted) -> float:
    return metrics.log_loss(one.accepted, one.probability)


def _rate(later: Impressions, earlier: Impressions | None) -> Predicted | None:
    """Return what somebody promises who only knows the earlier rate of acceptance."""
    if earlier is None or not len(earlier):
        return None
    return Predicted(later.accepted, np.full(len(later), float(earlier.accepted.mean())))
