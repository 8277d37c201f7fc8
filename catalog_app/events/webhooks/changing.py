"""Changing a subscription: where it leads and what of, whether it is paused, and what signs it. Each is a transaction."""

from collections.abc import Collection
from typing import Any

from catalog_app.core.clock import utcnow
from catalog_app.core.courier import checked_url, new_secret
from catalog_app.core.db import writing
from catalog_app.core.errors import ConflictError
from catalog_app.core.sealing import can_seal, seal
from catalog_app.events.webhooks.models import Webhook
from catalog_app.events.webhooks.service import NO_KEYS, found, tell
from catalog_app.events.webhooks.shapes import shape_named


def change(webhook_id: int, *, url: str, event_types: Collection[str], description: str | None, actor: str) -> Webhook:
    """Give a subscription another address, other types or another description; no type named means every type.

    What it has been told so far stays told. Raises RuleError, NotFoundError.
    """
    url = checked_url(url)
    with writing() as session:
        webhook = found(session, webhook_id)
        wanted = shape_named(webhook.shape).checked_types(event_types)
        values: dict[str, Any] = {"url": url, "event_types": wanted, "description": description}
        changed = {name: value for name, value in values.items() if getattr(webhook, name) != value}
        if not changed:
            return webhook
        before = {name: getattr(webhook, name) for name in changed}
        for name, value in changed.items():
            setattr(webhook, name, value)
        # The address may hold a key, so history says only that it is another one, by the name of the change.
        told = {name: [before[name], value] for name, value in changed.items() if name != "url"}
        tell(session, webhook, told, action="readdressed" if "url" in changed else "updated", actor=actor, now=utcnow())
    return webhook


def pause(webhook_id: int, *, actor: str) -> Webhook:
    """Tell an address nothing until it is switched on again; then it is told everything that happened meanwhile."""
    now = utcnow()
    with writing() as session:
        webhook = found(session, webhook_id)
        if webhook.disabled_at is None:
            webhook.disabled_at, webhook.disabled_because = now, None
            tell(session, webhook, {}, action="paused", actor=actor, now=now)
    return webhook


def rotate_secret(webhook_id: int, *, actor: str) -> tuple[Webhook, str]:
    """Sign with a new secret from the next delivery on, and return it: it cannot be had again. Raises ConflictError."""
    if not can_seal():
        raise ConflictError(NO_KEYS)
    secret = new_secret()
    with writing() as session:
        webhook = found(session, webhook_id)
        webhook.secret = seal(secret)
        tell(session, webhook, {}, action="secret rotated", actor=actor, now=utcnow())
    return webhook, secret
