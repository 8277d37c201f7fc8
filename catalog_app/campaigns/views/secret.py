"""The secret with which a webhook of a campaign is signed: made anew, and shown once."""

from http import HTTPStatus

from flask import Response
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts import actor, requires_role
from catalog_app.campaigns.senders.secrets import renew_secret
from catalog_app.campaigns.views.blueprint import bp, campaigns, dialog, page_of, refused
from catalog_app.core.errors import ConflictError


@bp.get("/<int:campaign_id>/secret")
@requires_role("approver")
def confirm_secret(campaign_id: int) -> ResponseReturnValue:
    """Ask before the secret that the other side knows stops working."""
    return _asked(campaign_id)


@bp.post("/<int:campaign_id>/secret")
@requires_role("approver")
def secret(campaign_id: int) -> ResponseReturnValue:
    campaigns().get(campaign_id)
    try:
        made = renew_secret(campaign_id, actor=actor())
    except ConflictError as error:
        return refused(str(error), page_of(campaign_id), HTTPStatus.CONFLICT)
    answer = _asked(campaign_id, made)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _asked(campaign_id: int, made: str | None = None) -> Response:
    campaign = campaigns().get(campaign_id)
    name = campaign.name
    title = (
        gettext("The new secret of %(name)s", name=name) if made else gettext("A new secret for %(name)s?", name=name)
    )
    return dialog("campaigns/_secret.html", title, campaign=campaign, secret=made)
