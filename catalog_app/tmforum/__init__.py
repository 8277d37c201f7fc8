"""The doors of the TM Forum: TMF620 (product catalogue) and TMF680 (recommendations) over the catalogue's own rules."""

from flask import Flask

from catalog_app.core.wiring import provide
from catalog_app.events.webhooks.shapes import Shape
from catalog_app.tmforum import errors, hub, views


def init_app(app: Flask) -> None:
    """Open both doors, and tell webhooks how an event is written for who subscribed at the hub."""
    errors.init_app(app)
    app.register_blueprint(views.bp)
    app.register_blueprint(views.recommendations)
    provide(app, Shape, hub.event_shape())
