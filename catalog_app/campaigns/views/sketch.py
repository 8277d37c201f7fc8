"""A campaign that is still being typed, as far as it can be used: looked at, and never saved."""

from collections.abc import Mapping
from typing import Any, Final

from catalog_app.campaigns.forms import CampaignForm, said_before_typing
from catalog_app.campaigns.lifecycle import status_at
from catalog_app.campaigns.models import DRAFT, LAST_SNAPSHOT, Campaign
from catalog_app.campaigns.schema import CampaignInput
from catalog_app.core.clock import utcnow
from catalog_app.core.errors import RuleError

_ROUNDS: Final = 5
"""So often may one rule come to light only after another was obeyed."""


def sketched(form: CampaignForm, campaign: Campaign | None) -> Campaign:
    """Return what the form says as a campaign that no session knows; what breaks a rule is left out of it.

    Its words are those that were typed, to the last blank: what is wrong with them is told by line and column.
    """
    checked = usable(_values(form, campaign))
    said = {**checked.values(), "messages": form.messages.value()}
    if campaign is None:
        return Campaign(status=DRAFT, version=1, **said)
    kept = campaign.last_snapshot if said["on_withdrawal"] == LAST_SNAPSHOT else None
    status = status_at(campaign, utcnow())
    return Campaign(id=campaign.id, status=status, version=campaign.version, last_snapshot=kept, **said)


def usable(values: Mapping[str, Any]) -> CampaignInput:
    """Return as much of these values as the rules accept together."""
    left: dict[str, Any] = {**values, "name": values.get("name") or said_before_typing()}
    for _ in range(_ROUNDS):
        try:
            return CampaignInput.check(left)
        except RuleError as error:
            for path in error.errors:
                left = _without(left, path.split("."))
    return CampaignInput.check({"name": said_before_typing()})


def _values(form: CampaignForm, campaign: Campaign | None) -> dict[str, Any]:
    """Return what the form says; a rule that is none yet says nothing."""
    try:
        return form.values(campaign)
    except RuleError:
        form.rule_json.data = ""
        return form.values(campaign)


def _without(values: Mapping[str, Any], path: list[str]) -> dict[str, Any]:
    """Return the values without the deepest of these that is there."""
    name, *inside = path
    below = values.get(name)
    if inside and isinstance(below, dict) and inside[0] in below:
        return {**values, name: _without(below, inside)}
    return {**{kept: value for kept, value in values.items() if kept != name}} | (
        {"name": said_before_typing()} if name == "name" else {}
    )
