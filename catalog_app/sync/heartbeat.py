"""The heartbeat of a serving process: it takes up queued runs that nobody else has.

Flask-APScheduler only beats; what is due stands in the database. Any number of processes may beat: a run is
claimed by one conditional UPDATE, so beating twice does nothing twice.
"""

import structlog
from flask import Flask
from flask_apscheduler import APScheduler

from catalog_app.core.db import db
from catalog_app.core.errors import CatalogError
from catalog_app.core.wiring import settings
from catalog_app.sync.service import ProductSyncService

log = structlog.get_logger()
SECONDS = 5


def start(app: Flask) -> None:
    """Let this process beat, unless the settings say that others do."""
    with app.app_context():
        if not settings().scheduler_enabled:
            return
    app.config.update(SCHEDULER_API_ENABLED=False, SCHEDULER_TIMEZONE="UTC")
    scheduler = APScheduler(app=app)
    # A beat that finds the last one still at work is left out: long syncs must not pile up.
    scheduler.add_job(
        id="queued-runs", func=beat, args=(app,), trigger="interval", seconds=SECONDS, max_instances=1, coalesce=True
    )
    scheduler.start()


def beat(app: Flask) -> None:
    """Take up what is queued; a failure is written down, and the next beat tries again."""
    with app.app_context():
        try:
            for run in ProductSyncService().execute_queued():
                log.info("queued run taken up", run=run.id, status=run.status)
        except CatalogError as error:
            log.warning("queued runs not taken up", reason=str(error))
        finally:
            db.session.remove()
