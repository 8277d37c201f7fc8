"""What the pages of campaigns share: the blueprint, the service, and how a change is answered."""

from http import HTTPStatus

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from catalog_app.campaigns.service import CampaignService
from catalog_app.campaigns.views.languages import language_name
from catalog_app.core.babel import in_words
from catalog_app.core.htmx import wants_fragment

bp = Blueprint("campaigns", __name__, url_prefix="/admin/campaigns")
bp.add_app_template_filter(language_name)


def campaigns() -> CampaignService:
    return CampaignService()


def page_of(campaign_id: int) -> str:
    """Return the page of a campaign."""
    return url_for("campaigns.show", campaign_id=campaign_id)


def dialog(part: str, title: str, status: HTTPStatus = HTTPStatus.OK, **context: object) -> Response:
    """Answer with the fragment `part`: alone for the dialog of an open page, else as a page of its own."""
    in_dialog = wants_fragment()
    template = part if in_dialog else "campaigns/alone.html"
    return make_response(render_template(template, part=part, title=title, in_dialog=in_dialog, **context), status)


def done(text: str, back: str) -> ResponseReturnValue:
    """Answer a change that worked with the page `back`, which says so."""
    say(text, "good")
    return leading_to(back)


def refused(text: str, back: str, status: HTTPStatus) -> ResponseReturnValue:
    """Answer a change that was refused: the reason as a toast that stays."""
    if wants_fragment():
        return make_response(render_template("errors/_fragment.html", detail=text), status)
    say(text, "bad")
    return leading_to(back)


def say(text: str, tone: str) -> None:
    """Let the next page show a toast."""
    flash(in_words(text), tone)


def leading_to(page: str) -> ResponseReturnValue:
    """Answer with another page, also where htmx asked."""
    if wants_fragment():
        return Response(status=HTTPStatus.OK, headers={"HX-Redirect": page})
    return redirect(page, HTTPStatus.SEE_OTHER)
