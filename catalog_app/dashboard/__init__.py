"""The frame that every admin page stands in, the overview, and the settings."""

from flask import Flask

from catalog_app.core.error_words import ErrorFrame
from catalog_app.core.retention import Keeping, Retention
from catalog_app.core.wiring import provide
from catalog_app.dashboard import navigation
from catalog_app.dashboard.errors import framed
from catalog_app.dashboard.pages import changes_of_system, names_of_systems, page_of_subject, product_fields
from catalog_app.dashboard.views import bp
from catalog_app.events.activity import SystemScope
from catalog_app.events.asking import FieldChoices
from catalog_app.events.diffs import FieldWords
from catalog_app.events.links import SubjectPages
from catalog_app.events.words import SystemNames, field_words
from catalog_app.products.days import days_due, forget_days

__all__ = ("bp", "init_app")


def init_app(app: Flask) -> None:
    """Put the tabs on every page, and let history link to what it tells of."""
    navigation.init_app(app)
    app.register_blueprint(bp)
    provide(app, SubjectPages, page_of_subject)
    provide(app, SystemNames, names_of_systems)
    provide(app, SystemScope, changes_of_system)
    provide(app, FieldChoices, product_fields)
    # After the words of products, which app.py brings: a name is theirs first.
    provide(app, FieldWords, field_words)
    provide(app, Retention, forget_days)
    provide(app, Keeping, days_due)
    provide(app, ErrorFrame, framed)
