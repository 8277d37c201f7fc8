"""GET /nbo/evaluation/: what the decision log says of the policy that runs, and of others."""

from dataclasses import asdict
from math import isfinite
from typing import Any, Final

from flask import jsonify
from flask.typing import ResponseReturnValue

from catalog_app.accounts import requires_scope
from catalog_app.core.clock import utcnow
from catalog_app.core.compared import arm_document, comparison_document
from catalog_app.core.errors import Fault, RuleError
from catalog_app.core.json_values import moment_text
from catalog_app.core.proportions import Arm
from catalog_app.core.query import Query, about_the_query
from catalog_app.recommendations.api.blueprint import nbo
from catalog_app.recommendations.decisions.filters import parse_filters
from catalog_app.recommendations.evaluation.found import MEASURES, ArmRate, Estimate, Evaluation, Measure, PolicyValue
from catalog_app.recommendations.evaluation.service import evaluation

ESTIMATORS: Final = ("ips", "snips", "dm", "dr")


@nbo.get("/evaluation/")
@requires_scope("ml:read")
def read_evaluation() -> ResponseReturnValue:
    with about_the_query():
        query = Query.taking("since", "until", "measure", "model_version")
        times = parse_filters({name: text for name in ("since", "until") if (text := query.one(name)) is not None})
        found = evaluation(
            since=times.moment("since"),
            until=times.moment("until"),
            versions=_versions(query),
            measure=_measure(query),
            now=utcnow(),
        )
    return jsonify(evaluation_document(found))


def evaluation_document(found: Evaluation) -> dict[str, Any]:
    """Return an evaluation as JSON shows it."""
    return {
        "since": moment_text(found.since),
        "until": moment_text(found.until),
        "measure": found.measure,
        "decisions": found.decisions,
        "explored": found.explored,
        "policies": [_policy(one) for one in found.policies],
        "arms": [_arm(one) for one in found.arms],
        "uplift": None if found.uplift is None else comparison_document(found.uplift),
        "notes": [str(note) for note in found.notes],
    }


def _policy(one: PolicyValue) -> dict[str, Any]:
    return {
        "policy": one.key,
        "model_version": one.model_version,
        **{name: _estimate(getattr(one, name)) for name in ESTIMATORS},
        "covered": one.covered,
        "in_sample": one.in_sample,
    }


def _estimate(found: Estimate | None) -> dict[str, float | None] | None:
    if found is None:
        return None
    # An interval without an end, as of a single customer, is null there: JSON has no infinity.
    return {name: value if isfinite(value) else None for name, value in asdict(found).items()}


def _arm(one: ArmRate) -> dict[str, Any]:
    return {"arm": one.arm, "decisions": one.decisions, **arm_document(Arm(one.customers, one.accepted))}


def _measure(query: Query) -> Measure:
    text = query.one("measure") or MEASURES[0]
    if text not in MEASURES:
        raise RuleError({"measure": Fault("unknown", f"Use one of: {', '.join(MEASURES)}.")})
    return text


def _versions(query: Query) -> list[int]:
    parsed = [parse_filters({"model_version": text}).values["model_version"] for text in query.every("model_version")]
    return list(dict.fromkeys(parsed))
