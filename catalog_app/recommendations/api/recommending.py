"""Recommendations by affinity: what goes with a customer, and what is like a product."""

from typing import Any, Final

from flask import jsonify
from flask.typing import ResponseReturnValue

from catalog_app.accounts import requires_scope
from catalog_app.core.json_body import json_object
from catalog_app.core.query import Query, about_the_query
from catalog_app.recommendations import service
from catalog_app.recommendations.api.answers import excluded, reason
from catalog_app.recommendations.api.asking import RecommendInput
from catalog_app.recommendations.api.blueprint import recommendations
from catalog_app.recommendations.decisions.asked import MAX_LIMIT

DEFAULT_SIMILAR: Final = 10


@recommendations.post("/")
@requires_scope("nbo:read")
def recommend() -> ResponseReturnValue:
    Query.taking()
    asked = RecommendInput.check(json_object()).asked()
    found = service.recommend(asked)
    answer: dict[str, Any] = {
        "model_version": found.model_version,
        "basis": found.basis,
        "unknown_features": found.unknown_features,
        "eligible": found.eligible,
        "recommendations": [
            {
                "product_id": one.product_id,
                "name": one.name,
                "rank": one.rank,
                "score": one.score,
                "reasons": [reason(part) for part in one.reasons],
            }
            for one in found.recommendations
        ],
    }
    if found.left_out:
        answer["left_out"] = found.left_out
    if asked.explain:
        answer["excluded"] = [excluded(one) for one in found.excluded]
        answer["excluded_count"] = found.excluded_count
    return jsonify(answer)


@recommendations.get("/similar/<int:product_id>/")
@requires_scope("nbo:read")
def similar(product_id: int) -> ResponseReturnValue:
    with about_the_query():
        limit = Query.taking("limit").limit(DEFAULT_SIMILAR, most=MAX_LIMIT)
    found = service.similar(product_id, limit)
    results = [
        {"product_id": one.product_id, "name": one.name, "rank": one.rank, "similarity": one.similarity}
        for one in found.results
    ]
    return jsonify({"model_version": found.model_version, "basis": found.basis, "results": results})
