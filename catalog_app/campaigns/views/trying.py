"""What a trigger would come to for one customer: the answer, its checks, the message, and the promise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from catalog_app.campaigns.lifecycle import status_at
from catalog_app.campaigns.messages.errors import TemplateError
from catalog_app.campaigns.models import ACTIVE, WAITING, Campaign
from catalog_app.campaigns.triggering.deciding import Decision
from catalog_app.campaigns.triggering.facts import deciding, past_of
from catalog_app.campaigns.triggering.items import TriggerItem
from catalog_app.campaigns.triggering.owning import knowing_owned
from catalog_app.campaigns.triggering.wording import NoMessageError, Wording
from catalog_app.campaigns.views.checks import Checks
from catalog_app.campaigns.views.promised import Fact, facts_of
from catalog_app.campaigns.views.rendered import Shown
from catalog_app.campaigns.views.sent import shown_message
from catalog_app.contacts.customers import hasher
from catalog_app.core.clock import utcnow
from catalog_app.products.outcome import Outcome
from catalog_app.products.verdict_words import CheckLine


@dataclass(frozen=True)
class Tried:
    """What would come of it. `note` says why nothing comes of it now, where that is the campaign's own state."""

    outcome: Outcome
    lines: Sequence[CheckLine]
    shown: Shown | None
    promised: Sequence[Fact]
    note: str

    @property
    def against(self) -> Sequence[CheckLine]:
        """Return what speaks against it, or leaves it open."""
        return [line for line in self.lines if line.outcome is self.outcome is not Outcome.YES]


def tried(
    session: Session, campaign: Campaign, item: TriggerItem, segments: Mapping[str, str], *, is_known: bool
) -> Tried:
    """Return what a trigger of this item would come to. `is_known`: its customer is one that the engine reports."""
    found = deciding(session, campaign.id, utcnow())
    (item,) = knowing_owned(session, found.offering, [item])
    customer = hasher(session)(item.customer_id)
    history = past_of(session, found, [customer])[customer] if is_known else None
    checks = Checks(session, found, item, customer, history, segments)
    lines = checks.lines()
    shown, snapshot = None, None
    if checks.terms is not None and checks.channel:
        try:
            decision = Decision(WAITING, terms=checks.terms, channel=checks.channel)
            message = Wording(found).message(item, decision)
        except (TemplateError, NoMessageError) as error:
            shown = Shown(checks.channel, item.language or "", fault=_fault(error))
        else:
            shown = shown_message(checks.channel, message.language, message.parts)
            snapshot = message.snapshot
    is_active = status_at(campaign, found.now) == ACTIVE
    return Tried(_worst(lines), lines, shown, tuple(facts_of(snapshot)), "" if is_active else _inactive())


def _worst(lines: Sequence[CheckLine]) -> Outcome:
    """Return no where anything says no, else unknown where a check of the product or the audience is open."""
    outcomes = {line.outcome for line in lines}
    return next((one for one in (Outcome.NO, Outcome.UNKNOWN) if one in outcomes), Outcome.YES)


def _fault(error: TemplateError | NoMessageError) -> str:
    if isinstance(error, TemplateError):
        return str(error.message)
    return str(gettext("The campaign has no text for this channel."))


def _inactive() -> str:
    return str(gettext("The campaign is not active. This is what would come of a trigger once it is."))


def described(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a trigger item says, without what was left empty."""
    return {name: value for name, value in given.items() if value not in (None, "")}
