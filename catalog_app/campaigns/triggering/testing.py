"""One message sent as a test: as a customer would get it, and counted nowhere."""

import uuid
from dataclasses import replace

from catalog_app.campaigns.messages.errors import TemplateError
from catalog_app.campaigns.models import WAITING
from catalog_app.campaigns.trial import TEST_PREFIX
from catalog_app.campaigns.triggering import facts, records
from catalog_app.campaigns.triggering.deciding import Deciding, Decision
from catalog_app.campaigns.triggering.drafts import made
from catalog_app.campaigns.triggering.items import TriggerItem
from catalog_app.campaigns.triggering.owning import knowing_owned
from catalog_app.campaigns.triggering.results import Result
from catalog_app.campaigns.triggering.wording import Message, NoMessageError, Wording, unsaid
from catalog_app.contacts.customers import hasher
from catalog_app.core.bulk_sql import next_ids
from catalog_app.core.clock import utcnow
from catalog_app.core.db import writing


def send_test(campaign_id: int, item: TriggerItem) -> Result:
    """Make a delivery of its own for this item and return it; raise NotFoundError.

    Status and time, audience, choices, limits, control group and quota are not asked; what the verdict says against
    the offer is told, and forbids nothing. Nothing is reserved, and the contacts never hear of it.
    """
    tested = replace(item, key=f"{TEST_PREFIX}{uuid.uuid4()}")
    with writing() as session:
        deciding = facts.deciding(session, campaign_id, utcnow())
        (known,) = knowing_owned(session, deciding.offering, [tested])
        decision, message = _worded(deciding, known)
        delivery = made(
            next_ids(session.connection(), records.DELIVERY, 1)[0],
            deciding.campaign,
            tested,
            hasher(session)(tested.customer_id),
            decision,
            message,
            deciding.now,
        )
        records.insert(session.connection(), [delivery])
    return Result(tested, delivery)


def _worded(deciding: Deciding, item: TriggerItem) -> tuple[Decision, Message | None]:
    decision = deciding.tested(item)
    if decision.status != WAITING:
        return decision, None
    try:
        return decision, Wording(deciding).message(item, decision)
    except (TemplateError, NoMessageError) as error:
        return unsaid(decision, error), None
