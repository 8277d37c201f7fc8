"""The application: the only place that sees every room, and wires what may not import each other."""

from flask import Flask, redirect, url_for
from flask.typing import ResponseReturnValue
from werkzeug.middleware.proxy_fix import ProxyFix

from catalog_app import accounts, cli, dashboard
from catalog_app.accounts.journal import AccountJournal
from catalog_app.core import babel, components, health, moments, problems, requests, routing, security
from catalog_app.core.db import db, engine_options
from catalog_app.core.htmx import vary_on_htmx
from catalog_app.core.jobs import InProcessQueue, JobQueue
from catalog_app.core.json_provider import OrjsonProvider
from catalog_app.core.logs import configure_logs
from catalog_app.core.migrations import migrate
from catalog_app.core.readiness import MIGRATIONS
from catalog_app.core.wiring import provide, provide_settings
from catalog_app.events import views as events_views
from catalog_app.events.diffs import FieldWords, ValueWords
from catalog_app.events.service import record_revision
from catalog_app.products import api as products_api
from catalog_app.products import segment_views
from catalog_app.products import views as products_views
from catalog_app.products.formatting import value_words
from catalog_app.products.labels import field_label
from catalog_app.products.systems import SystemDirectory
from catalog_app.settings import ROOT, Settings
from catalog_app.sync import api as sync_api
from catalog_app.sync import service as sync_service
from catalog_app.sync import views as sync_views
from catalog_app.sync.systems import api as system_api
from catalog_app.sync.systems.sources import SyncedSystems
from catalog_app.sync.views import systems as system_views


def create_app(settings: Settings) -> Flask:
    """Return the application for these settings; nothing is read from the environment here."""
    configure_logs(level=settings.log_level, style=settings.log_format)
    app = Flask(
        "catalog_app",
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
        instance_path=str(settings.instance_path.resolve()),
    )
    _configure(app, settings)
    _extensions(app)
    _rooms(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _configure(app: Flask, settings: Settings) -> None:
    settings.instance_path.mkdir(parents=True, exist_ok=True)
    url = settings.sqlalchemy_url
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        SQLALCHEMY_DATABASE_URI=url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(url),
    )
    provide_settings(app, settings)
    app.json = OrjsonProvider(app)
    routing.init_app(app)


def _extensions(app: Flask) -> None:
    requests.init_app(app)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(MIGRATIONS), render_as_batch=True)
    babel.init_app(app)
    moments.init_app(app)
    security.init_app(app)
    problems.init_app(app)
    app.after_request(vary_on_htmx)


def _rooms(app: Flask) -> None:
    accounts.init_app(app)
    app.register_blueprint(health.bp)
    if app.debug:
        app.register_blueprint(components.bp)
    app.register_blueprint(products_views.bp)
    app.register_blueprint(products_api.bp)
    app.register_blueprint(sync_api.bp)
    app.register_blueprint(system_api.bp)
    for room in (segment_views, events_views, sync_views, system_views):
        app.register_blueprint(room.bp)
    dashboard.init_app(app)
    cli.init_app(app)
    app.add_url_rule("/", "home", _home)
    provide(app, AccountJournal, record_revision)
    provide(app, ValueWords, value_words)
    provide(app, FieldWords, field_label)
    provide(app, SystemDirectory, SyncedSystems())
    jobs = {sync_service.JOB: lambda run_id: sync_service.ProductSyncService().execute(run_id)}
    provide(app, JobQueue, InProcessQueue(app, jobs))


@accounts.open_to_all
def _home() -> ResponseReturnValue:
    return redirect(url_for("dashboard.overview"))
