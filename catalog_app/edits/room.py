"""The room of edits as the application takes it in: its pages, its work, and what it keeps for a time."""

from flask import Flask
from sqlalchemy import and_, func

from catalog_app.core.jobs import Backlog
from catalog_app.core.metrics import MetricSource
from catalog_app.core.retention import Keeping, Retention
from catalog_app.core.waiting_figures import Waiting
from catalog_app.core.wiring import provide
from catalog_app.edits import retention, views
from catalog_app.edits.bulk import BulkProposals
from catalog_app.edits.imports import files as import_files
from catalog_app.edits.imports import views as import_views
from catalog_app.edits.imports.source import ImportSource
from catalog_app.edits.models import EditPlan
from catalog_app.edits.proposals import ProposalSource
from catalog_app.edits.service import JOB, EditBacklog
from catalog_app.edits.states import TO_TAKE_UP


def init_app(app: Flask) -> None:
    app.register_blueprint(views.bp)
    app.register_blueprint(import_views.bp)
    provide(app, ProposalSource, ImportSource())
    provide(app, Retention, import_files.purge)
    provide(app, Keeping, import_files.due)
    provide(app, ProposalSource, BulkProposals())
    provide(app, Backlog, EditBacklog())
    provide(app, Retention, retention.purge)
    provide(app, Keeping, retention.due)
    since = func.coalesce(EditPlan.decided_at, EditPlan.requested_at)
    # Nothing says since when one waits to be taken back.
    provide(app, MetricSource, Waiting(JOB, since, and_(TO_TAKE_UP, EditPlan.undone_by.is_(None))))
