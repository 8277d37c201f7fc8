"""Making and changing a campaign: one page, on which nothing that was typed is ever lost."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup

from catalog_app.accounts import actor, i_may, keeps_typed, requires_role
from catalog_app.accounts.identity import signed_in
from catalog_app.campaigns.forms import ANY_TIME, CampaignForm, form_data, said_before_typing, typed_messages
from catalog_app.campaigns.forms_messages import TypedMessages
from catalog_app.campaigns.forms_words import EVENTS, STATUS_WORDS
from catalog_app.campaigns.history_words import value_words
from catalog_app.campaigns.lifecycle import CHANGEABLE, status_at
from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.outstanding import outstanding
from catalog_app.campaigns.schema import CampaignInput
from catalog_app.campaigns.terms import BECAUSE_WITHDRAWN
from catalog_app.campaigns.views.blueprint import bp, campaigns, leading_to, page_of, refused, say
from catalog_app.campaigns.views.comparing import CHOOSE, compared, with_theirs
from catalog_app.campaigns.views.languages import language_choices
from catalog_app.campaigns.views.live import live, replace
from catalog_app.campaigns.views.moves import IN_FORM, moves_of, question_page
from catalog_app.campaigns.views.people import owner_choices
from catalog_app.campaigns.withdrawn_words import policy_sentence, withdrawn_sentence
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import ConflictError, RuleError, StaleError
from catalog_app.core.htmx import wants_fragment
from catalog_app.products.choices import Choices, choices
from catalog_app.products.facts import FACTS
from catalog_app.products.models import Product
from catalog_app.products.naming import Named, named
from catalog_app.products.views.rule_preview import rule_preview


@bp.get("/new")
@requires_role("editor")
def new() -> ResponseReturnValue:
    words = TypedMessages(["sms"], ["en"])
    number = request.args.get("product", "")
    blank = {
        "owner": signed_in().email,
        "fallback_language": "en",
        "control_group_percent": "10",
        "offered": {"product": f"#{number}" if number.isdecimal() else ""},
    }
    form = CampaignForm.showing(blank, words)
    form.settle_products(_finder())
    return _editor(form, None)


@bp.post("/")
@requires_role("editor")
@keeps_typed
def create() -> ResponseReturnValue:
    form = CampaignForm.typed()
    if not _is_complete(form, None):
        return _editor(form, None, _why_drawn(form))
    try:
        campaign = campaigns().create_checked(CampaignInput.check(form.values()), actor=actor())
    except RuleError as error:
        form.put_errors(error.errors)
        return _editor(form, None, HTTPStatus.UNPROCESSABLE_ENTITY)
    say(gettext("%(name)s saved as a draft", name=campaign.name), "good")
    return leading_to(page_of(campaign.id))


@bp.get("/<int:campaign_id>")
@requires_role("viewer")
def show(campaign_id: int) -> ResponseReturnValue:
    campaign = campaigns().get(campaign_id)
    form = CampaignForm.showing(form_data(campaign), typed_messages(campaign))
    form.settle_products(_finder())
    return _editor(form, campaign)


@bp.post("/<int:campaign_id>")
@requires_role("editor")
@keeps_typed
def save(campaign_id: int) -> ResponseReturnValue:
    """Save, and go on to the question that the pressed button asks, such as whether it is to run."""
    campaign, form = campaigns().get(campaign_id), CampaignForm.typed()
    if not _is_complete(form, campaign):
        return _editor(form, campaign, _why_drawn(form))
    expected = form.opened_version() or campaign.version
    try:
        checked = CampaignInput.check(_values(form, campaign))
        saved = campaigns().update(campaign_id, checked, expected_version=expected, actor=actor())
    except RuleError as error:
        form.put_errors(error.errors)
        return _editor(form, campaign, HTTPStatus.UNPROCESSABLE_ENTITY)
    except StaleError:
        return compared(campaign_id, checked, expected)
    except ConflictError as error:
        return refused(str(error), page_of(campaign_id), HTTPStatus.CONFLICT)
    return _after_saving(saved, is_new_version=saved.version != expected)


@bp.post("/check")
@requires_role("viewer")
def check() -> ResponseReturnValue:
    """Look at what is being typed; nothing is kept."""
    number = request.form.get("campaign", "")
    campaign = campaigns().get(int(number)) if number.isascii() and number.isdecimal() else None
    form = CampaignForm.typed()
    shown = request.form.get("product_shown", "")
    if not form.settle_products(_finder()) and shown and not form.offered.form.is_blank():
        # Somebody is typing a name: what was chosen before stays in view until another product is.
        form.offered.form.product.data = f"#{shown}"
        form.offered.form.product.errors = []
    is_other = form.follow_product(shown)
    found = choices()
    _fill_choices(form, found)
    locked = bool(_locked(campaign)) or not i_may("editor")
    return render_template(
        "campaigns/_check.html", form=form, live=live(form, campaign, found.segments), locked=locked, changed=is_other
    )


def _after_saving(campaign: Campaign, *, is_new_version: bool) -> ResponseReturnValue:
    """Answer a save with the page; where a button wanted more than that, with its question in the dialog."""
    wanted = request.form.get("then", "")
    if wanted in IN_FORM:
        if not wants_fragment():
            return redirect(url_for("campaigns.ask", campaign_id=campaign.id, move=wanted), HTTPStatus.SEE_OTHER)
        return _editor(_reread(campaign), campaign, saved="", asked=question_page(campaign.id, wanted))
    text = gettext("%(name)s saved", name=campaign.name)
    if not is_new_version:
        text = gettext("Nothing to save: nothing was changed")
    if wants_fragment():
        return _editor(_reread(campaign), campaign, saved=text)
    say(text, "good")
    return redirect(page_of(campaign.id), HTTPStatus.SEE_OTHER)


def _reread(campaign: Campaign) -> CampaignForm:
    """Return the form of what was just saved, with the tabs as they stand."""
    form = CampaignForm.showing(form_data(campaign), typed_messages(campaign))
    form.settle_products(_finder())
    return form


def _values(form: CampaignForm, campaign: Campaign) -> Mapping[str, object]:
    """Return what the form says; of a campaign that runs, only what may be said of it any time."""
    if _locked(campaign):
        kept = {name: getattr(campaign, name) for name in CampaignInput.model_fields}
        return {**kept, **{name: form[name].data for name in ANY_TIME if form[name].data}}
    return with_theirs(form.values(campaign), campaign)


def _is_complete(form: CampaignForm, campaign: Campaign | None) -> bool:
    """Return whether the form is to be saved: nothing else was asked for, and every product in it is one that is there."""
    is_drawn = form.is_drawn_anew()
    form.change_rows()
    is_valid = not is_drawn and form.validate_on_submit()
    # After the form's own look at itself, which forgets what it was told before.
    is_settled = form.settle_products(_finder())
    form.follow_product(request.form.get("product_shown", ""))
    if key := request.form.get("replace"):
        replace(form, campaign, key)
    return is_settled and is_valid


def _why_drawn(form: CampaignForm) -> HTTPStatus:
    return HTTPStatus.OK if form.is_drawn_anew() else HTTPStatus.UNPROCESSABLE_ENTITY


def _finder() -> Callable[[str], Named]:
    return lambda text: named(db.session(), text)


def _locked(campaign: Campaign | None) -> str:
    """Return why the content of a campaign stands as it is; nothing where it may be changed."""
    if campaign is None or (status := status_at(campaign, utcnow())) in CHANGEABLE:
        return ""
    if status == "completed":
        return str(gettext("It has ended. Make a copy to offer this again."))
    return str(gettext("It runs. Pause it to change the offer, the words or the audience."))


def _fill_choices(form: CampaignForm, found: Choices) -> None:
    for field in (form.segments, form.exclude_segments):
        field.choices = dict(found.segments_with(field.data or ()))
    form.owner.choices = owner_choices(form.owner.data)
    form.fallback_language.choices = [(code, code) for code in form.messages.languages]
    for row in form.condition_rows():
        row.narrow_operators()


def _editor(
    form: CampaignForm,
    campaign: Campaign | None,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    saved: str | None = None,
    asked: str = "",
) -> Response:
    found, locked = choices(), _locked(campaign)
    may_write = i_may("editor")
    _fill_choices(form, found)
    if not may_write:
        form.lock()
    elif locked:
        form.lock(but=ANY_TIME)
    seen = live(form, campaign, found.segments)
    template = "campaigns/_editor_answer.html" if wants_fragment() else "campaigns/editor.html"
    page = render_template(
        template,
        title=campaign.name if campaign else said_before_typing(),
        form=form,
        campaign=campaign,
        status=status_at(campaign, utcnow()) if campaign else "draft",
        live=seen,
        locked=locked or ("" if may_write else gettext("You may look at it; editors change it.")),
        may_write=may_write,
        saved=saved,
        asked=Markup(asked),  # noqa: S704  # a dialog that a template of ours made
        facts=FACTS,
        preview=rule_preview(form, found.segments),
        section=3,
        moves=moves_of(campaign),
        secret_url=url_for("campaigns.confirm_secret", campaign_id=campaign.id)
        if campaign and i_may("approver")
        else None,
        languages=language_choices(seen.product),
        **_standing(campaign, seen.product),
        events={**dict.fromkeys(campaigns().trigger_events(), ""), **EVENTS},
        chosen=[pair for pair in request.form.items() if pair[0].startswith(CHOOSE)],
    )
    return make_response(page, status)


def _standing(campaign: Campaign | None, product: Product | None) -> Mapping[str, object]:
    """Return why the campaign stands as it does: what became of its product, and why it was paused or ended."""
    if campaign is None:
        return {}
    told: dict[str, object] = {}
    because, why = campaign.withdrawn_because, campaign.status_reason
    if because is not None:
        told["withdrawn"] = withdrawn_sentence(because, product.name if product is not None else "")
        told["what_now"] = policy_sentence(campaign.on_withdrawal)
        told["held"] = outstanding(db.session(), campaign.id).held
    if why and why != BECAUSE_WITHDRAWN:
        words = {"place": STATUS_WORDS[campaign.status], "message": value_words("status_reason", why) or why}
        told["reason"] = gettext("%(place)s: %(message)s", **words)
    return told
