"""Every command of `flask --app wsgi`, in one place; each feature writes its own."""

from flask import Flask
from flask_migrate import Migrate

from catalog_app.accounts.cli import tokens, users
from catalog_app.core.db import db
from catalog_app.core.schema_version import MIGRATIONS
from catalog_app.edits.imports.cli import products
from catalog_app.events.webhooks.cli import webhooks
from catalog_app.operating.cli import COMMANDS as OPERATING
from catalog_app.recommendations.cli import nbo
from catalog_app.sync.cli import GROUPS as SYNC_GROUPS
from catalog_app.sync.schedule.scheduler import scheduler
from catalog_app.sync.schedule.worker import worker


def init_app(app: Flask) -> None:
    Migrate().init_app(app, db, directory=str(MIGRATIONS), render_as_batch=True)
    for command in (users, tokens, products, scheduler, worker, webhooks, nbo, *SYNC_GROUPS, *OPERATING):
        app.cli.add_command(command)
