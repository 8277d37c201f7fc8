"""Who is told of what happens: subscribed, tried, switched on again, told once more. Each use case is a transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from catalog_app.core.backoff import GIVE_UP_AFTER
from catalog_app.core.clock import utcnow
from catalog_app.core.courier import Outcome, checked_url
from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError, FatalError, NotFoundError, Sentence
from catalog_app.core.json_values import moment_text
from catalog_app.core.retention import Over, over
from catalog_app.core.sealing import NotOurSealError, can_seal, is_newest_seal, seal, unseal
from catalog_app.events.feed import horizon
from catalog_app.events.models import Revision
from catalog_app.events.service import record_revision
from catalog_app.events.webhooks import leases
from catalog_app.events.webhooks.models import DEAD, WAITING, Webhook, WebhookDelivery
from catalog_app.events.webhooks.sending import Courier
from catalog_app.events.webhooks.shapes import Event, shape_named

SUBJECT: Final = "webhook"
TEST: Final = "webhook.test"
MAX_WEBHOOKS: Final = 100
KEEP_ENDED: Final = timedelta(days=30)
NO_KEYS: Final = Sentence("Nothing can be signed here, because CATALOG_ENCRYPTION_KEYS is not set.")


def subscribe(  # each is a part of one subscription
    *,
    url: str,
    shape: str,
    event_types: Collection[str],
    actor: str,
    secret: str | None = None,
    description: str | None = None,
    since: int | None = None,
) -> Webhook:
    """Have an address told of every event from now on, or from a revision on; no type named means every type.

    With a secret, deliveries are signed; it is kept sealed. Raises RuleError, or ConflictError where there are too
    many subscriptions, or nothing can be sealed.
    """
    wanted = shape_named(shape).checked_types(event_types)
    url = checked_url(url)
    if secret is not None and not can_seal():
        raise ConflictError(NO_KEYS)
    now = utcnow()
    with writing() as session:
        _check_room(session)
        webhook = Webhook(
            url=url,
            shape=shape,
            event_types=wanted,
            description=description,
            secret=None if secret is None else seal(secret),
            position=_start(session, since),
            created_at=now,
            created_by=actor,
        )
        session.add(webhook)
        session.flush()
        changes = {"event_types": [None, wanted], "shape": [None, shape]}
        tell(session, webhook, changes, action="created", actor=actor, now=now)
    return webhook


def unsubscribe(webhook_id: int, *, actor: str, shape: str | None = None) -> None:
    """End a subscription, with whatever still waits; of this shape alone, if one is named. Raises NotFoundError."""
    with writing() as session:
        webhook = found(session, webhook_id)
        if shape is not None and webhook.shape != shape:
            raise _not_found(webhook_id)
        tell(session, webhook, {"shape": [webhook.shape, None]}, action="deleted", actor=actor, now=utcnow())
        session.delete(webhook)


def enable(webhook_id: int, *, actor: str) -> Webhook:
    """Go on with a subscription that was switched off, from where it stood."""
    with writing() as session:
        webhook = found(session, webhook_id)
        if webhook.disabled_at is not None:
            changes = {"disabled_because": [webhook.disabled_because, None]}
            webhook.disabled_at = webhook.disabled_because = None
            tell(session, webhook, changes, action="enabled", actor=actor, now=utcnow())
        return webhook


def replay(webhook_id: int, *, actor: str, since: int | None = None, delivery_id: int | None = None) -> int:
    """Tell again: everything since a revision, or one event that was set aside, or else all that were given up.

    Returns how many events that were set aside are due again. Every event keeps its id. Raises NotFoundError,
    ConflictError for a revision that is still to come.
    """
    now = utcnow()
    with writing() as session:
        webhook = found(session, webhook_id)
        due = 0
        if since is None:
            due = _due_again(session, webhook_id, delivery_id, now)
        else:
            position = _start(session, since)
            changes = {"position": [webhook.position, position]}
            webhook.position = position
            # Who delivers at this moment must not write its own position over this one.
            webhook.lease_number, webhook.lease_expires_at = webhook.lease_number + 1, None
            tell(session, webhook, changes, action="replayed", actor=actor, now=now)
    return due


def try_out(webhook_id: int) -> Outcome:
    """Send a test event now, once, and return what came of it."""
    session, now = db.session(), utcnow()
    body = {"type": TEST, "timestamp": moment_text(now), "data": {"webhook": webhook_id}}
    with Courier(found(session, webhook_id)) as courier:
        session.rollback()
        return courier.send(Event(f"test-{int(now.timestamp() * 1000)}", TEST, body), now)


def webhooks(session: Session) -> Sequence[Webhook]:
    """Return every subscription, oldest first."""
    return session.scalars(select(Webhook).order_by(Webhook.id)).all()


def found(session: Session, webhook_id: int) -> Webhook:
    """Return a subscription, or raise NotFoundError."""
    webhook = session.get(Webhook, webhook_id, populate_existing=True)
    if webhook is None:
        raise _not_found(webhook_id)
    return webhook


def deliveries(
    session: Session, webhook_id: int, *, status: str | None, before_id: int | None, limit: int
) -> Sequence[WebhookDelivery]:
    """Return what was not taken at the first try, newest first."""
    query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
    if status is not None:
        query = query.where(WebhookDelivery.status == status)
    if before_id is not None:
        query = query.where(WebhookDelivery.id < before_id)
    return session.scalars(query.order_by(WebhookDelivery.id.desc()).limit(limit)).all()


def to_deliver(session: Session, now: datetime) -> Sequence[int]:
    """Return the subscriptions that may have something to be told, those that were told longest ago first. One query."""
    newest = select(func.coalesce(func.max(Revision.id), 0)).scalar_subquery()
    is_due = exists().where(
        WebhookDelivery.webhook_id == Webhook.id, WebhookDelivery.status == WAITING, WebhookDelivery.next_at <= now
    )
    query = (
        select(Webhook.id)
        .where(Webhook.disabled_at.is_(None), leases.is_free(now), or_(Webhook.position < newest, is_due))
        .order_by(func.coalesce(Webhook.last_success_at, Webhook.created_at), Webhook.id)
    )
    return session.scalars(query).all()


def forget_deliveries() -> Mapping[str, int]:
    """Forget what ended more than a month ago, as one of the rooms that keep something for a time."""
    return {"webhook_deliveries": purge_deliveries(utcnow())}


def deliveries_due() -> Mapping[str, Over]:
    """Return what `forget_deliveries` would delete now."""
    return {"webhook_deliveries": over(WebhookDelivery, KEEP_ENDED, WebhookDelivery.ended_at < utcnow() - KEEP_ENDED)}


def purge_deliveries(now: datetime) -> int:
    """Forget what ended more than a month ago; return how much."""
    with writing() as session:
        gone = delete(WebhookDelivery).where(WebhookDelivery.ended_at < now - KEEP_ENDED)
        return session.connection().execute(gone).rowcount


def reseal(session: Session) -> int:
    """Seal every secret with the first key, inside the caller's transaction; return how many were not.

    Raises FatalError, naming the webhook, for one that no key opens.
    """
    done = 0
    for webhook in webhooks(session):
        if webhook.secret is None or is_newest_seal(webhook.secret):
            continue
        try:
            webhook.secret = seal(unseal(webhook.secret))
        except NotOurSealError as fault:
            raise FatalError(
                Sentence("Webhook %(run)s: %(fault)s Nothing was sealed anew.", run=webhook.id, fault=fault)
            ) from None
        done += 1
    return done


def _check_room(session: Session) -> None:
    if (session.scalar(select(func.count()).select_from(Webhook)) or 0) >= MAX_WEBHOOKS:
        raise ConflictError(
            Sentence("There are %(most)s webhooks already; delete one that nobody needs.", most=MAX_WEBHOOKS)
        )


def _start(session: Session, since: int | None) -> int:
    newest = horizon(session)
    if since is not None and since > newest:
        raise ConflictError(Sentence("Nothing has happened there yet: this cursor is none of the present feed."))
    return newest if since is None else since


def _due_again(session: Session, webhook_id: int, delivery_id: int | None, now: datetime) -> int:
    which: list[ColumnElement[bool]] = [WebhookDelivery.webhook_id == webhook_id]
    which.append(WebhookDelivery.status == DEAD if delivery_id is None else WebhookDelivery.id == delivery_id)
    values: Mapping[str, Any] = {
        "status": WAITING, "attempts": 0, "next_at": now, "give_up_at": now + GIVE_UP_AFTER, "ended_at": None,
    }  # fmt: skip
    due = session.connection().execute(update(WebhookDelivery).where(*which).values(values)).rowcount
    if delivery_id is not None and not due:
        raise NotFoundError(
            Sentence("Webhook %(webhook)s has no delivery %(delivery)s.", webhook=webhook_id, delivery=delivery_id)
        )
    return due


def tell(
    session: Session, webhook: Webhook, changes: dict[str, Any], *, action: str, actor: str, now: datetime
) -> None:
    """Write down what was done to a subscription; it is named by its host, for the address may hold a key."""
    host = urlsplit(webhook.url).hostname or ""
    record_revision(session, (SUBJECT, webhook.id, host[:255]), changes, version=1, action=action, actor=actor, at=now)


def _not_found(webhook_id: int) -> NotFoundError:
    return NotFoundError(Sentence("There is no webhook %(webhook)s.", webhook=webhook_id))
