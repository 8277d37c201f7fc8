"""Evaluation of the decision log: what was answered, the model in use, most valuable first, and other models.

Everything is worked out when it is asked for, from the newest decisions (log.MOST_DECISIONS), in a second or two.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import NotFoundError, RuleError, Sentence
from catalog_app.core.read_connections import read_connections
from catalog_app.recommendations.evaluation.arms import arm_rates, uplift
from catalog_app.recommendations.evaluation.found import (
    CANDIDATE,
    ENOUGH,
    MODEL,
    MOST_VALUABLE,
    RUNNING,
    Estimate,
    Evaluation,
    Measure,
    PolicyKey,
    PolicyValue,
)
from catalog_app.recommendations.models import Decision, ModelVersion
from catalog_app.recommendations.settings import settings_row
from catalog_app.recommendations.training.live import live

if TYPE_CHECKING:
    from catalog_app.recommendations.evaluation.logged import LoggedDecisions
    from catalog_app.recommendations.evaluation.policies import Policy

WINDOW: Final = timedelta(days=90)
MOST_VERSIONS: Final = 3

NOTHING_DECIDED: Final = Sentence("Nothing was decided in this time.")
NOTHING_EXPLORED: Final = Sentence(
    "Nothing was left to chance in these decisions, so only a model can say what other offers would have brought."
)
NO_MODEL: Final = Sentence("No model is in use, so there is no direct estimate and none that is doubly robust.")
NO_SILENT: Final = Sentence("Nobody was left without an offer, so what offers bring at all is not known.")
IN_SAMPLE: Final = Sentence(
    "A model has learned from some of these decisions, which flatters its direct and doubly robust estimates."
)


def evaluation(
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    versions: Sequence[int] = (),
    measure: Measure = "acceptance",
    now: datetime | None = None,
) -> Evaluation:
    """Return what each policy is worth by the decisions of a time, the last 90 days unless said otherwise.

    `versions` are models to look at beside the one in use. Raises RuleError for a time that ends before it begins or
    too many versions, NotFoundError for one that is not there or whose bytes are damaged.
    """
    until = until or now or utcnow()
    since = since or _before(until)
    if since >= until:
        raise RuleError({"until": Sentence("The end is before the start.")})
    if len(versions) > MOST_VERSIONS:
        raise RuleError({"model_version": Sentence("At most %(count)d versions at once.", count=MOST_VERSIONS)})
    session = db.session()
    arms = arm_rates(session, since, until)
    compared = uplift(arms)
    policies, explored = _policies(session, since, until, versions, measure)
    decisions = _count(session, since, until)
    notes = _notes(policies, decisions, explored, has_uplift=compared is not None)
    return Evaluation(since, until, measure, decisions, explored, policies, arms, compared, tuple(notes))


def _policies(
    session: Session, since: datetime, until: datetime, versions: Sequence[int], measure: Measure
) -> tuple[tuple[PolicyValue, ...], int]:
    """Return the policies with their values, and on how many explored decisions those rest."""
    from catalog_app.recommendations.evaluation.log import logged  # noqa: PLC0415  # numpy, for those who ask

    asked = [_asked(session, version, since) for version in versions]
    found = logged(session, since, until)
    is_explored = found is not None
    found = found or logged(session, since, until, explored=False)
    if found is None:
        return (), 0
    policies = [*_in_use(session, since), *asked]
    return _valued(found, policies, measure, explored=is_explored), len(found) if is_explored else 0


def _valued(
    decisions: "LoggedDecisions", policies: "list[Policy]", measure: Measure, *, explored: bool
) -> tuple[PolicyValue, ...]:
    from catalog_app.recommendations.evaluation.off_policy import mean_reward  # noqa: PLC0415  # numpy
    from catalog_app.recommendations.evaluation.policies import Policy, follow, valued  # noqa: PLC0415  # numpy

    # One model says what to expect of all of them, so that they differ in what they choose alone.
    reward_model = policies[0].model if policies else None
    everybody = [*policies, Policy(MOST_VALUABLE)]
    followed, predicted = follow(decisions, everybody, reward_model, measure)
    log = decisions.log(measure)
    own = mean_reward(log)
    others = (
        valued(policy, log, one, predicted, explored=explored) for policy, one in zip(everybody, followed, strict=True)
    )
    found = (PolicyValue(RUNNING, None, own, own, own, own), *others)
    return found if measure == "value" else tuple(map(_as_shares, found))


def _as_shares(one: PolicyValue) -> PolicyValue:
    """Return the value with intervals that end where acceptances do: nobody accepts more than every first offer."""
    return replace(
        one, ips=_at_most_one(one.ips), snips=_at_most_one(one.snips), dm=_at_most_one(one.dm), dr=_at_most_one(one.dr)
    )


def _at_most_one(estimate: Estimate | None) -> Estimate | None:
    # A doubly robust value may itself come out above 1, and stays within its interval.
    return None if estimate is None else replace(estimate, high=min(estimate.high, max(1.0, estimate.value)))


def _in_use(session: Session, since: datetime) -> "Iterator[Policy]":
    policy = _policy(session, MODEL, settings_row(session).active_model, since)
    if policy is not None:
        yield policy


def _asked(session: Session, version: int, since: datetime) -> "Policy":
    policy = _policy(session, CANDIDATE, version, since)
    # What is damaged is answered by the version before it.
    if policy is None or policy.version != version:
        raise NotFoundError(Sentence("There is no model %(number)d that can be asked.", number=version))
    return policy


def _policy(session: Session, key: PolicyKey, version: int | None, since: datetime) -> "Policy | None":
    from catalog_app.recommendations.evaluation.policies import Policy  # noqa: PLC0415  # numpy

    if version is None or session.get(ModelVersion, version) is None:
        return None
    found = read_connections().read(lambda reader: live(reader, version))
    if found is None:
        return None
    learned_until = session.get_one(ModelVersion, found.version).data_until
    return Policy(key, found.version, found.model, in_sample=learned_until is not None and learned_until > since)


def _before(until: datetime) -> datetime:
    # Where time begins, there is nothing 90 days before.
    return until - WINDOW if until - datetime.min.replace(tzinfo=UTC) > WINDOW else datetime.min.replace(tzinfo=UTC)


def _count(session: Session, since: datetime, until: datetime) -> int:
    made = select(func.count()).where(Decision.decided_at >= since, Decision.decided_at < until, Decision.eligible > 0)
    return session.scalar(made) or 0


def _notes(policies: Sequence[PolicyValue], decisions: int, explored: int, *, has_uplift: bool) -> Iterator[Sentence]:
    if not decisions:
        yield NOTHING_DECIDED
        return
    if not explored:
        yield NOTHING_EXPLORED
    if not any(one.dm is not None for one in policies if one.key != RUNNING):
        yield NO_MODEL
    samples = [_sample(one.ips) for one in policies if one.key != RUNNING]
    if explored and samples and min(samples) < ENOUGH:
        yield Sentence(
            "Only %(count)d decisions count for one of the policies; below %(enough)d its intervals say little.",
            count=round(min(samples)),
            enough=ENOUGH,
        )
    if any(one.in_sample for one in policies):
        yield IN_SAMPLE
    if not has_uplift:
        yield NO_SILENT


def _sample(estimate: Estimate | None) -> float:
    return 0.0 if estimate is None else estimate.effective_sample
