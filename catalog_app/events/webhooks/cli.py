"""Commands for webhooks: which there are, and telling again what was given up."""

import click
import orjson

from catalog_app.core.commands import CatalogGroup
from catalog_app.core.db import db
from catalog_app.core.errors import RuleError
from catalog_app.events.feed import position_of
from catalog_app.events.webhooks import service
from catalog_app.events.webhooks.document import webhook_documents

ACTOR = "cli"


@click.group(cls=CatalogGroup)
def webhooks() -> None:
    """Addresses that are told of what happens."""


@webhooks.command("list")
def list_() -> None:
    """Print every webhook as a JSON line, with how far it has been told."""
    session = db.session()
    for document in webhook_documents(session, service.webhooks(session)):
        click.echo(orjson.dumps(document).decode())


@webhooks.command("replay")
@click.argument("webhook_id", type=int)
@click.option("--since", metavar="CURSOR", help="Tell everything again that followed this cursor of the change feed.")
def replay(webhook_id: int, since: str | None) -> None:
    """Tell again what was given up, or everything since a cursor."""
    try:
        position = None if since is None else position_of(since)
    except ValueError as fault:
        raise RuleError({"since": str(fault)}) from None
    due = service.replay(webhook_id, since=position, actor=ACTOR)
    click.echo(f"{due} events are due again." if since is None else f"Told again from {since} on.", err=True)
