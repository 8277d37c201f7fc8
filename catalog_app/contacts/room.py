"""The room of contacts as the application takes it in."""

from flask import Flask

from catalog_app.contacts import api, service, views
from catalog_app.contacts.words import value_words
from catalog_app.core.retention import Keeping, Retention
from catalog_app.core.wiring import provide
from catalog_app.events.diffs import ValueWords


def init_app(app: Flask) -> None:
    """Register the pages, the API and the work of this room."""
    app.register_blueprint(views.bp)
    app.register_blueprint(api.bp)
    provide(app, ValueWords, value_words)
    provide(app, Retention, service.purge)
    provide(app, Keeping, service.due)
