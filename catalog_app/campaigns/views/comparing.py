"""Two people changed one campaign: both versions side by side, and a choice for each field that differs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from flask import Response, make_response, render_template, request
from flask_babel import gettext

from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.schema import FIELDS, CampaignInput
from catalog_app.campaigns.views.blueprint import campaigns
from catalog_app.core.htmx import wants_fragment
from catalog_app.core.json_values import as_json
from catalog_app.events.diffs import label_of, said

CHOOSE: Final = "choose-"
THEIRS: Final = "theirs"
_INSIDE: Final = ("product_config", "audience", "messages")
_WHOLE: Final = ("audience.rule",)
_NOT_SENT: Final = frozenset({"csrf_token", "version", "then"})

Leaves = dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """One field that stands otherwise than what was just typed. `theirs_first`: only they changed it."""

    field: str
    label: str
    mine: str
    theirs: str
    theirs_first: bool


def compared(campaign_id: int, mine: CampaignInput, opened: int) -> Response:
    """Show both versions; what was typed travels along hidden, until a choice is made."""
    campaign = campaigns().get(campaign_id)
    before = leaves(campaigns().values_at(campaign_id, opened)) if 0 < opened <= campaign.version else {}
    differing = list(_differences(leaves(_values(campaign)), leaves(mine.values()), before))
    page = render_template(
        "campaigns/_compare.html" if wants_fragment() else "campaigns/compare.html",
        title=gettext("Compare both versions"),
        campaign=campaign,
        differences=differing,
        typed=[pair for pair in request.form.items(multi=True) if _is_sent(pair[0], {one.field for one in differing})],
    )
    return make_response(page, HTTPStatus.CONFLICT)


def with_theirs(mine: Mapping[str, Any], campaign: Campaign) -> dict[str, Any]:
    """Return the values that were typed with those fields of the saved campaign that somebody chose to keep."""
    chosen = [name.removeprefix(CHOOSE) for name, choice in request.form.items() if _is_theirs(name, choice)]
    if not chosen:
        return dict(mine)
    kept, stands = leaves(mine), leaves(_values(campaign))
    for path in chosen:
        kept.pop(path, None)
        if path in stands:
            kept[path] = stands[path]
    return _nested(kept)


def leaves(values: Mapping[str, Any]) -> Leaves:
    """Return the values by dotted names, so that one text of a message is one field."""
    return dict(_leaves("", values))


def _values(campaign: Campaign) -> dict[str, Any]:
    return {field: getattr(campaign, field) for field in FIELDS}


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and path not in _WHOLE and (not path or path.partition(".")[0] in _INSIDE):
        for name, below in value.items():
            yield from _leaves(f"{path}.{name}" if path else name, below)
    elif value not in (None, [], {}, ""):
        yield path, value


def _nested(kept: Leaves) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for path, value in kept.items():
        *above, name = path.split(".")
        place = values
        for step in above:
            place = place.setdefault(step, {})
        place[name] = value
    return values


def _differences(stands: Leaves, mine: Leaves, before: Leaves) -> Iterator[Difference]:
    for path in dict.fromkeys((*mine, *stands)):
        now, wanted, was = as_json(stands.get(path)), as_json(mine.get(path)), as_json(before.get(path))
        if now != wanted:
            yield Difference(
                path, label_of(path), said(path, wanted), said(path, now), theirs_first=bool(before) and was == wanted
            )


def _is_sent(name: str, asked_again: set[str]) -> bool:
    """Return whether a field travels along; a choice that is asked anew does not, any other one stays made."""
    if name in _NOT_SENT:
        return False
    return not name.startswith(CHOOSE) or name.removeprefix(CHOOSE) not in asked_again


def _is_theirs(name: str, choice: str) -> bool:
    return name.startswith(CHOOSE) and choice == THEIRS
