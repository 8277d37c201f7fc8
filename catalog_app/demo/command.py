"""`flask demo`: everything from nothing to a served catalogue that came over HTTP."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
from flask.cli import with_appcontext
from flask_migrate import upgrade

from catalog_app.accounts.schema import NewUser
from catalog_app.accounts.service import users
from catalog_app.app import create_app
from catalog_app.core.db import db
from catalog_app.core.errors import CatalogError, ConflictError
from catalog_app.core.readiness import refuse_unless_ready
from catalog_app.demo import environment
from catalog_app.demo.curation import curate
from catalog_app.settings import ROOT, load_settings
from catalog_app.sync.models import APPLIED, SyncRun
from catalog_app.sync.service import ProductSyncService

ACTOR = "demo"


@click.command("demo")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Where to serve.")
@click.option("--reset", is_flag=True, help="Forget the last demo first: its database, accounts and secrets.")
@click.option("--products", type=click.IntRange(1, 100_000), help="How many products Xiva has; about 200 unless given.")
def demo(port: int, *, reset: bool, products: int | None) -> None:
    """Show the product with a stand-in for Xiva: migrate, sync over HTTP, serve on 127.0.0.1."""
    if reset:
        _forget()
    values = environment.prepare()
    environment.take_over(values)
    source = _start_source(values, products)
    try:
        _fill(values)
    except CatalogError as error:
        source.terminate()
        raise click.ClickException(str(error)) from None
    click.echo(f"\n  Product Catalog   http://127.0.0.1:{port}", err=True)
    click.echo(f"  Sign in as        {environment.ADMIN_EMAIL}", err=True)
    click.echo(f"  Password          {values[environment.ADMIN_PASSWORD]}", err=True)
    click.echo("  Stop with Ctrl-C\n", err=True)
    _serve(port)
