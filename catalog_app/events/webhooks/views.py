"""Settings: the addresses that are told of what happens."""

from functools import partial
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from werkzeug.datastructures import MultiDict

from catalog_app.accounts import actor, requires_role
from catalog_app.core.courier import Outcome, new_secret
from catalog_app.core.db import db
from catalog_app.core.errors import ConflictError, NotFoundError, RuleError, Sentence
from catalog_app.core.moments import figure
from catalog_app.core.sealing import can_seal
from catalog_app.events.webhooks import changing, service
from catalog_app.events.webhooks.document import counts_of
from catalog_app.events.webhooks.forms import WebhookForm, event_words
from catalog_app.events.webhooks.models import DEAD, DELIVERED, STATUSES, WAITING, Webhook
from catalog_app.events.webhooks.schema import WebhookInput
from catalog_app.events.webhooks.shapes import shape_named

bp = Blueprint("webhooks", __name__, url_prefix="/admin/settings/webhooks")

SHAPE: Final = "product"
"""The form of events that people subscribe to here; other doors have theirs, and are only looked after here."""
DELIVERIES_A_PAGE: Final = 25
MAX_ID: Final = 2**31 - 1


@bp.get("/")
@requires_role("admin")
def index() -> ResponseReturnValue:
    webhooks = service.webhooks(db.session())
    counts = counts_of(db.session(), [webhook.id for webhook in webhooks])
    return render_template("webhooks/index.html", webhooks=webhooks, counts=counts, event_words=event_words)


@bp.get("/new")
@requires_role("admin")
def new() -> ResponseReturnValue:
    return _form(_form_of(None), None)


@bp.post("/new")
@requires_role("admin")
def create() -> ResponseReturnValue:
    """Subscribe an address. Only this very answer shows the secret: a redirect would have to carry it in a cookie."""
    form, secret = _form_of(None), new_secret()
    if not form.validate_on_submit():
        return _form(form, None, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        asked = WebhookInput.check(form.values())
        webhook = service.subscribe(
            url=asked.url,
            shape=SHAPE,
            event_types=asked.event_types,
            description=asked.description,
            secret=secret,
            actor=actor(),
        )
    except (RuleError, ConflictError) as error:
        return _refused(form, None, error)
    return _page(webhook, HTTPStatus.CREATED, secret=secret)


@bp.get("/<int:webhook_id>")
@requires_role("admin")
def show(webhook_id: int) -> ResponseReturnValue:
    return _page(service.found(db.session(), webhook_id))


@bp.get("/<int:webhook_id>/edit")
@requires_role("admin")
def edit(webhook_id: int) -> ResponseReturnValue:
    webhook = service.found(db.session(), webhook_id)
    return _form(_form_of(webhook), webhook)


@bp.post("/<int:webhook_id>/edit")
@requires_role("admin")
def save(webhook_id: int) -> ResponseReturnValue:
    webhook = service.found(db.session(), webhook_id)
    form = _form_of(webhook)
    if not form.validate_on_submit():
        return _form(form, webhook, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        asked = WebhookInput.check(form.values())
        changing.change(
            webhook_id,
            url=asked.url,
            event_types=asked.event_types,
            description=asked.description,
            actor=actor(),
        )
    except (RuleError, ConflictError) as error:
        return _refused(form, webhook, error)
    return _back(webhook_id, gettext("Webhook saved."))


@bp.post("/<int:webhook_id>/pause")
@requires_role("admin")
def pause(webhook_id: int) -> ResponseReturnValue:
    changing.pause(webhook_id, actor=actor())
    return _back(webhook_id, gettext("Paused. What happens meanwhile is told when you switch it on again."))


@bp.post("/<int:webhook_id>/enable")
@requires_role("admin")
def enable(webhook_id: int) -> ResponseReturnValue:
    service.enable(webhook_id, actor=actor())
    return _back(webhook_id, gettext("Switched on. It goes on where it stood."))


@bp.post("/<int:webhook_id>/secret")
@requires_role("admin")
def rotate(webhook_id: int) -> ResponseReturnValue:
    """Sign with a new secret, which only this very answer shows."""
    webhook, secret = changing.rotate_secret(webhook_id, actor=actor())
    return _page(webhook, secret=secret)


@bp.post("/<int:webhook_id>/test")
@requires_role("admin")
def test(webhook_id: int) -> ResponseReturnValue:
    """Send one event now and say what came of it; that the address fails is no error of ours."""
    outcome = service.try_out(webhook_id)
    return _page(service.found(db.session(), webhook_id), outcome=outcome)


@bp.post("/<int:webhook_id>/replay")
@requires_role("admin")
def replay(webhook_id: int) -> ResponseReturnValue:
    """Send one delivery again, or all that were given up."""
    due = service.replay(webhook_id, delivery_id=_number(request.form, "delivery"), actor=actor())
    words = ngettext("%(count)s event is sent again.", "%(count)s events are sent again.", due, count=figure(due))
    return _back(webhook_id, words)


@bp.get("/<int:webhook_id>/delete")
@requires_role("admin")
def ask_delete(webhook_id: int) -> ResponseReturnValue:
    webhook = service.found(db.session(), webhook_id)
    waiting = counts_of(db.session(), [webhook_id]).get((webhook_id, WAITING), 0)
    return render_template("webhooks/delete.html", webhook=webhook, waiting=waiting)


@bp.post("/<int:webhook_id>/delete")
@requires_role("admin")
def delete(webhook_id: int) -> ResponseReturnValue:
    host = service.found(db.session(), webhook_id).host
    service.unsubscribe(webhook_id, actor=actor())
    flash(gettext("Webhook to %(host)s deleted.", host=host), "good")
    return redirect(url_for("webhooks.index"), HTTPStatus.SEE_OTHER)


def _form_of(webhook: Webhook | None) -> WebhookForm:
    """Return the form with what was typed, or with what stands."""
    form = WebhookForm(obj=webhook)
    form.offer(shape_named(webhook.shape if webhook else SHAPE).event_types)
    return form


def _form(form: WebhookForm, webhook: Webhook | None, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return make_response(render_template("webhooks/form.html", form=form, webhook=webhook, can_sign=can_seal()), status)


def _refused(form: WebhookForm, webhook: Webhook | None, error: RuleError | ConflictError) -> Response:
    if isinstance(error, RuleError):
        form.put_errors(error.errors)
        return _form(form, webhook, HTTPStatus.UNPROCESSABLE_ENTITY)
    form.put_errors({"": str(error)})
    return _form(form, webhook, HTTPStatus.CONFLICT)


def _page(
    webhook: Webhook,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    secret: str | None = None,
    outcome: Outcome | None = None,
) -> Response:
    session, chosen, before = db.session(), request.args.get("status"), _number(request.args, "before")
    chosen = chosen if chosen in STATUSES else None
    found = service.deliveries(session, webhook.id, status=chosen, before_id=before, limit=DELIVERIES_A_PAGE + 1)
    shown, here = found[:DELIVERIES_A_PAGE], partial(url_for, "webhooks.show", webhook_id=webhook.id, status=chosen)
    values: dict[str, Any] = {
        "webhook": webhook,
        "secret": secret,
        "outcome": outcome,
        "deliveries": shown,
        "counts": counts_of(session, [webhook.id]),
        "statuses": {WAITING: gettext("Waiting"), DEAD: gettext("Given up"), DELIVERED: gettext("Delivered late")},
        "chosen": chosen,
        "event_words": event_words,
        "newest": here() if before else None,
        "older": here(before=shown[-1].id) if len(found) > DELIVERIES_A_PAGE else None,
    }
    return make_response(render_template("webhooks/show.html", **values), status)


def _number(values: MultiDict[str, str], name: str) -> int | None:
    """Return a number that a row can have, None where there is none; raise NotFoundError for any other text."""
    if not values.get(name):
        return None
    number = values.get(name, type=int)
    if number is None or not 0 < number <= MAX_ID:
        raise NotFoundError(Sentence("There is no such delivery."))
    return number


def _back(webhook_id: int, words: str) -> ResponseReturnValue:
    flash(words, "good")
    return redirect(url_for("webhooks.show", webhook_id=webhook_id), HTTPStatus.SEE_OTHER)
