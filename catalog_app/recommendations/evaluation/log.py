"""Reading the decision log for the estimators."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Final, TypeVar

import numpy as np
from sqlalchemy import Row, Select, and_, exists, func, select
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.wiring import settings
from catalog_app.products.models import Product
from catalog_app.products.offers import worth
from catalog_app.recommendations.decisions.candidate_sets import unpacked
from catalog_app.recommendations.evaluation.logged import Array, Integers, LoggedDecisions
from catalog_app.recommendations.features import customer_features, product_features
from catalog_app.recommendations.models import ACCEPTED, SHOWN, CandidateSet, Decision, FeedbackEvent, NboSettings
from catalog_app.recommendations.scoring.arbitration import context_weights, filled, lever
from catalog_app.recommendations.scoring.arms import SILENT
from catalog_app.recommendations.settings import settings_row

T = TypeVar("T")

MOST_DECISIONS: Final = 20_000
_CLOSED: Final = 0.8
_A_STEP: Final = 500

_READ: Final = (
    Decision.id,
    Decision.decided_at,
    Decision.customer,
    Decision.context,
    Decision.features,
    Decision.owned,
    Decision.candidate_set,
    Decision.offers,
    Decision.probability,
)


def logged(
    session: Session, since: datetime, until: datetime, *, explored: bool = True, most: int = MOST_DECISIONS
) -> LoggedDecisions | None:
    """Return the newest decisions of a time that made an offer; None where there are none.

    `explored` takes those alone in which chance took part. A first offer is accepted if an event says so that belongs
    to the decision, within the time of attribution. Decisions too new to be answered are left out, with the answers
    they have, if four fifths are old enough; else no answer counts as no. Where callers report what was shown, decisions
    of which nothing is told are left out: their offer may never have been seen, and training knows nothing of it either.
    """
    chosen = settings_row(session)
    within = timedelta(days=chosen.attribution_days)
    narrowed = _narrowed(since, _closed(session, since, until, within), explored=explored)
    newest = narrowed.order_by(Decision.id.desc()).limit(most)
    rows = _told_of(session, [row for row in reversed(session.execute(newest).all()) if row.offers])
    return _as_arrays(session, rows, chosen, within) if rows else None


def _told_of(session: Session, rows: list[Row[Any]]) -> list[Row[Any]]:
    if not rows:
        return rows
    within = FeedbackEvent.decision_id.between(rows[0].id, rows[-1].id)
    told = session.execute(select(FeedbackEvent.decision_id, FeedbackEvent.event).where(within).distinct()).all()
    if not any(event == SHOWN for _, event in told):
        return rows
    numbers = {number for number, _ in told}
    return [row for row in rows if row.id in numbers]


def _narrowed(since: datetime, until: datetime, *, explored: bool) -> Select[Any]:
    # Where a candidate set is gone, nobody knows what else could have been offered.
    is_kept = exists().where(CandidateSet.hash == Decision.candidate_set)
    query = select(*_READ).where(Decision.decided_at >= since, Decision.decided_at < until, is_kept)
    if explored:
        return query.where(Decision.arm.is_not(None), Decision.arm != SILENT, Decision.eligible > 0)
    return query.where(Decision.eligible > 0)


def _closed(session: Session, since: datetime, until: datetime, within: timedelta) -> datetime:
    """Return until when decisions are taken: up to where they can still be answered, if that leaves enough."""
    end = min(until, utcnow() - within)
    counts = [
        session.scalar(select(func.count()).where(Decision.decided_at >= since, Decision.decided_at < each)) or 0
        for each in (end, until)
    ]
    return end if counts[0] >= _CLOSED * counts[1] and counts[0] else until


def _as_arrays(session: Session, rows: Sequence[Row[Any]], chosen: NboSettings, within: timedelta) -> LoggedDecisions:
    sets = _sets(session, {row.candidate_set for row in rows})
    offers = [int(row.offers[0]["product_id"]) for row in rows]
    product_ids = _all_products(offers, list(sets.values()))
    products = _products(session, product_ids.tolist())
    number_of = {hash_: number for number, hash_ in enumerate(sets)}
    contexts = sorted({row.context or "" for row in rows})
    customers: dict[str, int] = {}
    accepted = _accepted(session, rows, within)
    return LoggedDecisions(
        product_ids=product_ids,
        described=[product_features(one, settings().base_currency) if one else {} for one in products],
        value=_values(products),
        weight=np.array([_weights(products, chosen, context) for context in contexts]),
        context=np.array([contexts.index(row.context or "") for row in rows], np.int64),
        sets=list(sets.values()),
        among=np.array([number_of[row.candidate_set] for row in rows], np.int64),
        features=[customer_features(row.features or {}) for row in rows],
        owned=[row.owned or () for row in rows],
        offer=np.searchsorted(product_ids, offers).astype(np.int64),
        probability=np.array([row.probability for row in rows], np.float64),
        accepted=np.array([(row.id, offer) in accepted for row, offer in zip(rows, offers, strict=True)], np.float64),
        # Of whom nothing is known, each counts as somebody else.
        customer=_numbered(rows, customers),
        learns=chosen.use_propensity,
    )


def _numbered(rows: Sequence[Row[Any]], customers: dict[str, int]) -> Integers:
    return np.array(
        [-row.id if row.customer is None else customers.setdefault(row.customer, len(customers)) for row in rows],
        np.int64,
    )


def _sets(session: Session, hashes: Iterable[str]) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    for some in _steps(sorted(hashes)):
        query = select(CandidateSet.hash, CandidateSet.product_ids).where(CandidateSet.hash.in_(some))
        found.update(session.execute(query).all())
    return found


def _all_products(offers: Sequence[int], sets: Sequence[bytes]) -> Integers:
    """Return every product that could have been offered, ascending; step by step, since there may be a set a decision."""
    found = np.unique(np.array(offers, np.int64))
    for some in _steps(sets):
        found = np.unique(np.concatenate([found, *map(unpacked, some)]))
    return found


def _products(session: Session, ids: Sequence[int]) -> list[Product | None]:
    """Return the products, those that are no longer sold too; None for what is not there any more."""
    found = chain.from_iterable(
        session.scalars(select(Product).where(Product.id.in_(some))) for some in _steps(list(ids))
    )
    by_id = {product.id: product for product in found}
    return [by_id.get(number) for number in ids]


def _accepted(session: Session, rows: Sequence[Row[Any]], within: timedelta) -> set[tuple[int, int]]:
    """Return which product of which decision was accepted in time."""
    moments = {row.id: row.decided_at for row in rows}
    events = select(FeedbackEvent.decision_id, FeedbackEvent.product_id, FeedbackEvent.occurred_at).where(
        and_(FeedbackEvent.decision_id.between(rows[0].id, rows[-1].id), FeedbackEvent.event == ACCEPTED)
    )
    return {
        (number, product_id)
        for number, product_id, at in session.execute(events)
        if number is not None and number in moments and at <= moments[number] + within
    }


def _values(products: Sequence[Product | None]) -> Array:
    base = settings().base_currency
    worths = [None if one is None else worth(one, base) for one in products]
    known = np.array([each is not None for each in worths])
    return filled(np.array([float(each or 0) for each in worths]), known)


def _weights(products: Sequence[Product | None], chosen: NboSettings, context: str) -> Array:
    """Return the weights in a context as the settings stand; what is gone for good weighs 1."""
    there = [one for one in products if one is not None]
    weight = _values(products) if chosen.use_value else np.ones(len(products))
    is_there = np.array([one is not None for one in products])
    if chosen.use_context:
        entries: list[dict[str, Any]] = next((one["weights"] for one in chosen.contexts if one["key"] == context), [])
        weight[is_there] *= context_weights(there, entries)
    if chosen.use_levers:
        weight[is_there] *= [lever(one) for one in there]
    return weight


def _steps(values: Sequence[T]) -> Iterable[Sequence[T]]:
    return (values[start : start + _A_STEP] for start in range(0, len(values), _A_STEP))
