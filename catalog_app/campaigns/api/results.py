"""Results as JSON."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from catalog_app.accounts import requires_scope
from catalog_app.campaigns.api.blueprint import bp
from catalog_app.campaigns.results.document import results_document
from catalog_app.campaigns.results.reading import results_of
from catalog_app.campaigns.service import CampaignService
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.query import Query


@bp.get("/<int:campaign_id>/results/")
@requires_scope("campaigns:read")
def results(campaign_id: int) -> ResponseReturnValue:
    Query.taking()
    CampaignService().get(campaign_id)
    return jsonify(results_document(campaign_id, results_of(db.session(), campaign_id), at=utcnow()))
