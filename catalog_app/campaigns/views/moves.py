"""What can be done with a campaign beside editing it: let it run, pause it, end it, copy it, delete it."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from catalog_app.accounts import actor, i_may, requires_role
from catalog_app.campaigns.checking import NotReadyError
from catalog_app.campaigns.lifecycle import ACTIVATE, COMPLETE, DELETE, PAUSE, RESUME, moves_from, status_at
from catalog_app.campaigns.messages.finding import WARNING, Finding
from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.views.blueprint import bp, campaigns, dialog, done, page_of, refused
from catalog_app.campaigns.views.consequences import consequences, facts_before
from catalog_app.campaigns.views.findings import lines_of
from catalog_app.campaigns.views.move_words import COPY, MOVE_WORDS, done_words, question
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import CatalogError, ConflictError, RuleError, StaleError

RUNNING = (ACTIVATE.name, RESUME.name, PAUSE.name, COMPLETE.name)
"""What changes whether customers hear from a campaign: an approver decides it."""
BY_BUTTON = (PAUSE.name,)
IN_FORM = (ACTIVATE.name, RESUME.name)
"""These save the form first, so its own buttons ask for them."""


@dataclass(frozen=True)
class MoveLink:
    """One thing that can be done now, with the address that asks about it."""

    name: str
    url: str
    is_button: bool

    @property
    def verb(self) -> str:
        return str(MOVE_WORDS[self.name].verb)

    @property
    def icon(self) -> str:
        return MOVE_WORDS[self.name].icon

    @property
    def note(self) -> str | None:
        note = MOVE_WORDS[self.name].note
        return None if note is None else str(note)


def moves_of(campaign: Campaign | None) -> Sequence[MoveLink]:
    """Return what this person may do with a campaign now, beside what the form's own buttons do."""
    if campaign is None or not i_may("editor"):
        return ()
    names = [move.name for move in moves_from(status_at(campaign, utcnow())) if move.name not in IN_FORM]
    offered = [*(name for name in names if name not in RUNNING or i_may("approver")), COPY]
    # What cannot be undone comes last.
    ordered = sorted(offered, key=lambda name: name == DELETE.name)
    return [MoveLink(name, _question_url(campaign.id, name), name in BY_BUTTON) for name in ordered]


@bp.get("/<int:campaign_id>/ask/<move>")
@requires_role("approver")
def ask(campaign_id: int, move: str) -> Response:
    """Ask before a campaign runs, pauses or ends, with what happens then."""
    if move not in RUNNING:
        abort(HTTPStatus.NOT_FOUND)
    return _asked(campaign_id, move, _doubts(campaign_id, move))


def question_page(campaign_id: int, move: str) -> str:
    """Return the same question as the dialog of an open page shows it."""
    if not i_may("approver"):
        abort(HTTPStatus.FORBIDDEN)
    return ask(campaign_id, move).get_data(as_text=True)


@bp.post("/<int:campaign_id>/run/<move>")
@requires_role("approver")
def run(campaign_id: int, move: str) -> ResponseReturnValue:
    if move not in RUNNING:
        abort(HTTPStatus.NOT_FOUND)
    reason = request.form.get("reason", "").strip()[:255] or None
    try:
        campaign = _run(campaign_id, move, reason)
    except NotReadyError as error:
        return _asked(campaign_id, move, error.findings, HTTPStatus.CONFLICT)
    except (ConflictError, StaleError) as error:
        return refused(str(error), page_of(campaign_id), HTTPStatus.CONFLICT)
    return done(done_words(move, campaign.name), page_of(campaign_id))


@bp.get("/<int:campaign_id>/copy")
@requires_role("editor")
def confirm_copy(campaign_id: int) -> ResponseReturnValue:
    return _asked(campaign_id, COPY)


@bp.post("/<int:campaign_id>/copy")
@requires_role("editor")
def copy(campaign_id: int) -> ResponseReturnValue:
    try:
        made = campaigns().copy(campaign_id, actor=actor())
    except RuleError as error:
        return refused(_first(error), page_of(campaign_id), HTTPStatus.CONFLICT)
    return done(done_words(COPY, made.name), page_of(made.id))


@bp.get("/<int:campaign_id>/delete")
@requires_role("editor")
def confirm_delete(campaign_id: int) -> ResponseReturnValue:
    return _asked(campaign_id, DELETE.name)


@bp.post("/<int:campaign_id>/delete")
@requires_role("editor")
def delete(campaign_id: int) -> ResponseReturnValue:
    name = campaigns().get(campaign_id).name
    try:
        campaigns().delete(campaign_id, expected_version=_version(), actor=actor())
    except (ConflictError, StaleError) as error:
        return refused(str(error), page_of(campaign_id), HTTPStatus.CONFLICT)
    return done(done_words(DELETE.name, name), url_for("campaigns.index"))


def _doubts(campaign_id: int, move: str) -> list[Finding]:
    """Return what speaks against a campaign that is going to run, short of what forbids it."""
    findings = campaigns().preflight(campaign_id) if move in IN_FORM else ()
    return [one for one in findings if one.level == WARNING]


def _run(campaign_id: int, move: str, reason: str | None) -> Campaign:
    service, version = campaigns(), _version()
    if move == ACTIVATE.name:
        return service.activate(campaign_id, expected_version=version, actor=actor())
    if move == RESUME.name:
        return service.resume(campaign_id, expected_version=version, actor=actor())
    change = service.pause if move == PAUSE.name else service.complete
    return change(campaign_id, reason=reason, expected_version=version, actor=actor())


def _asked(
    campaign_id: int, move: str, findings: Sequence[Finding] = (), status: HTTPStatus = HTTPStatus.OK
) -> Response:
    campaign = campaigns().get(campaign_id)
    return dialog(
        "campaigns/_ask.html",
        question(move, campaign.name),
        status,
        campaign=campaign,
        move=move,
        verb=str(MOVE_WORDS[move].verb),
        action=_action_url(campaign_id, move),
        consequences=consequences(db.session(), campaign, move),
        before=facts_before(db.session(), campaign) if move in IN_FORM else (),
        findings=lines_of(findings, campaign),
        with_reason=move in {PAUSE.name, COMPLETE.name},
        is_final=move in {COMPLETE.name, DELETE.name},
    )


def _question_url(campaign_id: int, move: str) -> str:
    if move in RUNNING:
        return url_for("campaigns.ask", campaign_id=campaign_id, move=move)
    return url_for(f"campaigns.confirm_{move}", campaign_id=campaign_id)


def _action_url(campaign_id: int, move: str) -> str:
    if move in RUNNING:
        return url_for("campaigns.run", campaign_id=campaign_id, move=move)
    return url_for(f"campaigns.{move}", campaign_id=campaign_id)


def _first(error: CatalogError) -> str:
    return next(iter(error.errors.values())) if isinstance(error, RuleError) else str(error)


def _version() -> int | None:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() else None
