"""The command `purge`: what has been kept for long enough goes."""

import click
from flask.cli import with_appcontext

from catalog_app.core.commands import CatalogCommand
from catalog_app.core.retention import forget
from catalog_app.sync.service import ProductSyncService


@click.command("purge", cls=CatalogCommand)
@with_appcontext
def purge() -> None:
    """Delete what is no longer kept: of runs, of sign-ins, of repeated requests. The daily heartbeat does the same."""
    gone, others = ProductSyncService().purge(), forget()
    click.echo(f"{gone.changes} records and changes, {gone.runs} runs gone; {gone.plans} plans closed.", err=True)
    click.echo(", ".join(f"{count} {name.replace('_', ' ')}" for name, count in others.items()) + " gone.", err=True)
