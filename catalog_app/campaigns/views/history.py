"""What happened to a campaign: who changed what, and the way back to what it said before."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts import actor, requires_role
from catalog_app.campaigns.lifecycle import CHANGEABLE, status_at
from catalog_app.campaigns.views.blueprint import bp, campaigns, done, page_of, refused
from catalog_app.core.babel import in_words
from catalog_app.core.clock import utcnow
from catalog_app.core.errors import ConflictError, RuleError, StaleError
from catalog_app.events.diffs import FieldDiff, field_diffs
from catalog_app.events.models import Revision
from catalog_app.events.words import action_words
from catalog_app.products.formatting import actor_name

_LISTED = 200


@dataclass(frozen=True)
class Entry:
    """One change: who, when, and each field before and after. `version` is what a way back leads to."""

    revision: Revision
    who: str
    action: str
    lines: Sequence[FieldDiff]
    version: int | None


@bp.get("/<int:campaign_id>/history")
@requires_role("viewer")
def history(campaign_id: int) -> ResponseReturnValue:
    campaign = campaigns().get(campaign_id)
    status = status_at(campaign, utcnow())
    entries = [_entry(one, campaign.version) for one in campaigns().history(campaign_id, limit=_LISTED)]
    return render_template(
        "campaigns/history.html", campaign=campaign, status=status, entries=entries, can_restore=status in CHANGEABLE
    )


@bp.post("/<int:campaign_id>/restore")
@requires_role("editor")
def restore(campaign_id: int) -> ResponseReturnValue:
    """Let the campaign say again what it said at a version; that is one more change, and taken back alike."""
    try:
        campaign = campaigns().restore_version(
            campaign_id, request.form.get("to", 0, type=int), expected_version=_version(), actor=actor()
        )
    except (ConflictError, StaleError) as error:
        return refused(str(error), page_of(campaign_id), HTTPStatus.CONFLICT)
    except RuleError as error:
        return refused(" ".join(map(in_words, error.errors.values())), page_of(campaign_id), HTTPStatus.CONFLICT)
    text = gettext("%(name)s says what version %(version)s said", name=campaign.name, version=request.form["to"])
    return done(text, page_of(campaign_id))


def _entry(revision: Revision, newest: int) -> Entry:
    before = {field: change[0] for field, change in revision.changes.items()}
    after = {field: change[1] for field, change in revision.changes.items()}
    is_past = bool(revision.version) and revision.version < newest
    return Entry(
        revision=revision,
        who=actor_name(revision.actor),
        action=action_words(revision.action, revision.subject_type),
        lines=field_diffs(before, after) if revision.action != "created" else (),
        version=revision.version if is_past else None,
    )


def _version() -> int | None:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() else None
