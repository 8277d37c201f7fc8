"""The command `purge`: what has been kept for long enough goes, by the rule of every room."""

from datetime import timedelta

import click
from flask.cli import with_appcontext

from catalog_app.core.commands import CatalogCommand
from catalog_app.core.retention import forget, to_forget


@click.command("purge", cls=CatalogCommand)
@click.option("--dry-run", is_flag=True, help="Only count, and delete nothing.")
@with_appcontext
def purge(*, dry_run: bool) -> None:
    """Delete what is no longer kept, and say how long each kind is. The daily heartbeat does the same."""
    rules = to_forget()
    gone = {} if dry_run else forget()
    for name, rule in rules.items():
        count = rule.count if dry_run else gone[name]
        told = "would go" if dry_run else "gone"
        click.echo(f"{count} {name.replace('_', ' ')} {told}; kept for {_told(rule.kept_for)}.", err=True)


def _told(kept_for: timedelta) -> str:
    for unit, length in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if count := kept_for // length:
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"{kept_for.seconds} seconds"
