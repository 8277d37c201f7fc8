"""The command `purge`: what has been kept for long enough goes."""

import click
from flask.cli import with_appcontext

from catalog_app.core.commands import CatalogCommand
from catalog_app.sync.service import ProductSyncService


@click.command("purge", cls=CatalogCommand)
@with_appcontext
def purge() -> None:
    """Delete what runs left behind and the settings no longer keep. The daily heartbeat does the same."""
    gone = ProductSyncService().purge()
    click.echo(f"{gone.changes} records and changes, {gone.runs} runs gone; {gone.plans} plans closed.", err=True)
