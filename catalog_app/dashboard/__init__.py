"""The frame that every admin page stands in, the overview, and the settings."""

from flask import Flask

from catalog_app.core.wiring import provide
from catalog_app.dashboard import navigation
from catalog_app.dashboard.pages import page_of_subject
from catalog_app.dashboard.views import bp
from catalog_app.events.links import SubjectPages

__all__ = ("bp", "init_app")


def init_app(app: Flask) -> None:
    """Put the tabs on every page, and let history link to what it tells of."""
    navigation.init_app(app)
    app.register_blueprint(bp)
    provide(app, SubjectPages, page_of_subject)
