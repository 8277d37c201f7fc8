"""The application: the only place that sees every room, and wires what may not import each other."""

from collections.abc import Mapping

from flask import Flask, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import and_, func
from werkzeug.middleware.proxy_fix import ProxyFix

from catalog_app import accounts, dashboard, fast, tmforum
from catalog_app.accounts.journal import AccountJournal
from catalog_app.campaigns import room as campaigns_room
from catalog_app.campaigns.senders.handing import JOB as HAND_OVER
from catalog_app.campaigns.senders.handing import hand_over_for_a_moment
from catalog_app.contacts import room as contacts_room
from catalog_app.core import (
    babel,
    components,
    health,
    idempotency,
    metrics_view,
    moments,
    problems,
    rate_limits,
    rates,
    replica,
    requests,
    routing,
    security,
    templates,
    unseen,
)
from catalog_app.core.babel import KeyWords
from catalog_app.core.database_figures import DatabaseFigures
from catalog_app.core.db import db, engine_options, forget_session
from catalog_app.core.htmx import vary_on_htmx
from catalog_app.core.jobs import Errands, InProcessQueue, Job, JobQueue, JobTable, Relay
from catalog_app.core.json_provider import OrjsonProvider
from catalog_app.core.logs import configure_logs
from catalog_app.core.metrics import MetricSource
from catalog_app.core.postgresql import Pool
from catalog_app.core.readiness import Watcher
from catalog_app.core.retention import Keeping, Retention
from catalog_app.core.waiting_figures import Waiting
from catalog_app.core.wiring import provide, provide_settings
from catalog_app.edits import room as edits_room
from catalog_app.edits.service import JOB as EDIT
from catalog_app.edits.working import work_on
from catalog_app.events import views as events_views
from catalog_app.events.diffs import FieldWords, ValueWords
from catalog_app.events.service import record_revision
from catalog_app.events.webhooks import api as webhooks_api
from catalog_app.events.webhooks import service as webhook_service
from catalog_app.events.webhooks import views as webhooks_views
from catalog_app.events.webhooks.delivering import WebhookErrands
from catalog_app.events.webhooks.figures import WebhookFigures
from catalog_app.events.webhooks.shapes import Shape
from catalog_app.openapi import views as openapi_views
from catalog_app.products import api as products_api
from catalog_app.products import segment_views
from catalog_app.products import views as products_views
from catalog_app.products.formatting import value_words
from catalog_app.products.labels import field_label, key_words
from catalog_app.products.reads import catalogue_version, upkeep
from catalog_app.products.reads.standing import SystemMarks
from catalog_app.products.samples import offer_views
from catalog_app.products.systems import SystemDirectory, WaitingRuns
from catalog_app.products.webhook_events import SHAPE as PRODUCT_EVENTS
from catalog_app.recommendations import room as recommendations_room
from catalog_app.recommendations.training.service import JOB as TRAIN
from catalog_app.recommendations.training.working import work_on as learn
from catalog_app.settings import ROOT, Settings
from catalog_app.sync import api as sync_api
from catalog_app.sync import service as sync_service
from catalog_app.sync import views as sync_views
from catalog_app.sync.models import SyncRun, SystemState
from catalog_app.sync.runs import retention as sync_retention
from catalog_app.sync.runs.directory import SyncedSystems
from catalog_app.sync.runs.figures import SyncFigures
from catalog_app.sync.runs.states import TO_TAKE_UP as RUNS_TO_TAKE_UP
from catalog_app.sync.schedule.figures import ScheduleFigures
from catalog_app.sync.systems import api as system_api
from catalog_app.sync.systems.marks import CompleteRuns
from catalog_app.sync.views import systems as system_views
from catalog_app.sync.views.waiting import HeldRuns


def create_app(settings: Settings, *, with_commands: bool = True, role: str = "web") -> Flask:
    """Return the application for these settings; nothing is read from the environment here.

    A worker that only serves does without the commands, and without the memory that they take. `role` is what the
    process is for, as PostgreSQL shows it to operators.
    """
    configure_logs(level=settings.log_level, style=settings.log_format)
    app = Flask(
        "catalog_app",
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
        instance_path=str(settings.instance_path.resolve()),
    )
    _configure(app, settings, role)
    _extensions(app, settings)
    _rooms(app, settings)
    if with_commands:
        from catalog_app import cli  # noqa: PLC0415  # see above

        cli.init_app(app)
    fast.init_app(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _configure(app: Flask, settings: Settings, role: str) -> None:
    settings.instance_path.mkdir(parents=True, exist_ok=True)
    url = settings.sqlalchemy_url
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        SQLALCHEMY_DATABASE_URI=url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(url, _pool(settings), role=role),
    )
    provide_settings(app, settings)
    templates.init_app(app)
    app.json = OrjsonProvider(app)
    routing.init_app(app)


def _pool(settings: Settings) -> Pool:
    return Pool(
        size=settings.database_pool_size,
        overflow=settings.database_pool_overflow,
        wait_seconds=settings.database_pool_wait_seconds,
        connect_seconds=settings.database_connect_seconds,
        statement_seconds=settings.database_statement_seconds,
    )


def _extensions(app: Flask, settings: Settings) -> None:
    requests.init_app(app, settings)
    rate_limits.init_app(app, settings)
    db.init_app(app)
    # Before the extension's own: a database that went away after the answer was made must not spoil it.
    app.teardown_appcontext(lambda _error: forget_session())
    babel.init_app(app)
    moments.init_app(app)
    rates.init_app(app)
    security.init_app(app)
    unseen.init_app(app)
    problems.init_app(app)
    app.after_request(vary_on_htmx)


def _rooms(app: Flask, settings: Settings) -> None:
    accounts.init_app(app, settings)
    app.register_blueprint(health.bp)
    metrics_view.init_app(app)
    if app.debug:
        app.register_blueprint(components.bp)
    app.register_blueprint(products_views.bp)
    app.register_blueprint(products_api.bp)
    app.register_blueprint(sync_api.bp)
    app.register_blueprint(system_api.bp)
    app.register_blueprint(webhooks_api.bp)
    app.register_blueprint(openapi_views.bp)
    for room in (segment_views, offer_views, events_views, webhooks_views, sync_views, system_views):
        app.register_blueprint(room.bp)
    edits_room.init_app(app)
    contacts_room.init_app(app)
    recommendations_room.init_app(app)
    campaigns_room.init_app(app)
    tmforum.init_app(app)
    dashboard.init_app(app)
    app.add_url_rule("/", "home", _home)
    provide(app, AccountJournal, record_revision)
    provide(app, KeyWords, key_words)
    provide(app, ValueWords, value_words)
    provide(app, FieldWords, field_label)
    provide(app, Shape, PRODUCT_EVENTS)
    provide(app, Errands, WebhookErrands())
    provide(app, SystemDirectory, SyncedSystems())
    provide(app, WaitingRuns, HeldRuns())
    provide(app, SystemMarks, CompleteRuns())
    for purge, due in (
        (sync_retention.forget_runs, sync_retention.due),
        (webhook_service.forget_deliveries, webhook_service.deliveries_due),
    ):
        provide(app, Retention, purge)
        provide(app, Keeping, due)
    upkeep.moves_with(SystemState, "last_complete_at")
    for source in (SyncFigures(), ScheduleFigures(), WebhookFigures(), DatabaseFigures()):
        provide(app, MetricSource, source)
    since = func.coalesce(SyncRun.decided_at, SyncRun.requested_at)
    # Nothing says since when one waits to be taken back.
    waits = and_(RUNS_TO_TAKE_UP, SyncRun.undone_by.is_(None))
    provide(app, MetricSource, Waiting(sync_service.JOB, since, waits))
    _replica(app, settings)
    idempotency.init_app(app)
    jobs: dict[str, Job] = {
        sync_service.JOB: lambda run_id: sync_service.ProductSyncService().execute(run_id),
        EDIT: work_on,
        HAND_OVER: hand_over_for_a_moment,
        TRAIN: learn,
    }
    provide(app, JobTable, JobTable(jobs))
    _queue(app, settings, jobs)


def _queue(app: Flask, settings: Settings, jobs: Mapping[str, Job]) -> None:
    if settings.job_queue == "inprocess":
        provide(app, JobQueue, InProcessQueue(app, jobs))
        return
    # Only where it is configured: it takes seven megabytes of each process, and it may not be installed.
    from catalog_app.core.celery_queue import CeleryQueue  # noqa: PLC0415  # see above

    queue = CeleryQueue(settings.broker_url, jobs)
    provide(app, JobQueue, queue)
    provide(app, Relay, queue)


def _replica(app: Flask, settings: Settings) -> None:
    if (url := settings.sqlalchemy_read_url) is not None:
        options = engine_options(url, _pool(settings), role="replica")
        found = replica.init_app(app, url, options, position=catalogue_version.READ)
        provide(app, MetricSource, found)
        provide(app, Watcher, found)


@accounts.open_to_all
def _home() -> ResponseReturnValue:
    return redirect(url_for("dashboard.overview"))
