"""`flask demo`: everything from nothing to a served catalogue that came over HTTP."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import IO, NoReturn

import click
from flask import Flask
from flask_migrate import upgrade

from catalog_app.accounts.models import User
from catalog_app.accounts.passwords import hash_password, verify_password
from catalog_app.accounts.schema import NewUser
from catalog_app.accounts.service import users
from catalog_app.app import create_app
from catalog_app.core.commands import CatalogCommand
from catalog_app.core.db import db, writing
from catalog_app.core.errors import FatalError, NotFoundError
from catalog_app.core.readiness import front_end_faults
from catalog_app.demo import environment
from catalog_app.demo.campaigns import run_campaigns
from catalog_app.demo.curation import curate
from catalog_app.demo.desk import furnish
from catalog_app.demo.edits import edit_many
from catalog_app.demo.history import give_history
from catalog_app.demo.other_side import ControlDoor
from catalog_app.demo.past import give_past
from catalog_app.demo.sources import SOURCES, start_all
from catalog_app.products.service import ProductCatalogService
from catalog_app.settings import PREFIX, ROOT, default_demo_env, load_settings
from catalog_app.sync.models import APPLIED, AWAITING_APPROVAL
from catalog_app.sync.service import ProductSyncService

ACTOR = "demo"
AFTERWARDS = (("xiva", "change_some_prices"), ("billing", "retire_fifth"))
"""What the stand-ins do after the catalogue was curated."""


@click.command("demo", cls=CatalogCommand)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Where to serve.")
@click.option("--reset", is_flag=True, help="Forget the last demo first: its database, accounts and secrets.")
@click.option("--products", type=click.IntRange(1, 100_000), help="How many products Xiva has; about 200 unless given.")
def demo(port: int, *, reset: bool, products: int | None) -> None:
    """Show the product with stand-ins for Xiva, CRM and Billing: migrate, sync over HTTP, serve on 127.0.0.1."""
    if reset:
        environment.forget()
    values = environment.prepare()
    pipes = start_all(values, products=products)
    app = create_app(load_settings(demo_env=default_demo_env()))
    if missing := front_end_faults(app):
        raise FatalError(missing[0])
    with app.app_context():
        _fill(values)
        db.engine.dispose()
    _greet(port, values)
    _serve(port, keep_open=pipes)


def _fill(values: Mapping[str, str]) -> None:
    """Bring the database up to date, let the admin in, sync once, and curate what came with the first sync."""
    upgrade()
    let_admin_in(values[environment.ADMIN_PASSWORD])
    is_first = ProductCatalogService().stats().total == 0
    for source in SOURCES:
        _sync(source.key)
    if is_first:
        furnish()
        curate()
        edit_many()
        run_campaigns()
        give_history()
        give_past()
        _meet_again(values)


def _meet_again(values: Mapping[str, str]) -> None:
    """Let the sources change after the people did, so that the demo begins with a conflict and a plan that is held."""
    for key, action in AFTERWARDS:
        door = ControlDoor(values[f"{PREFIX}{key.upper()}_BASE_URL"], values[environment.DEMO_SECRET])
        door.act(action)
        _sync(key)


def _sync(key: str) -> None:
    run = ProductSyncService().run(key, actor=ACTOR)
    if run.status not in (APPLIED, AWAITING_APPROVAL):
        raise FatalError(f"The sync of {key} ended as {run.status}: {run.error or 'see its page'}")
    told = "waits for approval" if run.status == AWAITING_APPROVAL else "was applied"
    click.echo(f"Sync run {run.id} read {run.fetched} products from {key} and {told}.", err=True)


def let_admin_in(password: str) -> None:
    """Make the demo's admin, or give the one of an earlier demo this password: what is printed has to work."""
    try:
        admin = users.by_email(environment.ADMIN_EMAIL)
    except NotFoundError:
        new = NewUser(email=environment.ADMIN_EMAIL, name="Demo Admin", role="admin")
        users.create(new, password, actor=ACTOR)
        return
    if verify_password(admin.password_hash, password):
        return
    # The reset ends the sessions and is written down; only its own password would have to be changed at once.
    users.reset_password(admin.id, actor=ACTOR)
    with writing() as session:
        account = session.get_one(User, admin.id)
        account.password_hash = hash_password(password)
        account.must_change_password = False


def _greet(port: int, values: Mapping[str, str]) -> None:
    lines = (
        "",
        f"  Product Catalog   http://127.0.0.1:{port}",
        f"  Sign in as        {environment.ADMIN_EMAIL}",
        f"  Password          {values[environment.ADMIN_PASSWORD]}",
        "  Stop with Ctrl-C",
        "",
    )
    click.echo("\n".join(lines), err=True)


def _serve(port: int, *, keep_open: Sequence[IO[bytes]]) -> NoReturn:
    """Become the server. The pipes of the stand-ins stay open as long as the server lives, and so do they."""
    for pipe in keep_open:
        os.set_inheritable(pipe.fileno(), True)  # noqa: FBT003  # the standard library's own signature
    os.environ.pop("FLASK_RUN_FROM_CLI", None)
    os.chdir(ROOT)
    options = ("--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1")
    quiet = ("--blocking-threads", "1", "--log-level", "warning")
    # On a busy machine a worker was seen to wait for ever after Ctrl-C; the demo has nothing to lose by its end.
    ending = ("--workers-kill-timeout", "15")
    os.execv(sys.executable, [sys.executable, "-m", "granian", *options, *quiet, *ending, "wsgi:app"])  # noqa: S606


def init_app(app: Flask) -> None:
    app.cli.add_command(demo)
