"""What is asked of a campaign before it runs: what pre-flight finds, and how a customer would read it."""

from collections.abc import Mapping
from typing import Annotated, Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import AfterValidator, Field

from catalog_app.accounts import requires_scope
from catalog_app.campaigns.api.asked import Asked
from catalog_app.campaigns.api.blueprint import bp
from catalog_app.campaigns.checking import errors_of
from catalog_app.campaigns.previewing import Preview, Previews, Sample
from catalog_app.campaigns.service import CampaignService
from catalog_app.core.errors import RuleError
from catalog_app.core.json_body import json_object
from catalog_app.core.query import Query
from catalog_app.core.text import clean_line
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import Verdict
from catalog_app.products.field_types import LanguageCode
from catalog_app.products.terms import Channel


class PreviewInput(Asked):
    """A sample customer; with an id their past contacts count. A channel or a language narrows what is shown."""

    customer_features: Annotated[dict[str, Any], Field(default_factory=dict)]
    customer_id: Annotated[str, AfterValidator(clean_line), Field(min_length=1, max_length=255)] | None = None
    channel: Channel | None = None
    language: LanguageCode | None = None

    def sample(self) -> Sample:
        """Return the customer; raise RuleError naming each feature at fault by its place in what was sent."""
        try:
            features = CustomerFeatures.of(self.customer_features)
        except RuleError as error:
            faults = {_place(name): message for name, message in error.errors.items()}
            raise RuleError(faults) from None
        return Sample(features, self.customer_id, self.channel, self.language)


@bp.post("/<int:campaign_id>/preflight/")
@requires_scope("campaigns:read")
def preflight(campaign_id: int) -> ResponseReturnValue:
    Query.taking()
    findings = CampaignService().preflight(campaign_id)
    return jsonify({"errors": len(errors_of(findings)), "findings": [finding.as_json() for finding in findings]})


@bp.post("/<int:campaign_id>/preview/")
@requires_scope("campaigns:read")
def preview(campaign_id: int) -> ResponseReturnValue:
    Query.taking()
    asked = PreviewInput.check(json_object() if request.get_data() else {})
    return jsonify(_shown(CampaignService().preview(campaign_id, asked.sample())))


def _place(name: str) -> str:
    return name if name == "customer_features" else f"customer_features.{name}"


def _shown(found: Previews) -> Mapping[str, Any]:
    return {
        "audience": _verdict(found.audience),
        "withdrawal": None if found.withdrawal is None else found.withdrawal.as_json(),
        "previews": [_preview(item) for item in found.items],
    }


def _preview(item: Preview) -> Mapping[str, Any]:
    return {
        "channel": item.channel,
        "language": item.language,
        "product_id": item.product_id,
        **_verdict(item.verdict),
        "contact": item.contact
        and {"code": item.contact.code, "rule": item.contact.rule, "message": item.contact.message},
        "message": None if item.rendered is None else item.rendered.as_json(),
        "sms": _length(item),
        "fault": None if item.fault is None else item.fault.as_json(),
        "snapshot": item.snapshot,
    }


def _length(item: Preview) -> Mapping[str, Any] | None:
    sms = None if item.rendered is None else item.rendered.sms
    if sms is None:
        return None
    return {"encoding": sms.encoding, "characters": sms.characters, "segments": sms.segments}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "eligibility": verdict.outcome,
        "unchecked": verdict.unchecked,
        "reasons": [
            {"code": reason.code, "rule": reason.rule, "outcome": reason.outcome, "message": reason.message}
            for reason in verdict.reasons
        ],
    }
