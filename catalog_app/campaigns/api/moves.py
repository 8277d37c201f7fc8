"""What is done with a campaign: it is activated, paused, resumed, completed, copied, and brought back as it was."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Annotated, Any

from flask import jsonify, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import Field

from catalog_app.accounts import actor, requires_scope
from catalog_app.campaigns.api.asked import Asked
from catalog_app.campaigns.api.blueprint import bp
from catalog_app.campaigns.api.items import answer, version
from catalog_app.campaigns.checking import NotReadyError, errors_of
from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.service import CampaignService
from catalog_app.core.etags import expected_version
from catalog_app.core.json_body import json_object
from catalog_app.core.json_values import as_json
from catalog_app.core.links import absolute
from catalog_app.core.problems import problem
from catalog_app.core.query import Query, about_the_query
from catalog_app.products.field_types import MAX_INT, Reason


class ReasonInput(Asked):
    """Why a campaign is stopped; a body that says nothing may be left out."""

    reason: Reason | None = None


class VersionInput(Asked):
    """The version whose values a campaign takes again."""

    version: Annotated[int, Field(ge=1, le=MAX_INT)]


@bp.post("/<int:campaign_id>/activate/")
@requires_scope("campaigns:write")
def activate(campaign_id: int) -> ResponseReturnValue:
    return _run(CampaignService().activate, campaign_id)


@bp.post("/<int:campaign_id>/resume/")
@requires_scope("campaigns:write")
def resume(campaign_id: int) -> ResponseReturnValue:
    return _run(CampaignService().resume, campaign_id)


@bp.post("/<int:campaign_id>/pause/")
@requires_scope("campaigns:write")
def pause(campaign_id: int) -> ResponseReturnValue:
    return _stop(CampaignService().pause, campaign_id)


@bp.post("/<int:campaign_id>/complete/")
@requires_scope("campaigns:write")
def complete(campaign_id: int) -> ResponseReturnValue:
    return _stop(CampaignService().complete, campaign_id)


@bp.post("/<int:campaign_id>/copy/")
@requires_scope("campaigns:write")
def copy(campaign_id: int) -> ResponseReturnValue:
    Query.taking()
    made = CampaignService().copy(campaign_id, actor=actor())
    response = answer(made, checked=True)
    response.headers["Location"] = absolute(url_for("campaigns_api.read", campaign_id=made.id))
    return response, HTTPStatus.CREATED


@bp.post("/<int:campaign_id>/restore/")
@requires_scope("campaigns:write")
def restore(campaign_id: int) -> ResponseReturnValue:
    """Let a campaign say again what it said at a version; a draft or a paused one alone."""
    Query.taking()
    asked = VersionInput.check(json_object())
    expected = expected_version(lambda: version(campaign_id))
    campaign = CampaignService().restore_version(campaign_id, asked.version, expected_version=expected, actor=actor())
    return answer(campaign, checked=True)


@bp.get("/<int:campaign_id>/history/")
@requires_scope("campaigns:read")
def history(campaign_id: int) -> ResponseReturnValue:
    with about_the_query():
        limit = Query.taking("limit").limit()
    service = CampaignService()
    service.get(campaign_id)
    return jsonify({"results": [_told(revision) for revision in service.history(campaign_id, limit=limit)]})


def _told(revision: Any) -> Mapping[str, Any]:
    shown = {name: as_json(getattr(revision, name)) for name in ("version", "action", "at", "actor", "changes")}
    return {"id": revision.id, **shown}


def _run(move: Callable[..., Campaign], campaign_id: int) -> ResponseReturnValue:
    Query.taking()
    expected = expected_version(lambda: version(campaign_id))
    try:
        return answer(move(campaign_id, expected_version=expected, actor=actor()))
    except NotReadyError as error:
        faults = {finding.field: str(finding.message) for finding in errors_of(error.findings)}
        findings = [finding.as_json() for finding in error.findings]
        return problem(HTTPStatus.CONFLICT, str(error), errors=faults, extra={"findings": findings})


def _stop(move: Callable[..., Campaign], campaign_id: int) -> ResponseReturnValue:
    Query.taking()
    asked = ReasonInput.check(json_object() if request.get_data() else {})
    expected = expected_version(lambda: version(campaign_id))
    return answer(move(campaign_id, reason=asked.reason, expected_version=expected, actor=actor()))
