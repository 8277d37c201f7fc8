"""The room of campaigns as the application takes it in."""

from flask import Flask

from catalog_app.campaigns import api as campaigns_api
from catalog_app.campaigns import models as _tables  # noqa: F401  # the tables exist whoever asks for them first
from catalog_app.campaigns import views as campaigns_views
from catalog_app.campaigns.erasing import erase
from catalog_app.campaigns.history_words import field_words, value_words
from catalog_app.campaigns.senders import retention
from catalog_app.campaigns.senders.figures import DeliveryFigures
from catalog_app.campaigns.senders.handing import HandOvers
from catalog_app.campaigns.senders.secrets import SealedSecrets
from catalog_app.campaigns.triggering.feedback import CampaignDeliveries
from catalog_app.campaigns.usage import CampaignUsage
from catalog_app.campaigns.watching import CampaignWatch
from catalog_app.contacts.erasing import Erasure
from catalog_app.core.jobs import Backlog, Errands
from catalog_app.core.metrics import MetricSource
from catalog_app.core.retention import Keeping, Retention
from catalog_app.core.sealing import SealedElsewhere
from catalog_app.core.wiring import provide
from catalog_app.events.diffs import FieldWords, ValueWords
from catalog_app.products.usage import UsageSource
from catalog_app.recommendations.feedback.deliveries import DeliveryBook


def init_app(app: Flask) -> None:
    """Register the pages, the API and the work of this room."""
    app.register_blueprint(campaigns_api.bp)
    app.register_blueprint(campaigns_views.bp)
    provide(app, FieldWords, field_words)
    provide(app, ValueWords, value_words)
    provide(app, UsageSource, CampaignUsage())
    provide(app, Backlog, CampaignWatch())
    provide(app, Errands, HandOvers())
    provide(app, MetricSource, DeliveryFigures())
    provide(app, Retention, retention.purge)
    provide(app, Keeping, retention.due)
    provide(app, Erasure, erase)
    provide(app, DeliveryBook, CampaignDeliveries())
    provide(app, SealedElsewhere, SealedSecrets())
