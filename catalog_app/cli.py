"""Every command of `flask --app wsgi`, in one place; each feature writes its own."""

import click
from flask import Flask
from flask_migrate import Migrate
from pydantic import SecretStr

from catalog_app.accounts.cli import tokens, users
from catalog_app.core.commands import CatalogGroup
from catalog_app.core.db import db
from catalog_app.core.logs import HIDDEN
from catalog_app.core.schema_version import MIGRATIONS
from catalog_app.core.wiring import settings
from catalog_app.edits.imports.cli import products
from catalog_app.events.webhooks.cli import webhooks
from catalog_app.recommendations.cli import nbo
from catalog_app.settings import PREFIX, unknown_settings
from catalog_app.sync.cli import GROUPS as SYNC_GROUPS
from catalog_app.sync.runs.purge_cli import purge
from catalog_app.sync.schedule.scheduler import scheduler


@click.group(cls=CatalogGroup)
def config() -> None:
    """What the settings are."""


@config.command("check")
def check() -> None:
    """Show every setting as it counts now; secrets are hidden."""
    for name, value in settings():
        if hasattr(value, "model_fields_set"):
            parts = {part: getattr(value, part) for part in sorted(value.model_fields_set)}
            _show_all({f"{name}_{part}": given for part, given in parts.items()})
        else:
            _show_all({name: value})
    for name in unknown_settings():
        click.echo(f"{name} means nothing here; is it spelled right?", err=True)


def _show_all(values: dict[str, object]) -> None:
    for name, value in values.items():
        click.echo(f"{PREFIX}{name.upper()}={HIDDEN if isinstance(value, SecretStr) else value}")


def init_app(app: Flask) -> None:
    Migrate().init_app(app, db, directory=str(MIGRATIONS), render_as_batch=True)
    for command in (users, tokens, products, config, scheduler, purge, webhooks, nbo, *SYNC_GROUPS):
        app.cli.add_command(command)
