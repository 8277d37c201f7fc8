"""Decisions as JSON: money as text, scores as numbers."""

from collections.abc import Mapping
from typing import Any

from catalog_app.core.json_values import money_text
from catalog_app.recommendations.decisions.asked import Decided, Excluded, ExclusionReason, Offer, OfferReason


def decision(decided: Decided, *, explain: bool) -> Mapping[str, Any]:
    """Return the answer to a decision; `arm` and `stale` stand in it only where there is something to say."""
    refused = decided.refused
    answer: dict[str, Any] = {
        "decision_id": decided.decision_id,
        "model_version": decided.model_version,
        "basis": decided.basis,
        "unknown_features": decided.unknown_features,
        "eligible": decided.eligible,
        "offers": [_offer(offer) for offer in decided.offers],
        "refused": None if refused is None else _exclusion_reason(refused),
    }
    if decided.arm is not None:
        answer["arm"] = decided.arm
    if decided.is_stale:
        answer["stale"] = True
    if decided.left_out:
        answer["left_out"] = decided.left_out
    if explain:
        answer["excluded"] = [excluded(one) for one in decided.excluded]
        answer["excluded_count"] = decided.excluded_count
    return answer


def reason(one: OfferReason) -> dict[str, Any]:
    shown: dict[str, Any] = {"code": one.code, "label": one.label, "amount": one.amount}
    return shown if one.product_id is None else {**shown, "product_id": one.product_id}


def excluded(one: Excluded) -> dict[str, Any]:
    reasons = [_exclusion_reason(reason) for reason in one.reasons]
    return {"product_id": one.product_id, "name": one.name, "reasons": reasons}


def _offer(offer: Offer) -> dict[str, Any]:
    factors = offer.factors
    return {
        "product_id": offer.product_id,
        "name": offer.name,
        "rank": offer.rank,
        "priority": offer.priority,
        "propensity": offer.propensity,
        "probability": offer.probability,
        "context": factors.context,
        "value": None if offer.value is None else money_text(offer.value),
        "levers": factors.levers,
        "factors": {
            "propensity": factors.propensity,
            "context": factors.context,
            "value": factors.value,
            "levers": factors.levers,
        },
        "score": offer.score,
        "reasons": [reason(one) for one in offer.reasons],
        "uncertainty": offer.uncertainty,
    }


def _exclusion_reason(one: ExclusionReason) -> dict[str, str]:
    return {"code": one.code, "rule": one.rule, "message": one.message}
