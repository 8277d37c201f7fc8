"""The shapes of campaigns in requests and answers, made from the rules and the table themselves."""

from collections.abc import Mapping
from typing import Any, Final

from catalog_app.campaigns.api.checks import PreviewInput
from catalog_app.campaigns.api.moves import ReasonInput, VersionInput
from catalog_app.campaigns.document import FIELDS
from catalog_app.campaigns.models import STATUSES, WITHDRAWAL_POLICIES, Campaign
from catalog_app.campaigns.offering import BECAUSE
from catalog_app.campaigns.patch import READ_ONLY
from catalog_app.campaigns.schema import CampaignInput
from catalog_app.core.operations import (
    MOMENT,
    OBJECT,
    TEXT,
    WHOLE,
    JsonSchema,
    Schema,
    columns_of,
    list_of,
    nullable,
    object_of,
    one_of,
    page_of,
)

_COUNT: Final[JsonSchema] = {"type": "integer", "minimum": 0}
_OUTCOME: Final = one_of(("yes", "no", "unknown"))
_REASON: Final = object_of({"code": TEXT, "rule": TEXT, "outcome": _OUTCOME, "message": TEXT})
_JUDGED: Final[Mapping[str, JsonSchema]] = {
    "eligibility": _OUTCOME,
    "unchecked": list_of(TEXT),
    "reasons": list_of(_REASON),
}
_ANYTHING_NAMED: Final[JsonSchema] = {"type": "object", "additionalProperties": True}


def _finding() -> dict[str, Any]:
    texts = ("channel", "language", "part", "suggestion", "replacement")
    return object_of(
        {
            "level": one_of(("error", "warning", "pass")),
            "code": TEXT,
            "message": TEXT,
            **dict.fromkeys(texts, nullable(TEXT)),
            **dict.fromkeys(("line", "column"), nullable(WHOLE)),
        }
    )


def _properties() -> dict[str, JsonSchema]:
    """Return the schema of each field of a campaign in an answer: what its column says, and what the rules add."""
    own: Mapping[str, JsonSchema] = {
        "status": one_of(STATUSES),
        "candidates": list_of(WHOLE),
        "channels": list_of(TEXT),
        **dict.fromkeys(("product_config", "audience", "messages", "sender_config"), _ANYTHING_NAMED),
        "on_withdrawal": one_of(WITHDRAWAL_POLICIES),
        "withdrawn_because": nullable(one_of(BECAUSE)),
    }
    ours = columns_of(Campaign, FIELDS)
    return {name: {**ours, **own}[name] for name in FIELDS}


def _shown() -> dict[str, Any]:
    return object_of(_properties())


def _checked() -> dict[str, Any]:
    return object_of({**_properties(), "findings": list_of(_finding())})


def _taken() -> dict[str, Any]:
    rules = CampaignInput.model_json_schema()
    ours = {name: {"description": "Passed over, so that what was read may be sent back."} for name in sorted(READ_ONLY)}
    return {**rules, "properties": {**rules["properties"], **ours}, "title": "CampaignInput"}


def _patched() -> dict[str, Any]:
    taken = _taken()
    properties = {
        name: schema if name in READ_ONLY else {"anyOf": [schema, {"type": "null"}]}
        for name, schema in taken["properties"].items()
    }
    return {**taken, "properties": properties, "required": [], "title": "CampaignPatch"}


def _history() -> dict[str, Any]:
    revision = object_of(
        {"id": WHOLE, "version": WHOLE, "action": TEXT, "at": MOMENT, "actor": TEXT, "changes": _ANYTHING_NAMED}
    )
    return object_of({"results": list_of(revision)})


def _preview() -> dict[str, Any]:
    fault = {
        **dict.fromkeys(("code", "part", "message"), TEXT),
        **dict.fromkeys(("line", "column"), nullable(WHOLE)),
        **dict.fromkeys(("suggestion", "replacement"), nullable(TEXT)),
    }
    contact = object_of(dict.fromkeys(("code", "rule", "message"), TEXT))
    sms = object_of({"encoding": TEXT, "characters": _COUNT, "segments": _COUNT})
    preview = object_of(
        {
            "channel": TEXT,
            "language": TEXT,
            "product_id": WHOLE,
            **_JUDGED,
            "contact": nullable(contact),
            "message": nullable(OBJECT),
            "sms": nullable(sms),
            "fault": nullable(object_of(fault)),
            "snapshot": OBJECT,
        }
    )
    withdrawal = nullable(_ANYTHING_NAMED)
    return object_of({"audience": object_of(_JUDGED), "withdrawal": withdrawal, "previews": list_of(preview)})


CAMPAIGN: Final = Schema("Campaign", _shown)
CAMPAIGN_CHECKED: Final = Schema("CampaignChecked", _checked)
CAMPAIGN_INPUT: Final = Schema("CampaignInput", _taken)
CAMPAIGN_PATCH: Final = Schema("CampaignPatch", _patched)
CAMPAIGN_PAGE: Final = Schema("CampaignPage", lambda: page_of(_shown(), counted=True))
FINDINGS: Final = Schema("Findings", lambda: object_of({"errors": _COUNT, "findings": list_of(_finding())}))
HISTORY: Final = Schema("CampaignHistory", _history)
PREVIEW: Final = Schema("Previews", _preview)
PREVIEW_INPUT: Final = Schema.of(PreviewInput)
REASON_INPUT: Final = Schema.of(ReasonInput)
VERSION_INPUT: Final = Schema.of(VersionInput)
