"""Send a test: what a trigger would come to for one customer, and on demand a real message that counts for nothing."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts import actor, requires_role
from catalog_app.campaigns.models import WAITING, Campaign
from catalog_app.campaigns.senders.handing import soon
from catalog_app.campaigns.trial import customer_of
from catalog_app.campaigns.triggering.items import TriggerItem
from catalog_app.campaigns.triggering.service import TriggerService
from catalog_app.campaigns.views.blueprint import bp, campaigns, dialog, done
from catalog_app.campaigns.views.languages import language_name
from catalog_app.campaigns.views.trying import described, tried
from catalog_app.core.db import db
from catalog_app.core.errors import ConflictError, RuleError, Sentence
from catalog_app.products.choices import choices
from catalog_app.products.labels import term
from catalog_app.products.samples.asking import Asked, asked_of
from catalog_app.products.samples.box import CustomerBox, customer_box
from catalog_app.products.samples.description import Given

MAX_TYPED: Final = 320


@dataclass(frozen=True)
class Testing:
    """Whom a test is for, and how it reaches them."""

    asked: Asked
    box: CustomerBox
    language: str
    customer_id: str
    address: str

    def item(self) -> TriggerItem:
        """Return the trigger that this describes; raises RuleError where the customer is not described rightly."""
        self.asked.described.customer()
        return TriggerItem.of(
            described(
                {
                    # The service gives each test a key of its own.
                    "key": "test",
                    "customer_id": self.customer_id or customer_of(actor()),
                    "customer_features": dict(self.asked.described.features),
                    "channel": self.asked.channel,
                    "language": self.language,
                    "address": self.address,
                }
            )
        )

    def pairs(self) -> list[tuple[str, str]]:
        """Return the fields of a form that asks the same, but for the address."""
        typed = {"language": self.language, "customer_id": self.customer_id}
        return [*self.asked.pairs(), *((name, value) for name, value in typed.items() if value)]


@bp.get("/<int:campaign_id>/test")
@requires_role("editor")
def test(campaign_id: int) -> ResponseReturnValue:
    """Show what a trigger would come to for the customer that the address describes."""
    return _page(campaigns().get(campaign_id), _testing(request.args))


@bp.post("/<int:campaign_id>/test")
@requires_role("editor")
def send_test(campaign_id: int) -> ResponseReturnValue:
    """Hand over a message for real, as a test: nothing is limited by it, and nothing counts it."""
    campaign, testing = campaigns().get(campaign_id), _testing(request.form)
    if not testing.address and not testing.customer_id:
        nowhere = Sentence("Say where to: an address here, or the id of a customer.")
        return _page(campaign, testing, HTTPStatus.UNPROCESSABLE_ENTITY, faults={"address": nowhere})
    try:
        result = TriggerService().send_test(campaign_id, testing.item(), actor=actor())
    except RuleError as error:
        return _page(campaign, testing, HTTPStatus.UNPROCESSABLE_ENTITY, faults=error.errors)
    except ConflictError as error:
        return _page(campaign, testing, HTTPStatus.CONFLICT, faults={"": str(error)})
    soon([campaign_id])
    is_on_its_way = result.status == WAITING
    text = gettext("The test is on its way.") if is_on_its_way else gettext("No test was sent. The reasons stand here.")
    return done(text, url_for("campaigns.delivery", delivery_id=result.delivery["id"]))


def _testing(given: Given) -> Testing:
    session, viewer = db.session(), actor()
    asked = asked_of(session, given, viewer)
    box = customer_box(session, asked, viewer=viewer, segments=choices().segments)
    typed = {name: given.get(name, "").strip()[:MAX_TYPED] for name in ("language", "customer_id", "address")}
    return Testing(asked, box, **typed)


def _page(
    campaign: Campaign, testing: Testing, status: HTTPStatus = HTTPStatus.OK, *, faults: dict[str, str] | None = None
) -> Response:
    spoken = dict.fromkeys(language for texts in campaign.messages.values() for language in texts)
    answer: dict[str, Any] = {"tried": None, "faults": {**testing.asked.all_faults, **(faults or {})}}
    if not testing.asked.all_faults:
        answer["tried"] = tried(
            db.session(), campaign, testing.item(), choices().segments, is_known=bool(testing.customer_id)
        )
    return dialog(
        "campaigns/_test.html",
        gettext("Send a test of %(name)s", name=campaign.name),
        status,
        campaign=campaign,
        testing=testing,
        box=testing.box,
        channels=[(channel, term(channel)) for channel in campaign.channels],
        languages=[(tag, language_name(tag)) for tag in spoken],
        **answer,
    )
