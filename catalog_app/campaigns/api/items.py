"""One campaign: read, made, changed and deleted, with its version as the entity tag."""

from http import HTTPStatus

from flask import Response, jsonify, url_for
from flask.typing import ResponseReturnValue

from catalog_app.accounts import actor, requires_scope
from catalog_app.campaigns.api.blueprint import bp
from catalog_app.campaigns.document import document
from catalog_app.campaigns.filters import FILTERS, parse_filters, parse_sort
from catalog_app.campaigns.lifecycle import status_at
from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.service import CampaignService
from catalog_app.core.clock import utcnow
from catalog_app.core.etags import etag, expected_version, not_modified
from catalog_app.core.json_body import JSON, MERGE_PATCH, json_object
from catalog_app.core.json_lists import listed
from catalog_app.core.links import absolute
from catalog_app.core.query import Query, about_the_query
from catalog_app.products.parameters import flag

LIST_PARAMETERS = (*(declared.name for declared in FILTERS), "sort", "limit", "cursor", "count")


@bp.get("/")
@requires_scope("campaigns:read")
def index() -> ResponseReturnValue:
    now = utcnow()
    with about_the_query():
        query = Query.taking(*LIST_PARAMETERS)
        filters = parse_filters(query.parameters)
        sorts, service = parse_sort(query.one("sort") or ""), CampaignService()
        found = service.search(filters, sorts, limit=query.limit(), cursor=query.one("cursor"), now=now)
        count = service.count(filters, now=now) if flag(query, "count", default=False) else None
    return listed((document(campaign, now=now) for campaign in found.items), next_cursor=found.next_cursor, count=count)


@bp.post("/")
@requires_scope("campaigns:write")
def create() -> ResponseReturnValue:
    Query.taking()
    campaign = CampaignService().create(json_object(), actor=actor())
    response = answer(campaign, checked=True)
    response.headers["Location"] = absolute(url_for("campaigns_api.read", campaign_id=campaign.id))
    return response, HTTPStatus.CREATED


@bp.get("/<int:campaign_id>/")
@requires_scope("campaigns:read")
def read(campaign_id: int) -> ResponseReturnValue:
    Query.taking()
    campaign = CampaignService().get(campaign_id)
    # Where the clock has moved the campaign and nobody has noted it yet, its version does not tell its state.
    is_noted = status_at(campaign, utcnow()) == campaign.status
    unchanged = not_modified(campaign.version) if is_noted else None
    return unchanged or answer(campaign)


@bp.patch("/<int:campaign_id>/")
@requires_scope("campaigns:write")
def patch(campaign_id: int) -> ResponseReturnValue:
    Query.taking()
    values = json_object(JSON, MERGE_PATCH)
    expected = expected_version(lambda: version(campaign_id))
    campaign = CampaignService().patch(campaign_id, values, expected_version=expected, actor=actor())
    return answer(campaign, checked=True)


@bp.delete("/<int:campaign_id>/")
@requires_scope("campaigns:write")
def delete(campaign_id: int) -> ResponseReturnValue:
    Query.taking()
    expected = expected_version(lambda: version(campaign_id))
    CampaignService().delete(campaign_id, expected_version=expected, actor=actor())
    response = Response(status=HTTPStatus.NO_CONTENT)
    del response.headers["Content-Type"]
    return response


def answer(campaign: Campaign, *, checked: bool = False) -> Response:
    """Return a campaign as JSON; `checked` adds what pre-flight finds, which is told whenever it is saved."""
    body = document(campaign, now=utcnow())
    if checked:
        body["findings"] = [finding.as_json() for finding in CampaignService().preflight(campaign.id)]
    response = jsonify(body)
    response.headers["ETag"] = etag(campaign.version)
    return response


def version(campaign_id: int) -> int:
    return CampaignService().get(campaign_id).version
