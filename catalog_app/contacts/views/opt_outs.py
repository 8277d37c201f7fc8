"""Settings: one customer, looked up by id: what they chose, what they were offered and answered.

The id is posted and never part of an address: addresses end in histories and logs.
"""

from http import HTTPStatus

from flask import flash, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from pydantic import TypeAdapter, ValidationError

from catalog_app.accounts import actor, requires_role
from catalog_app.contacts import choices, service
from catalog_app.contacts.choices import SUPERSEDED
from catalog_app.contacts.forms import ChoiceForm, LookUpForm
from catalog_app.contacts.policy import policy_of
from catalog_app.contacts.schema import CustomerId
from catalog_app.contacts.standing import Standing, standing_of
from catalog_app.contacts.views.blueprint import bp
from catalog_app.contacts.words import ANSWER_WORDS, CHOICE_WORDS, channel_words
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import RuleError
from catalog_app.core.wording import errors_by_field
from catalog_app.events.links import page_of
from catalog_app.events.words import actor_words, system_names

_ID: TypeAdapter[str] = TypeAdapter(CustomerId)


@bp.get("/opt-outs/")
@requires_role("viewer")
def opt_outs() -> ResponseReturnValue:
    return _page(LookUpForm(formdata=None))


@bp.post("/opt-outs/")
@requires_role("viewer")
def look_up() -> ResponseReturnValue:
    form = LookUpForm()
    if not form.validate_on_submit():
        return _page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        customer_id = _ID.validate_python(form.customer_id.data or "")
    except ValidationError as error:
        form.put_errors({"customer_id": errors_by_field(error)["form"]})
        return _page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _customer(customer_id, ChoiceForm(formdata=None, customer_id=customer_id))


@bp.post("/opt-outs/record")
@requires_role("editor")
def record_choice() -> ResponseReturnValue:
    form = ChoiceForm()
    if not form.validate_on_submit():
        return _refused(form)
    try:
        told = form.checked()
    except RuleError as error:
        form.put_errors(error.errors)
        return _refused(form)
    (settled,) = choices.choose([told], actor=actor())
    if settled.outcome == SUPERSEDED:
        flash(gettext("Something newer was recorded meanwhile; that stands."), "warn")
    else:
        flash(gettext("Recorded. It counts from now on."), "good")
    return _customer(told.customer_id, ChoiceForm(formdata=None, customer_id=told.customer_id))


def _refused(form: ChoiceForm) -> ResponseReturnValue:
    try:
        customer_id = _ID.validate_python(form.customer_id.data or "")
    except ValidationError:
        return _page(LookUpForm(formdata=None), HTTPStatus.UNPROCESSABLE_ENTITY)
    return _customer(customer_id, form, HTTPStatus.UNPROCESSABLE_ENTITY)


def _customer(customer_id: str, form: ChoiceForm, status: HTTPStatus = HTTPStatus.OK) -> ResponseReturnValue:
    session, now = db.session(), utcnow()
    policy = policy_of(session)
    found = service.looked_up(session, customer_id, since=now - policy.reach)
    asked = LookUpForm(formdata=None, customer_id=customer_id)
    return _page(asked, status, form=form, standing=standing_of(found, policy, now), customer_id=customer_id)


def _page(
    asked: LookUpForm,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    form: ChoiceForm | None = None,
    standing: Standing | None = None,
    customer_id: str | None = None,
) -> ResponseReturnValue:
    systems = system_names()
    page = render_template(
        "contacts/opt_outs.html",
        asked=asked,
        form=form,
        standing=standing,
        customer_id=customer_id,
        channel_words=channel_words,
        choice_words=CHOICE_WORDS,
        answer_words=ANSWER_WORDS,
        who=lambda by: actor_words(by, systems),
        campaign_page=lambda number: page_of("campaign", number, ""),
    )
    return make_response(page, status)
