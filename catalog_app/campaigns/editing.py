"""The steps of an edit, inside the caller's transaction: check against the products, change, write down."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from catalog_app.campaigns import changes as write_side
from catalog_app.campaigns.checking import findings_of, refuse_errors, versions_of
from catalog_app.campaigns.config import ProductConfig, faults_with
from catalog_app.campaigns.lifecycle import check_change
from catalog_app.campaigns.models import DRAFT, Campaign
from catalog_app.campaigns.offering import kept
from catalog_app.campaigns.schema import FIELDS, CampaignInput
from catalog_app.campaigns.senders.handing import change_sender
from catalog_app.core.changed import set_values
from catalog_app.core.errors import RuleError, Sentence
from catalog_app.core.json_values import as_json
from catalog_app.products.models import Product

_OF_PRODUCT: Final = frozenset({"product_id", "use_nbo", "candidates", "product_config"})
_NAME: Final = 255


def created(session: Session, checked: CampaignInput, *, actor: str, now: datetime) -> Campaign:
    """Make a draft of these values, with its first revision; whoever makes it owns it unless they say who does."""
    campaign = Campaign(status=DRAFT, created_by=actor, created_at=now)
    values = {**checked.values(), "owner": checked.owner or owner_of(actor)}
    for field, value in values.items():
        setattr(campaign, field, value)
    check_products(session, campaign, checked.product_config)
    changes = {field: [None, as_json(value)] for field, value in values.items() if value not in (None, [], {})}
    session.add(campaign)
    write_side.write(session, campaign, changes, action="created", actor=actor, at=now)
    return campaign


def change(  # each is a part of one change
    session: Session,
    campaign: Campaign,
    checked: CampaignInput,
    *,
    actor: str,
    now: datetime,
    action: str = "updated",
) -> bool:
    """Give a campaign these values; return whether anything changed. Raises ConflictError where its state forbids it."""
    values = {**checked.values(), "owner": checked.owner or campaign.owner}
    changed = {field for field in FIELDS if getattr(campaign, field) != values[field]}
    check_change(campaign.status, changed)
    if values["limit_total"] is not None and values["limit_total"] < campaign.promised:
        raise RuleError({"limit_total": Sentence("%(count)s are promised already.", count=campaign.promised)})
    changes = set_values(campaign, values)
    if not changes:
        return False
    if _OF_PRODUCT & changes.keys():
        check_products(session, campaign, checked.product_config)
        forget_product(campaign, changes)
    if "sender" in changes:
        change_sender(session, campaign.id, campaign.sender)
    write_side.write(session, campaign, changes, action=action, actor=actor, at=now)
    return True


def check_products(session: Session, campaign: Campaign, config: ProductConfig) -> dict[int, Product]:
    """Return the products of a campaign; raise RuleError where one is not there, or the offer does not fit it."""
    with session.no_autoflush:
        found = write_side.products_of(session, campaign)
    field = "candidates" if campaign.use_nbo else "product_id"
    for number in write_side.product_ids(campaign):
        if number not in found or found[number].deleted_at is not None:
            raise RuleError({field: Sentence("There is no product %(product)s.", product=number)})
    faults: dict[str, str] = {}
    for product in found.values():
        faults |= {f"product_config.{name}": fault for name, fault in faults_with(config, product).items()}
    if faults:
        raise RuleError(faults)
    return found


def forget_product(campaign: Campaign, changes: write_side.Changes) -> None:
    """Forget what was noted of the product before: another one is meant now, or it is offered otherwise."""
    noted = {"withdrawn_at": None, "withdrawn_because": None, "faults": 0}
    changes |= set_values(campaign, noted)
    campaign.last_snapshot = campaign.checked_version = None


def made_ready(session: Session, campaign: Campaign, *, now: datetime) -> dict[str, Any]:
    """Return what is noted of a campaign that begins to run, or raise NotReadyError with what keeps it from that.

    Its products cannot be deleted from here on: whoever deletes one waits for this transaction, and finds it live.
    """
    products = write_side.products_of(session, campaign, held=True)
    refuse_errors(findings_of(session, campaign, products, now=now))
    own = products.get(campaign.product_id or 0)
    campaign.checked_version = versions_of(products)
    campaign.last_snapshot = None if own is None else kept(own)
    return {"withdrawn_at": None, "withdrawn_because": None, "faults": 0}


def deleted(session: Session, campaign: Campaign, *, actor: str, now: datetime) -> None:
    changes = set_values(campaign, {"deleted_at": now})
    write_side.write(session, campaign, changes, action="deleted", actor=actor, at=now)


def copied(session: Session, campaign: Campaign, *, actor: str, now: datetime) -> Campaign:
    """Make a draft that says the same. It belongs to whoever copies it, begins at no time, and has no secret yet."""
    values = {field: getattr(campaign, field) for field in FIELDS} | {"starts_at": None, "ends_at": None, "owner": None}
    values["name"] = f"Copy of {campaign.name}"[:_NAME]
    return created(session, CampaignInput.check(values), actor=actor, now=now)


def restored(session: Session, campaign: Campaign, values: Mapping[str, Any], *, actor: str, now: datetime) -> None:
    """Let a campaign say again what it said; raise RuleError where a rule of today forbids it."""
    change(session, campaign, CampaignInput.check(values), actor=actor, now=now, action="restored")


def owner_of(actor: str) -> str:
    """Return who owns what an actor makes: a person by e-mail, a token by its name."""
    return actor.partition(":")[2] or actor
